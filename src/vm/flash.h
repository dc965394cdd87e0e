/*
 * The head of a flash image, as the guest would see it: of a raw file, or of a qcow2 file (how Fedora packs the Arm firmware). The format
 * is QEMU's docs/interop/qcow2.txt; compressed clusters and backing files are refused, since no firmware has them.
 */
#pragma once
#include "base/err.h"
#include "base/types.h"

struct flash {
        u8 *head; /* the first bytes: all that firmware keeps its volumes in */
        size_t len;
        u64 size; /* of the whole flash, in bytes */
};

#define AUTO_FLASH __attribute__((cleanup(flash_free)))
void flash_free(struct flash *f);

/* `format` is "raw" or "qcow2". 0, or -1 and *e. */
int flash_read(const char *path, const char *format, struct flash *f, struct err *e);
