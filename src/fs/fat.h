/* FAT12, FAT16 and FAT32 (Microsoft's "FAT32 File System Specification", 1.03): boot partitions. No library in Debian reads it through a
 * function. */
#pragma once
#include "fs/visit.h"

bool fat_is(const u8 *head, size_t len);

/* Each file and folder but the root, depth first, by its long name if it has one; times are taken for UTC. 0, or -1 and *e. */
int fat_walk(struct volume *v, const struct fs_visitor *to, struct err *e);
