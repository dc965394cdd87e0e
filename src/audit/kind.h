/* What a file is, by its first bytes. */
#pragma once
#include "base/types.h"

enum kind {
        KIND_OTHER,
        KIND_ELF,
        KIND_PE,
        KIND_MACHO,
        KIND_MACHO_FAT,
        KIND_FIRMWARE, /* UEFI firmware volumes */
        KIND_KERNEL_ARM64,
        KIND_KERNEL_X86,
        KIND_JSON,
        /* What libarchive opens: */
        KIND_COMPRESSED,
        KIND_TAR,
        KIND_ZIP,
        KIND_AR,
        KIND_DEB,
        KIND_CPIO,
        KIND_RPM,
        KIND_7ZIP,
        KIND_ISO,
        KIND_XAR,
        /* File systems: */
        KIND_SQUASHFS,
        KIND_EXT,
        KIND_QCOW2,
};

enum { KIND_HEAD = 4140 }; /* bytes that the look needs, if there are as many */

enum kind kind_of(const u8 *head, size_t len);
static inline bool kind_is_archive(enum kind k)
{
        return k >= KIND_COMPRESSED && k <= KIND_XAR;
}
