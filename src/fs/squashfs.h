/* squashfs 4.0, by libsquashfs (squashfs-tools-ng). */
#pragma once
#include "fs/visit.h"

bool squashfs_is(const u8 *head, size_t len);

/* How long the file system is by its super block; the volume may go on behind it. 0 when that is cut off. */
u64 squashfs_bytes(struct volume *v);

/*
 * Each entry, depth first: path, mode, size, target of a symbolic link. Owners, times and attributes are not read. 0; 1 when it is
 * compressed in a way that the library does not know; -1 and *e, which is the visitor's or names what is damaged.
 */
int squashfs_walk(struct volume *v, const struct fs_visitor *to, struct err *e);
