/*
 * What a machine will be: all that the spec leaves open, decided for one host, each decision with its reason (`--why`). choose.c fills it,
 * domain_xml.c writes it down.
 */
#pragma once
#include "base/err.h"
#include "base/types.h"

#include "vm/domcaps.h"
#include "vm/host.h"
#include "vm/spec.h"

/* One decision. `what` is the spec's key that would decide otherwise. */
struct vm_reason {
        const char *what;
        char *value, *why;
};

enum vm_firmware { VM_BIOS, VM_UEFI, VM_NO_FIRMWARE };

/* A drive: a disk of the spec, the CD-ROM, the seed of cloud-init. */
struct design_drive {
        const struct spec_disk *disk; /* NULL: a CD-ROM drive */
        const char *bus;
        char target[8];     /* "vda", "sda" */
        int unit;           /* of its controller; -1: the bus has no such addresses */
        int boot;           /* its place in the order; 0: never */
        char *path;         /* on the host; NULL: an empty drive */
        const char *format; /* "qcow2", "raw" */
        bool seed;          /* cloud-init's */
        bool make;          /* the image is not there yet */
};

enum { MAX_DRIVES = SPEC_MAX_ITEMS + 2, MAX_REASONS = 48 };

struct vm_design {
        const struct vm_spec *spec;
        const struct vm_host *host;
        struct domcaps caps;
        const char *arch;   /* as libvirt says it: aarch64, armv7l, x86_64, i686 */
        const char *domain; /* "kvm", "qemu" */
        const char *family; /* "virt", "q35", "pc" */
        i64 cpus;
        u64 memory;                       /* bytes */
        const char *cpu_mode, *cpu_model; /* libvirt's mode; the model of mode custom */
        bool pauth_impdef;                /* emulated pointer authentication by a quick hash */
        int gic;                          /* 0: none */
        enum vm_firmware firmware;
        const struct firmware *uefi; /* NULL: libvirt has to find one */
        bool smm, low_ecam;          /* x86 Secure Boot; a 32-bit guest's PCI below 4 GiB */
        char *kernel, *initrd;       /* started directly; NULL: the firmware finds one */
        const char *video, *graphics, *cmdline;
        bool usb, rng, agent, scsi;
        struct design_drive drives[MAX_DRIVES];
        size_t drive_count;
        struct spec_network networks[SPEC_MAX_ITEMS]; /* the spec's, with what it leaves open */
        size_t network_count;
        unsigned ports; /* PCIe root ports */
        bool bridge;    /* one of them has a bridge to conventional PCI */
        struct vm_reason reasons[MAX_REASONS];
        size_t reason_count;
        char uuid[37]; /* empty in what is only shown: libvirt makes one up */
};

#define AUTO_DESIGN __attribute__((cleanup(design_free)))
void design_free(struct vm_design *d);

/*
 * Decide everything for the host. The spec (checked) and the host have to outlive the design. `uuid` is the machine's; NULL when it is only
 * to be looked at. 0, or -1 and *e when the host cannot give what the spec wants: the sentence says what it can.
 */
int vm_choose(const struct vm_spec *spec, const struct vm_host *host, const char *uuid, struct vm_design *d, struct err *e);
