#include "fs/opaque.h"

#include <string.h>

static const struct {
        u32 at, len;
        const char *magic, *name;
} rows[] = {
        { 0, 4, "XFSB", "an XFS file system" },
        { 3, 8, "NTFS    ", "an NTFS file system" },
        { 3, 8, "EXFAT   ", "an exFAT file system" },
        { 1024, 4, "\x10\x20\xf5\xf2", "an F2FS file system" },
        { 1024, 4, "\xe2\xe1\xf5\xe0", "an EROFS file system" },
        { 0, 4, "\x45\x3d\xcd\x28", "a cramfs file system" },
        { 0, 8, "-rom1fs-", "a romfs file system" },
        { 0, 4, "\x85\x19\x03\x20", "a JFFS2 file system" },
        { 0, 4, "UBI#", "an UBI volume" },
        { 0, 4, "\x31\x18\x10\x06", "a UBIFS file system" },
        { 0, 4, "sqsh", "a squashfs image of the other byte order" },
        { 1024, 2, "H+", "an HFS+ file system" },
        { 32, 4, "NXSB", "an APFS container" },
        { 0, 6, "LUKS\xba\xbe", "an encrypted disk (LUKS)" },
        { 512, 8, "LABELONE", "an LVM volume" },
        { 0, 4, "KDMV", "a VMDK disk image" },
        { 0, 21, "# Disk DescriptorFile", "a VMDK disk image" },
        { 0, 8, "conectix", "a VHD disk image" },
        { 0, 8, "vhdxfile", "a VHDX disk image" },
        { 64, 4, "\x7f\x10\xda\xbe", "a VirtualBox disk image" },
        { 0, 4, "QED", "a QED disk image" },
        { 0, 4, "\x3a\xff\x26\xed", "a sparse Android image" },
        { 0, 8, "ANDROID!", "an Android boot image" },
        { 0, 8, "MSWIM\0\0", "a WIM image" },
        { 0, 4, "CrAU", "an Android update" },
        { 0, 4, "\x27\x05\x19\x56", "a U-Boot image" },
        { 0, 4, "MSCF", "a cabinet file" },
        { 0, 4, "Rar!", "a RAR archive" },
        { 0, 8, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a compound file (MSI or an old Office document)" },
};

const char *opaque_name(const u8 *h, size_t len)
{
        for (size_t i = 0; i < ARRAY_LEN(rows); i++)
                if (len >= (size_t)rows[i].at + rows[i].len && !memcmp(h + rows[i].at, rows[i].magic, rows[i].len))
                        return rows[i].name;
        return NULL;
}

const char *btrfs_name(const u8 magic[8])
{
        return memcmp(magic, "_BHRfS_M", 8) ? NULL : "a btrfs file system";
}
