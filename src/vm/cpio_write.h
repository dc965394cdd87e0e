/* A newc cpio archive in memory, as an initramfs has it. Source: the kernel's Documentation/driver-api/early-userspace/buffer-format.rst */
#pragma once
#include "base/types.h"

struct cpio {
        u8 *data;
        size_t len, room;
        u32 inode;
};

/* Add a file or, with S_IFDIR in mode, a folder. */
void cpio_add(struct cpio *c, const char *path, u32 mode, const void *data, size_t len);

/* The entry that ends it. */
void cpio_end(struct cpio *c);

/* Bytes between two archives, or the second's own; padded to 4. */
void cpio_append(struct cpio *c, const void *data, size_t len);

#define AUTO_CPIO __attribute__((cleanup(cpio_free)))
void cpio_free(struct cpio *c);
