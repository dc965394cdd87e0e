/* Which kernel and which initramfs of a guest's /boot belong together and are to be started. */
#pragma once
#include "vm/bootdir_share.h"

enum { BOOTDIR_NAME_MAX = 256, BOOTDIR_RELEASE_MAX = 128 };

struct bootdir_pair {
        char kernel[BOOTDIR_NAME_MAX], initrd[BOOTDIR_NAME_MAX];           /* below the share, links followed */
        char kernel_link[BOOTDIR_NAME_MAX], initrd_link[BOOTDIR_NAME_MAX]; /* "vmlinuz", "initrd.img"; "" when found without a link */
        char release[BOOTDIR_RELEASE_MAX]; /* from the kernel's name: "6.1.0-50-armmp"; "" when it has none */
};

/*
 * The pair to start: what the guest's links name (vmlinuz, zImage, Image and initrd.img, initrd, initramfs.img); without a kernel's link
 * the newest kernel, by dpkg's order, that has an initramfs of its release. 0, or -1 and *e (code 2) with what is missing and what to do in
 * the guest.
 */
int bootdir_pair_find(int share, struct bootdir_pair *p, struct err *e);

/*
 * Is `name` a kernel's file name, and of what release? "vmlinuz-6.1.0-50-armmp" gives "6.1.0-50-armmp". NULL when not: leftovers of dpkg
 * and rescue kernels are none.
 */
const char *bootdir_kernel_release(const char *name);
