/* The conditions of lint rules that XPath cannot say (lint_when of lint.h): files on this machine, the host's networks, arithmetic. */
#pragma once
#include "vm/lint.h"

lint_when lint_file_missing;      /* the element's path is not there; $detail: path and reason */
lint_when lint_flash_size;        /* the firmware image is not 64 MiB; $detail: its size in bytes */
lint_when lint_kernel_foreign;    /* the kernel's head is another architecture's; $detail: whose */
lint_when lint_bridge_missing;    /* <source bridge>, <source dev> */
lint_when lint_hugepages_missing; /* no hugetlbfs is mounted */
lint_when lint_vsock_missing;     /* no /dev/vhost-vsock */
lint_when lint_vfio_missing;      /* no IOMMU groups */
lint_when lint_topology_differs;  /* from <vcpu>; $detail: sockets x dies x cores x threads */
lint_when lint_slot_beyond_port;  /* a slot above 0 behind a root port */
lint_when lint_address_taken;     /* by a device before this one */
lint_when lint_ports_full;        /* no root port is free; $detail: so, in a sentence */
lint_when lint_ports_beyond;      /* more root ports than a low ECAM has buses; $detail: the limit and why */
lint_when lint_file_is_folder;    /* the element's path is a folder */
lint_when lint_no_power_of_two;   /* the value of an attribute */

/* lint_ask.c: what the connection's libvirt says. Never true without one. */
lint_when lint_libvirt_refuses;     /* it does not read the domain, and no rule before told why; $detail: its words */
lint_when lint_libvirt_start_fails; /* it reads it, but can make no arguments for QEMU there */
lint_when lint_network_missing;     /* <source network> */
lint_when lint_sysinfo_missing;     /* virConnectGetSysinfo() has nothing */
lint_when lint_secmodel_missing;    /* the host has no security driver @model */
lint_when lint_cpuset_missing;      /* the host has none of @cpuset; $detail: how many it has */
lint_when lint_nodeset_missing;     /* the host has not all of @nodeset; $detail: how many it has */

/* lint_place.c: what this machine has. Never true for a domain of another host. */
lint_when lint_keymap_missing;       /* QEMU has no @keymap */
lint_when lint_listen_missing;       /* @listen or @address is no address of this machine */
lint_when lint_certificates_missing; /* <smartcard>'s database; $detail: its path */
lint_when lint_numad_missing;        /* no numad */
lint_when lint_usb_missing;          /* no USB device of <vendor> and <product> */
lint_when lint_memory_file_small;    /* <source><path> is smaller than <target><size>; $detail: its size in bytes */
lint_when lint_dtb_other;            /* the file is no device tree */
lint_when lint_format_other;         /* the drive is said to be qcow2, but is not */
lint_when lint_qcow2_as_raw;         /* the drive is said to be raw, but is qcow2 */
lint_when lint_memory_beyond;        /* more memory than this machine has and lends out; $detail: what it has, in KiB */
lint_when lint_firmware_broken;      /* firmware='efi' leads to a descriptor whose code is missing; $detail: which */
