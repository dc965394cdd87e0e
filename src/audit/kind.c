#include "audit/kind.h"

#include <string.h>

#include "fs/ext.h"
#include "fs/fat.h"
#include "fs/opaque.h"
#include "fs/qcow2.h"
#include "fs/squashfs.h"

/* PE has its own place: "MZ" alone is a DOS program, and arm64 kernels begin with it, too. */
static const struct {
        u16 at, len;
        const char *magic;
        enum kind kind;
} magics[] = {
        { 0, 4, "\177ELF", KIND_ELF }, { 56, 4, "ARM\x64", KIND_KERNEL_ARM64 }, { 514, 4, "HdrS", KIND_KERNEL_X86 },
        { 0, 4, "\xfe\xed\xfa\xce", KIND_MACHO }, { 0, 4, "\xfe\xed\xfa\xcf", KIND_MACHO }, { 0, 4, "\xce\xfa\xed\xfe", KIND_MACHO },
        { 0, 4, "\xcf\xfa\xed\xfe", KIND_MACHO }, { 0, 4, "\xca\xfe\xba\xbe", KIND_MACHO_FAT }, { 0, 2, "\x1f\x8b", KIND_COMPRESSED },
        { 0, 2, "\x1f\x9d", KIND_COMPRESSED },
        { 0, 6,
                "\xfd"
                "7zXZ\0",
                KIND_COMPRESSED },
        { 0, 4, "\x28\xb5\x2f\xfd", KIND_COMPRESSED }, { 0, 3, "BZh", KIND_COMPRESSED }, { 0, 4, "\x04\x22\x4d\x18", KIND_COMPRESSED },
        { 0, 4, "\x02\x21\x4c\x18", KIND_COMPRESSED }, { 0, 4, "LZIP", KIND_COMPRESSED }, { 0, 4, "PK\3\4", KIND_ZIP },
        { 0, 4, "PK\5\6", KIND_ZIP }, { 0, 21, "!<arch>\ndebian-binary", KIND_DEB }, { 0, 8, "!<arch>\n", KIND_AR },
        { 0, 6, "070701", KIND_CPIO }, { 0, 6, "070702", KIND_CPIO }, { 0, 6, "070707", KIND_CPIO }, { 0, 4, "\xed\xab\xee\xdb", KIND_RPM },
        { 0, 6, "7z\xbc\xaf\x27\x1c", KIND_7ZIP }, { 0, 4, "xar!", KIND_XAR }, { 257, 5, "ustar", KIND_TAR },
        { 40, 4, "_FVH", KIND_FIRMWARE }, { 4136, 4, "_FVH", KIND_FIRMWARE }, /* Arm's: the reset vector is in front */
};

/* A universal Mach-O file and a Java class begin alike; where one has the number of its parts the other has its version, 45 and up. */
static bool is_fat(const u8 *h, size_t len)
{
        return len >= 8 && !h[4] && !h[5] && !h[6] && h[7] && h[7] < 30;
}

/* LZMA of old ("alone") has no magic: its usual properties, a power of two, and a size that is unknown or sane. */
static bool is_lzma(const u8 *h, size_t len)
{
        return len >= 14 && h[0] == 0x5d && !h[1] && !h[2] && (h[3] == 0x80 || !(h[3] & (h[3] - 1))) && h[4] <= 8 &&
               ((h[5] == 0xff && h[12] == 0xff) || (!h[11] && !h[12])) && !h[13];
}

static bool is_pe(const u8 *h, size_t len)
{
        if (len < 64 || h[0] != 'M' || h[1] != 'Z')
                return false;
        u32 at = h[60] | h[61] << 8 | h[62] << 16 | (u32)h[63] << 24;
        return at >= len - 6 || !memcmp(h + at, "PE\0\0", 4);
}

/* Tar of before POSIX: a header whose checksum is right. */
static bool is_old_tar(const u8 *h, size_t len)
{
        u32 sum = 0, said = 0;
        if (len < 512 || !h[0] || h[0] > 126)
                return false;
        for (int i = 0; i < 512; i++)
                sum += i >= 148 && i < 156 ? ' ' : h[i];
        int i = 148;
        while (i < 156 && h[i] == ' ')
                i++;
        for (; i < 156 && h[i] >= '0' && h[i] <= '7'; i++)
                said = said * 8 + (h[i] - '0');
        return said && said == sum;
}

static bool has(const u8 *h, size_t len, u32 at, u32 n, const char *magic)
{
        return len >= (size_t)at + n && !memcmp(h + at, magic, n);
}

/* Common data, so that a file that is asked for by itself need not be called unknown. */
static bool is_data(const u8 *h, size_t len)
{
        static const struct {
                u32 at, len;
                const char *magic;
        } rows[] = {
                { 0, 4, "\0asm" }, { 0, 4, "\xca\xfe\xba\xbe" }, { 0, 4, "\x89PNG" }, { 0, 3, "\xff\xd8\xff" }, { 0, 4, "GIF8" },
                { 0, 5, "%PDF-" }, { 0, 15, "SQLite format 3" }, { 0, 4, "\xd0\x0d\xfe\xed" }, { 0, 4, "RIFF" }, { 0, 4, "OggS" },
                { 0, 4, "wOF2" }, { 0, 4, "OTTO" }, { 0, 5, "\0\1\0\0\0" }, { 0, 4, "\xde\x12\x04\x95" }, { 0, 4, "\x95\x04\x12\xde" },
                { 0, 6, "\0\0\1\0\1\0" }, { 2, 2, "\r\n" }, /* Python's compiled modules */
        };
        for (size_t i = 0; i < ARRAY_LEN(rows); i++)
                if (has(h, len, rows[i].at, rows[i].len, rows[i].magic))
                        return true;
        return false;
}

/* A table of partitions: sane flags, and one that has a place; GPT, too, has one of these in front. */
static bool is_disk(const u8 *h, size_t len)
{
        bool any = false;
        if (len < 512 || h[510] != 0x55 || h[511] != 0xaa)
                return false;
        for (const u8 *row = h + 446; row < h + 510; row += 16) {
                if (row[0] & 0x7f)
                        return false;
                any |= row[4] && (row[8] || row[9] || row[10] || row[11]) && (row[12] || row[13] || row[14] || row[15]);
        }
        return any;
}

bool kind_is_binary(const u8 *h, size_t len)
{
        return len && memchr(h, 0, len < 512 ? len : 512) != NULL;
}

enum kind kind_of_far(size_t (*peek)(void *arg, u32 at, void *to, size_t len), void *arg, enum kind near)
{
        u8 magic[8];
        if (peek(arg, 32769, magic, 5) == 5 && !memcmp(magic, "CD001", 5))
                return KIND_ISO;
        return near == KIND_OTHER && peek(arg, BTRFS_AT, magic, 8) == 8 && btrfs_name(magic) ? KIND_OPAQUE : near;
}

enum kind kind_of(const u8 *h, size_t len)
{
        for (size_t i = 0; i < ARRAY_LEN(magics); i++) {
                if (!has(h, len, magics[i].at, magics[i].len, magics[i].magic))
                        continue;
                if (magics[i].kind == KIND_MACHO_FAT && !is_fat(h, len))
                        continue;
                return magics[i].kind;
        }
        if (squashfs_is(h, len))
                return KIND_SQUASHFS;
        if (qcow2_is(h, len))
                return KIND_QCOW2;
        if (is_pe(h, len))
                return KIND_PE;
        if (is_old_tar(h, len))
                return KIND_TAR;
        if (is_lzma(h, len))
                return KIND_COMPRESSED;
        if (ext_is(h, len))
                return KIND_EXT;
        if (opaque_name(h, len))
                return KIND_OPAQUE;
        if (fat_is(h, len))
                return KIND_FAT;
        if (is_disk(h, len))
                return KIND_DISK;
        if (is_data(h, len))
                return KIND_DATA;
        return len && h[0] == '{' ? KIND_JSON : KIND_OTHER;
}
