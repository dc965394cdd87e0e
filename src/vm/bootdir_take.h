/*
 * A private copy of the kernel and initramfs in a guest's /boot, checked. Everything that reads what the guest wrote happens in a child
 * process that has put away what it does not need: the owner of the share's user instead of root, no capabilities, no new privileges, and
 * by Landlock (where the kernel has it) nothing to be opened but below the share.
 */
#pragma once
#include "vm/bootdir_pair.h"

#define BOOTDIR_KERNEL_MAX (256ull << 20)
#define BOOTDIR_INITRD_MAX (1ull << 30)

/* What was found: fixed fields, since it comes through a pipe from the child. */
struct bootdir_found {
        struct bootdir_pair pair;
        char arch[16], kernel_format[24], initrd_format[16]; /* see vm/kernel_image.h, vm/initrd_image.h */
        char release[BOOTDIR_RELEASE_MAX];                   /* of the kernel: by its name, by its content or by the initramfs's modules */
        u64 kernel_bytes, initrd_bytes;
        char digest[65]; /* SHA-256 of both files, one after the other, hexadecimal */
};

/*
 * Find the pair and check it: kernel's head, architecture (`arch` as libvirt names it, NULL: any), initramfs, same release. The copies that
 * were checked are written to the empty files kernel_fd and initrd_fd. 0, or -1 and *e: code 2 when the guest's /boot is not as it should
 * be, 1 when the host failed (no space, ...).
 */
int bootdir_take(int share, const char *arch, int kernel_fd, int initrd_fd, struct bootdir_found *found, struct err *e);
