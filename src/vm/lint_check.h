/* The conditions of lint rules that XPath cannot say (lint_when of lint.h): files on this machine, the host's networks, arithmetic. */
#pragma once
#include "vm/lint.h"

lint_when lint_file_missing;      /* the element's path is not there; $detail: path and reason */
lint_when lint_flash_size;        /* the firmware image is not 64 MiB; $detail: its size in bytes */
lint_when lint_kernel_foreign;    /* the kernel's head is another architecture's; $detail: whose */
lint_when lint_network_missing;   /* <source network> */
lint_when lint_bridge_missing;    /* <source bridge>, <source dev> */
lint_when lint_sysinfo_missing;   /* virConnectGetSysinfo() has nothing */
lint_when lint_hugepages_missing; /* no hugetlbfs is mounted */
lint_when lint_vsock_missing;     /* no /dev/vhost-vsock */
lint_when lint_vfio_missing;      /* no IOMMU groups */
lint_when lint_topology_differs;  /* from <vcpu>; $detail: sockets x dies x cores x threads */
lint_when lint_slot_beyond_port;  /* a slot above 0 behind a root port */
lint_when lint_address_taken;     /* by a device before this one */
lint_when lint_ports_full;        /* no root port is free; $detail: so, in a sentence */
lint_when lint_ports_beyond;      /* more root ports than a low ECAM has buses; $detail: the limit and why */
