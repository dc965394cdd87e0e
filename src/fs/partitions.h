/* Partition tables of disks: MBR with extended partitions, GPT (UEFI specification, "GUID Partition Table"); sectors of 512 or 4096 bytes.
 */
#pragma once
#include "fs/volume.h"

struct partition {
        u32 number; /* as Linux counts: logical ones of an MBR from 5 on */
        u64 at, size;
        bool boot_code; /* by its type: code of a boot loader without a file system */
};

enum { PARTITIONS_MAX = 128 };

/* How many there are; 0 when there is no partition table. Those that do not lie in the volume are left out. */
int partitions_read(struct volume *disk, struct partition parts[PARTITIONS_MAX]);
