/* A device as a person names it, and its domain XML: for plugging, and for finding it again. */
#pragma once
#include "base/err.h"
#include "base/types.h"

#include "vm/plan.h"
#include "vm/xml.h"

/* The words behind the kind: "PATH", "bus=scsi". */
struct device_words {
        char *const *list;
        int count;
};

struct device {
        char *xml;
        char *alias;         /* our name of it, "ua-" and 8 hex digits: libvirt's alias and QEMU's id */
        char *name;          /* for the reader: "disk vdb", "nic 52:54:00:..." */
        enum plan_kind kind; /* what it takes; PLAN_KINDS: nothing that is counted */
};

#define AUTO_DEVICE __attribute__((cleanup(device_free)))
void device_free(struct device *d);

/*
 * Make the XML of "disk PATH [bus=virtio|scsi|usb] [format=] [readonly=yes] [serial=]", "nic [user|bridge:NAME|NETWORK] [model=] [mac=]",
 * "hostdev PCI-ADDRESS", "xml FILE", or a word of device.def, for a machine whose XML is `domain`: it gets
 * the next free target, and on SCSI the next free unit. 0, or -1 and *e with code 2.
 */
int device_make(xmlNode *domain, const char *kind, struct device_words words, struct device *d, struct err *e);

/* The kinds, a line each, for --help. Malloced. */
char *device_help(void);

/*
 * The one device of the machine that `word` names: a target ("vda"), a MAC address, an alias. NULL and *e when there is none.
 */
xmlNode *device_find(xmlNode *domain, const char *word, struct err *e);

/* The reader's name of a device of a domain. Malloced. */
char *device_title(xmlNode *device);
