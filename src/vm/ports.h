/*
 * How many PCI Express root ports a machine can have, and why not more. Root ports cannot be plugged into a running machine, so this number
 * bounds everything that can.
 */
#pragma once
#include "base/types.h"

#include <libxml/tree.h>

enum ports_kind { PORTS_OTHER, PORTS_VIRT, PORTS_Q35, PORTS_PC };
enum ports_firmware { PORTS_NO_FIRMWARE, PORTS_BIOS, PORTS_UEFI, PORTS_UEFI32 };

struct ports_machine {
        char *arch, *machine; /* "aarch64", "virt-7.2" */
        enum ports_kind kind;
        unsigned version; /* of the machine type: 100 * major + minor; 0: not said, so the newest */
        bool highmem;     /* virt: may use addresses above 4 GiB */
        enum ports_firmware firmware;
};

#define AUTO_PORTS_MACHINE __attribute__((cleanup(ports_machine_free)))
void ports_machine_free(struct ports_machine *m);

/* From names; `machine` may be an alias (virt, q35, pc). */
void ports_machine_set(struct ports_machine *m, const char *arch, const char *machine, bool highmem, enum ports_firmware firmware);

/* From a domain's XML: <os>, and highmem=off in <qemu:commandline>. */
void ports_machine_of(xmlNode *domain, struct ports_machine *m);

struct ports_limit {
        unsigned buses;      /* that the configuration space (ECAM) reaches */
        unsigned root_ports; /* at most; 0: the machine type has none */
        unsigned io_windows; /* how many of them get I/O ports: only conventional devices need some */
        char why[320];       /* what limits them, as a part of a sentence */
};

/*
 * `slots_taken`: slots of bus 0 that other devices hold; `bridges`: buses behind the ports (a pcie-to-pci-bridge has one).
 * Sources: QEMU hw/arm/virt.c (VIRT_PCIE_ECAM, VIRT_HIGH_PCIE_ECAM, no_highmem_ecam of virt-2.12), docs/pcie.txt; libvirt puts no port into
 * slot 0, and 8 functions into each other slot.
 */
void ports_limit(const struct ports_machine *m, unsigned slots_taken, unsigned bridges, struct ports_limit *limit);

const char *ports_firmware_name(enum ports_firmware firmware);

/* Do firmware or kernel reach 16 buses only? */
bool ports_low_ecam(const struct ports_machine *m);
