/* File systems, disk images and the like that are known by name, and not read. */
#pragma once
#include "base/types.h"

enum { FS_HEAD = 4096 }; /* bytes that show what a volume holds, if there are as many */

/* "an XFS file system"; NULL when it is none of them. */
const char *opaque_name(const u8 *head, size_t len);

/* btrfs shows itself further inside, by eight bytes at this place. Its name, or NULL. */
enum { BTRFS_AT = 65600 };
const char *btrfs_name(const u8 magic[8]);
