/*
 * What a file that should be an initramfs is: newc cpio archives one after the other, the last of which may be compressed, and the kernels
 * whose modules it has. Source: the kernel's Documentation/driver-api/early-userspace/buffer-format.rst
 */
#pragma once
#include "base/err.h"
#include "base/types.h"

enum { INITRD_RELEASES_MAX = 8, INITRD_RELEASE_MAX = 128 };

struct initrd_image {
        const char *format; /* of the last archive: "cpio", "gzip", "xz", "zstd", "lz4", "lzo", "bzip2", "lzma" */
        u32 entries;        /* 0 where it cannot be looked into (lzo) */
        u32 release_count;  /* below lib/modules or usr/lib/modules */
        char releases[INITRD_RELEASES_MAX][INITRD_RELEASE_MAX];
};

/* 0, or -1 and *e (code 2): no initramfs, or a damaged one. */
int initrd_image_read(const u8 *data, size_t len, struct initrd_image *i, struct err *e);

/* Does it fit to a kernel of that release? True too for one that has no modules at all. */
bool initrd_image_fits(const struct initrd_image *i, const char *release);
