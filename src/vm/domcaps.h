/*
 * What a host's QEMU can give to a guest of an architecture and machine type: libvirt's domain capabilities.
 * Source: https://libvirt.org/formatdomaincaps.html
 */
#pragma once
#include "base/err.h"
#include "base/types.h"

#include <libvirt/libvirt.h>

#include "vm/xml.h"

struct domcaps {
        xmlDoc *doc;
        char *arch, *machine, *domain, *emulator; /* "aarch64", "virt-7.2", "qemu" or "kvm", "/usr/bin/qemu-system-aarch64" */
};

#define AUTO_DOMCAPS __attribute__((cleanup(domcaps_free)))
void domcaps_free(struct domcaps *caps);

/* Ask the connection. `machine` and `domain` ("kvm", "qemu") may be NULL: libvirt's own choice. 0, or -1 and *e. */
int domcaps_get(virConnectPtr conn, const char *arch, const char *machine, const char *domain, struct domcaps *caps, struct err *e);

/* The same from a text that was kept (`virsh domcapabilities`). */
int domcaps_parse(const char *text, size_t len, struct domcaps *caps, struct err *e);

/*
 * Is `value` one of the enumeration `name` of the element at `path` below <domainCapabilities>: domcaps_has(c, "devices/disk", "bus",
 * "scsi")? unknown_so is the answer when the host's libvirt does not tell (an older one has no such element).
 */
bool domcaps_has(const struct domcaps *caps, const char *path, const char *name, const char *value, bool unknown_so);

/* Does the element at `path` say supported='yes'? The same for one that is missing. */
bool domcaps_supported(const struct domcaps *caps, const char *path, bool unknown_so);
