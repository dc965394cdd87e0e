/*
 * What can still be plugged into a machine while it runs: its root ports, what holds each, the bridges for conventional devices, the SCSI
 * controllers; from the XML of a domain that is there or of one that is only a file.
 */
#pragma once
#include "base/err.h"
#include "base/types.h"

#include "vm/ports.h"

/* Kinds of devices that are plugged. A NIC is a virtio one. */
enum plan_kind { PLAN_VIRTIO, PLAN_NIC, PLAN_SCSI, PLAN_LEGACY, PLAN_KINDS };

struct plan_answer {
        unsigned count;
        char why[320];
};

struct plan_port {
        unsigned index; /* of its controller: the bus behind it */
        bool hotplug;   /* not switched off for it */
        char *device;   /* what holds it: "disk vda"; NULL: free */
};

struct plan {
        char *name;
        struct ports_machine machine;
        struct ports_limit limit;
        bool probed;             /* the limit is one that was found by booting */
        bool assigned;           /* libvirt has given every device its place; without it its rules were followed here */
        struct plan_port *ports; /* pcie-root-port controllers, and those that libvirt would add */
        unsigned port_count, free_ports;
        unsigned bridges, bridge_slots;        /* pcie-to-pci-bridge or pci-bridge: how many, and their free slots */
        unsigned scsi_controllers, scsi_units; /* virtio-scsi; units in use */
        unsigned scsi_named;                   /* what libvirt's own numbering (7 a controller) still has */
        struct plan_answer answers[PLAN_KINDS];
        char *problem;    /* why this machine would not see its devices at all; NULL */
        const char *note; /* about the guest's kernel; NULL */
};

#define AUTO_PLAN __attribute__((cleanup(plan_free)))
void plan_free(struct plan *p);

/* `domain` is the root element. `probed`: a limit that was found by booting this machine, or 0. 0, or -1 and *e for XML that is no
 * domain's. */
int plan_make(xmlNode *domain, unsigned probed, struct plan *p, struct err *e);

const char *plan_kind_name(enum plan_kind kind);
