#include "fs/partitions.h"

#include <string.h>

#include "base/endian.h"

enum { MBR_TABLE = 446, MBR_ROWS = 4, MBR_ROW = 16, LOGICAL_MAX = 60, GPT_ENTRY_MIN = 128, GPT_ENTRY_MAX = 4096 };
enum { TYPE_EXTENDED = 0x05, TYPE_EXTENDED_LBA = 0x0f, TYPE_EXTENDED_LINUX = 0x85, TYPE_PREP = 0x41, TYPE_PROTECTIVE = 0xee };

struct table {
        struct volume *disk;
        struct partition *parts;
        int count;
};

/* A table can say anything: only what lies on the disk counts. */
static void add(struct table *t, u32 number, u64 sector, u64 sectors, u32 sector_bytes, bool boot_code)
{
        u64 all = t->disk->size / sector_bytes;
        if (t->count == PARTITIONS_MAX || !sectors || !sector || sector > all || sectors > all - sector)
                return;
        t->parts[t->count++] =
                (struct partition){ .number = number, .at = sector * sector_bytes, .size = sectors * sector_bytes, .boot_code = boot_code };
}

/* ---- GPT ---- */

/* As they lie on disk, where the first three groups are little-endian. */
static const u8 boot_types[][16] = {
        { 0x48, 0x61, 0x68, 0x21, 0x49, 0x64, 0x6f, 0x6e, 0x74, 0x4e, 0x65, 0x65, 0x64, 0x45, 0x46, 0x49 }, /* BIOS boot */
        { 0x2d, 0xe3, 0x1a, 0x9e, 0x8e, 0xc0, 0xbd, 0x47, 0x91, 0x3e, 0x94, 0x22, 0x21, 0xd0, 0x22, 0x00 }, /* PowerPC PReP boot */
};

static bool is_boot_type(const u8 *type)
{
        for (size_t i = 0; i < ARRAY_LEN(boot_types); i++)
                if (!memcmp(type, boot_types[i], 16))
                        return true;
        return false;
}

static bool read_gpt(struct table *t, u32 sector)
{
        static const u8 unused[16];
        u8 h[92], row[48];
        struct err e;
        if (volume_peek(t->disk, sector, h, sizeof h) != sizeof h || memcmp(h, "EFI PART", 8))
                return false;
        u64 first = le64(h + 72);
        u32 count = le32(h + 80), size = le32(h + 84);
        if (size < GPT_ENTRY_MIN || size > GPT_ENTRY_MAX || first > t->disk->size / sector)
                return true;
        for (u32 i = 0; i < count && i < 4 * PARTITIONS_MAX; i++) {
                if (volume_read(t->disk, first * sector + (u64)i * size, row, sizeof row, &e) < 0)
                        break;
                u64 from = le64(row + 32), to = le64(row + 40);
                if (memcmp(row, unused, 16) && to >= from)
                        add(t, i + 1, from, to - from + 1, sector, is_boot_type(row));
        }
        return true;
}

/* ---- MBR ---- */

static bool is_extended(u8 type)
{
        return type == TYPE_EXTENDED || type == TYPE_EXTENDED_LBA || type == TYPE_EXTENDED_LINUX;
}

static bool read_table(struct volume *disk, u64 sector, u8 rows[MBR_ROWS * MBR_ROW + 2])
{
        return volume_peek(disk, sector * 512 + MBR_TABLE, rows, MBR_ROWS * MBR_ROW + 2) == MBR_ROWS * MBR_ROW + 2 && rows[64] == 0x55 &&
               rows[65] == 0xaa;
}

/* A chain of tables, each with one partition (counted from there) and the next table (counted from the first). */
static void read_logical(struct table *t, u64 extended)
{
        u8 rows[MBR_ROWS * MBR_ROW + 2];
        u64 at = extended;
        for (u32 i = 0; i < LOGICAL_MAX && read_table(t->disk, at, rows); i++) {
                if (rows[4] && !is_extended(rows[4]))
                        add(t, 5 + i, at + le32(rows + 8), le32(rows + 12), 512, false);
                const u8 *next = rows + MBR_ROW;
                if (!is_extended(next[4]) || !le32(next + 8))
                        return;
                at = extended + le32(next + 8);
        }
}

/* Boot code of anything ends in the same two bytes: a table has sane flags, and a partition with a place. */
static bool is_mbr(const u8 *rows)
{
        bool any = false;
        for (const u8 *row = rows; row < rows + MBR_ROWS * MBR_ROW; row += MBR_ROW) {
                if (row[0] & 0x7f)
                        return false;
                any |= row[4] && le32(row + 8) && le32(row + 12);
        }
        return any;
}

static void read_mbr(struct table *t)
{
        u8 rows[MBR_ROWS * MBR_ROW + 2];
        if (!read_table(t->disk, 0, rows) || !is_mbr(rows))
                return;
        for (u32 i = 0; i < MBR_ROWS; i++) {
                const u8 *row = rows + i * MBR_ROW;
                if (row[4] && row[4] != TYPE_PROTECTIVE && !is_extended(row[4]))
                        add(t, i + 1, le32(row + 8), le32(row + 12), 512, row[4] == TYPE_PREP);
        }
        for (u32 i = 0; i < MBR_ROWS; i++)
                if (is_extended(rows[i * MBR_ROW + 4]))
                        read_logical(t, le32(rows + i * MBR_ROW + 8));
}

int partitions_read(struct volume *disk, struct partition parts[PARTITIONS_MAX])
{
        struct table t = { .disk = disk, .parts = parts };
        if (!read_gpt(&t, 512) && !read_gpt(&t, 4096))
                read_mbr(&t);
        return t.count;
}
