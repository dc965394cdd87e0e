/* A guest's /boot as QEMU keeps it, made by hand: for the tests of src/vm/bootdir*. */
#pragma once
#include "base/types.h"

#include <string.h>
#include <sys/stat.h>

enum { TEST_KERNEL_BYTES = 4096, TEST_INITRD_MAX = 4096 };

/* The smallest zImage there is; `fill` tells two from each other. */
static inline void make_zimage(u8 kernel[TEST_KERNEL_BYTES], u8 fill)
{
        static const u8 head[] = { 0x18, 0x28, 0x6f, 0x01, 0, 0, 0, 0, TEST_KERNEL_BYTES & 0xff, TEST_KERNEL_BYTES >> 8, 0, 0 };
        memset(kernel, fill, TEST_KERNEL_BYTES);
        memcpy(kernel + 0x24, head, sizeof head);
}

/* Add an empty file to a newc archive; the new length. */
size_t add_cpio(u8 *archive, size_t len, const char *name);

/* An initramfs with the modules' folder of `release` (NULL: none); its length. */
size_t make_initrd(u8 archive[TEST_INITRD_MAX], const char *release);

/* Write a file of the guest's with that mode, its metadata as an attribute or, with `beside`, below .virtfs_metadata. */
void put_guest_file(int share, const char *name, u32 mode, const void *data, size_t len, bool beside);
