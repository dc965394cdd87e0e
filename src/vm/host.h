/*
 * The host that a machine is made for: what its libvirt tells of it. Either a connection's, or one that was captured as files, so that a
 * machine can be looked at for a host that is not there.
 */
#pragma once
#include "base/err.h"
#include "base/types.h"

#include <libvirt/libvirt.h>

#include "vm/domcaps.h"
#include "vm/firmware.h"
#include "vm/xml.h"

struct vm_host {
        virConnectPtr conn;            /* NULL: captured */
        const char *folder;            /* of the captured files */
        xmlDoc *caps;                  /* <capabilities> */
        char *arch;                    /* its processor: "x86_64", "aarch64" */
        bool system;                   /* the host's own daemon, not a user's */
        bool here;                     /* this machine: its files can be looked at */
        unsigned long version;         /* libvirt's: 1000000 * major + 1000 * minor + micro; 0 when it is not known */
        struct firmware_list firmware; /* of this machine; for others libvirt has to find it */
};

#define AUTO_HOST __attribute__((cleanup(host_free)))
void host_free(struct vm_host *host);

/* Ask the connection, which has to outlive the host. 0, or -1 and *e. Source: https://libvirt.org/formatcaps.html */
int host_of_connection(virConnectPtr conn, struct vm_host *host, struct err *e);

/*
 * A host from the files of a folder, as virsh prints them: `capabilities` into capabilities.xml, `domcapabilities --arch ARCH --machine
 * MACHINE
 * --virttype TYPE` into domcaps-ARCH-MACHINE-TYPE.xml (TYPE is kvm or qemu).
 */
int host_of_folder(const char *folder, struct vm_host *host, struct err *e);

/* Can it run guests of that processor with `domain` ("kvm", "qemu")? */
bool host_gives(const struct vm_host *host, const char *arch, const char *domain);

/* What a guest of that processor, machine ("virt", "virt-7.2") and domain type may have. */
int host_domcaps(
        const struct vm_host *host, const char *arch, const char *machine, const char *domain, struct domcaps *caps, struct err *e);
