#include "fs/fat.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/endian.h"
#include "base/util.h"

enum {
        ENTRY = 32,
        LONG_PARTS = 20,
        NAME_UNITS = 13 * LONG_PARTS,
        DEPTH_MAX = 32,
        FOLDER_ENTRIES_MAX = 65536,
        ENTRIES_MAX = 1 << 20,
        TABLE_PIECE = 4096
};

/* Attributes, and the two marks of an entry's first byte. */
enum { VOLUME_ID = 0x08, FOLDER = 0x10, LONG_NAME = 0x0f, DELETED = 0xe5, LAST = 0x00 };

struct fat {
        struct volume *v;
        const struct fs_visitor *to;
        u32 bits; /* of a table entry: 12, 16, 32 */
        u32 cluster_bytes, cluster_count, root_cluster;
        u64 table, table_bytes, root, data; /* where they begin */
        u32 root_entries;
        u64 piece_at; /* of the table: the piece that was read last */
        size_t piece_len;
        u8 piece[TABLE_PIECE];
        /* A damaged table or folder can lead in circles: */
        u64 steps_left; /* along chains */
        u32 entries_left;
};

static bool power_of_two(u32 n)
{
        return n && !(n & (n - 1));
}

bool fat_is(const u8 *h, size_t len)
{
        if (len < 512 || h[510] != 0x55 || h[511] != 0xaa || !(h[0] == 0xeb || h[0] == 0xe9))
                return false;
        u32 sector = le16(h + 11);
        return power_of_two(sector) && sector >= 512 && sector <= 4096 && power_of_two(h[13]) && le16(h + 14) &&
               (h[16] == 1 || h[16] == 2) && (h[21] >= 0xf8 || h[21] == 0xf0);
}

static int damaged(const struct fat *x, const char *what, struct err *e)
{
        return err_set(e, 1, "cannot read %s: %.200s is damaged", x->to->name, what);
}

static int open_fat(struct fat *x, struct err *e)
{
        u8 h[512];
        if (volume_read(x->v, 0, h, sizeof h, e) < 0)
                return -1;
        if (!fat_is(h, sizeof h))
                return damaged(x, "its first sector", e);
        u32 sector = le16(h + 11), table_sectors = le16(h + 22) ? le16(h + 22) : le32(h + 36),
            sectors = le16(h + 19) ? le16(h + 19) : le32(h + 32);
        u8 media;
        if (volume_peek(x->v, (u64)le16(h + 14) * sector, &media, 1) != 1 || (media != 0xf0 && media < 0xf8))
                return damaged(x, "its table", e);
        x->root_entries = le16(h + 17);
        x->cluster_bytes = sector * h[13];
        x->table = (u64)le16(h + 14) * sector;
        x->table_bytes = (u64)table_sectors * sector;
        x->root = x->table + h[16] * x->table_bytes;
        x->data = x->root + ((u64)x->root_entries * ENTRY + sector - 1) / sector * sector;
        u64 end = (u64)sectors * sector;
        if (!table_sectors || end <= x->data || end > x->v->size)
                return damaged(x, end > x->v->size ? "its end, which is not there:" : "its first sector", e);
        x->cluster_count = (u32)((end - x->data) / x->cluster_bytes);
        /* By the number of clusters, and by nothing else (the specification, "FAT Type Determination"). */
        x->bits = x->cluster_count < 4085 ? 12 : x->cluster_count < 65525 ? 16 : 32;
        x->root_cluster = x->bits == 32 ? le32(h + 44) : 0;
        x->steps_left = 8 * (u64)x->cluster_count + 65536;
        x->entries_left = ENTRIES_MAX;
        return 0;
}

/* ---- chains of clusters ---- */

static bool is_cluster(const struct fat *x, u32 cluster)
{
        return cluster >= 2 && cluster - 2 < x->cluster_count;
}

static u64 cluster_at(const struct fat *x, u32 cluster)
{
        return x->data + (u64)(cluster - 2) * x->cluster_bytes;
}

/* The cluster behind this one, 0 at the end or where the table makes no sense. */
static u32 next_cluster(struct fat *x, u32 cluster)
{
        u64 at = (u64)cluster * x->bits / 8, end = at + (x->bits == 32 ? 4 : 2);
        if (end > x->table_bytes || !x->steps_left)
                return 0;
        x->steps_left--;
        if (!x->piece_len || at < x->piece_at || end > x->piece_at + x->piece_len) {
                x->piece_at = at & ~(u64)511;
                x->piece_len = volume_peek(x->v, x->table + x->piece_at, x->piece, sizeof x->piece);
                if (end > x->piece_at + x->piece_len)
                        return 0;
        }
        const u8 *p = x->piece + (at - x->piece_at);
        u32 next = x->bits == 12 ? (cluster & 1 ? le16(p) >> 4 : le16(p) & 0xfff) : x->bits == 16 ? le16(p) : le32(p) & 0x0fffffff;
        return is_cluster(x, next) ? next : 0;
}

struct content {
        struct volume volume;
        struct fat *x;
        const char *path;
        u32 first, now, index; /* `now` is the index-th cluster of the chain */
};

static int read_content(struct volume *v, u64 at, void *to, size_t len, struct err *e)
{
        struct content *c = (struct content *)v;
        struct fat *x = c->x;
        for (size_t done = 0; done < len;) {
                u64 place = at + done;
                u32 index = (u32)(place / x->cluster_bytes), inside = (u32)(place % x->cluster_bytes);
                if (index < c->index || !c->now) {
                        c->now = c->first;
                        c->index = 0;
                }
                for (; c->index < index && is_cluster(x, c->now); c->index++)
                        c->now = next_cluster(x, c->now);
                if (!is_cluster(x, c->now))
                        return damaged(x, c->path, e);
                size_t piece = x->cluster_bytes - inside < len - done ? x->cluster_bytes - inside : len - done;
                if (volume_read(x->v, cluster_at(x, c->now) + inside, (u8 *)to + done, piece, e) < 0)
                        return -1;
                done += piece;
        }
        return 0;
}

/* ---- folders ---- */

/* A long name comes in pieces of 13 characters before its entry, the last piece first. */
struct long_name {
        u16 text[NAME_UNITS + 1];
        bool any;
};

static void take_piece(struct long_name *n, const u8 *d)
{
        static const u8 places[13] = { 1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30 };
        u32 part = d[0] & 0x3f;
        if (part < 1 || part > LONG_PARTS)
                return;
        if (d[0] & 0x40)
                memset(n, 0, sizeof *n);
        for (size_t i = 0; i < ARRAY_LEN(places); i++)
                n->text[(part - 1) * 13 + i] = (u16)le16(d + places[i]);
        n->any = true;
}

/* UTF-16 to UTF-8; what stands for no character becomes '?', and so does a slash. */
static void long_text(const struct long_name *n, char *to)
{
        for (const u16 *p = n->text; *p && *p != 0xffff; p++) {
                u32 c = *p;
                if (c >= 0xd800 && c < 0xdc00 && p[1] >= 0xdc00 && p[1] < 0xe000)
                        c = 0x10000 + ((c - 0xd800) << 10) + (*++p - 0xdc00u);
                else if (c == '/' || c < 0x20 || (c >= 0xd800 && c < 0xe000))
                        c = '?';
                if (c >= 0x10000) {
                        *to++ = (char)(0xf0 | c >> 18);
                        *to++ = (char)(0x80 | (c >> 12 & 0x3f));
                } else if (c >= 0x800) {
                        *to++ = (char)(0xe0 | c >> 12);
                }
                if (c >= 0x800)
                        *to++ = (char)(0x80 | (c >> 6 & 0x3f));
                else if (c >= 0x80)
                        *to++ = (char)(0xc0 | c >> 6);
                *to++ = (char)(c >= 0x80 ? 0x80 | (c & 0x3f) : c);
        }
        *to = 0;
}

/* "BOOTAA64EFI" -> "BOOTAA64.EFI"; bits 3 and 4 of byte 12: base, extension in lower case (Windows NT's, and mtools'). */
static void short_text(const u8 *d, char *to)
{
        for (int part = 0; part < 2; part++) {
                const u8 *p = part ? d + 8 : d;
                int len = part ? 3 : 8;
                while (len && p[len - 1] == ' ')
                        len--;
                if (part && len)
                        *to++ = '.';
                for (int i = 0; i < len; i++) {
                        u8 c = p[i];
                        bool lower = d[12] & (part ? 0x10 : 0x08) && c >= 'A' && c <= 'Z';
                        *to++ = (char)(c < 0x20 || c >= 0x7f || c == '/' ? '_' : lower ? c | 0x20 : c);
                }
        }
        *to = 0;
}

static int visit_folder(struct fat *x, struct volume *folder, const char *path, int depth, struct err *e);

/* A folder has no size of its own: it is as long as its chain. */
static struct content chain(struct fat *x, const char *path, u32 first, u64 size)
{
        return (struct content){ .volume = { .read = read_content, .size = size }, .x = x, .path = path, .first = first };
}

/* Of the last change: a date since 1980 and half of the seconds of the day, as the clock on the wall had it. */
static time_t changed(const u8 *d)
{
        u32 day = le16(d + 24), second = le16(d + 22);
        struct tm t = { .tm_year = 80 + (int)(day >> 9),
                .tm_mon = (int)(day >> 5 & 15) - 1,
                .tm_mday = (int)(day & 31),
                .tm_hour = (int)(second >> 11),
                .tm_min = (int)(second >> 5 & 63),
                .tm_sec = (int)(second & 31) * 2 };
        return timegm(&t);
}

static int visit_one(struct fat *x, const u8 *d, const char *path, int depth, struct err *e)
{
        bool folder = d[11] & FOLDER;
        u32 first = le16(d + 26) | (x->bits == 32 ? le16(d + 20) << 16 : 0);
        struct content c = chain(x, path, first, folder ? (u64)FOLDER_ENTRIES_MAX * ENTRY : le32(d + 28));
        struct archive_entry *entry = archive_entry_new();
        if (!entry)
                abort();
        archive_entry_copy_pathname(entry, path);
        archive_entry_set_mode(entry, folder ? AE_IFDIR | 0755 : AE_IFREG | 0644);
        archive_entry_set_mtime(entry, changed(d), 0);
        archive_entry_set_size(entry, folder ? 0 : (la_int64_t)c.volume.size);
        int result = x->to->entry(x->to->arg, entry, folder ? NULL : &c.volume, e);
        archive_entry_free(entry);
        return !result && folder ? visit_folder(x, &c.volume, path, depth + 1, e) : result;
}

static int visit_folder(struct fat *x, struct volume *folder, const char *path, int depth, struct err *e)
{
        struct long_name name = { 0 };
        u8 d[ENTRY];
        if (depth > DEPTH_MAX)
                return damaged(x, path, e);
        for (u64 at = 0; at < folder->size; at += ENTRY) {
                struct err ignored;
                if (folder->read(folder, at, d, ENTRY, &ignored) < 0 || d[0] == LAST)
                        return 0; /* the chain ends, and with it the folder */
                if (d[0] == DELETED || d[0] == '.')
                        continue;
                if ((d[11] & 0x3f) == LONG_NAME) {
                        take_piece(&name, d);
                        continue;
                }
                char text[3 * NAME_UNITS + 1];
                if (name.any)
                        long_text(&name, text);
                else
                        short_text(d, text);
                name.any = false;
                if (d[11] & VOLUME_ID || !*text)
                        continue;
                if (!x->entries_left--)
                        return damaged(x, path, e);
                AUTO_FREE char *below = format("%s/%s", path, text);
                if (visit_one(x, d, below, depth, e) < 0)
                        return -1;
        }
        return 0;
}

int fat_walk(struct volume *v, const struct fs_visitor *to, struct err *e)
{
        struct fat x = { .v = v, .to = to };
        if (open_fat(&x, e) < 0)
                return -1;
        struct content root = chain(&x, ".", x.root_cluster, (u64)FOLDER_ENTRIES_MAX * ENTRY);
        if (x.bits == 32)
                return visit_folder(&x, &root.volume, ".", 0, e);
        struct volume *fixed = volume_part(v, x.root, (u64)x.root_entries * ENTRY);
        int result = visit_folder(&x, fixed, ".", 0, e);
        volume_close(fixed);
        return result;
}
