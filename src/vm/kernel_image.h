/*
 * What a file that should be a Linux kernel is, by its head. Sources: the kernel's arch/arm/boot/compressed/head.S,
 * Documentation/arch/arm64/booting.rst, Documentation/arch/x86/boot.rst, drivers/firmware/efi/libstub/zboot-header.S; the PE format.
 */
#pragma once
#include "base/err.h"
#include "base/types.h"

enum { KERNEL_RELEASE_MAX = 128 };

struct kernel_image {
        const char *arch;                 /* as libvirt names it: "armv7l", "aarch64", "x86_64" */
        const char *format;               /* "zImage", "Image", "gzip Image", "EFI zboot Image", "bzImage" */
        char release[KERNEL_RELEASE_MAX]; /* "6.1.0-50-arm64" where the file tells it, else "" (a zImage does not) */
};

/* 0, or -1 and *e (code 2): no kernel that QEMU can start, or one that is cut. */
int kernel_image_read(const u8 *data, size_t len, struct kernel_image *k, struct err *e);
