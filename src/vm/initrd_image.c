#include "vm/initrd_image.h"

#include <stdio.h>
#include <string.h>

#include "vm/unpack_stream.h"

enum { HEAD = 110, MAX_NAME = 4096, MAX_ENTRIES = 500000 };
#define MAX_UNPACKED (2ull << 30)

/* ---- newc: fed piece by piece ---- */

struct newc {
        struct initrd_image *image;
        u8 held[HEAD + MAX_NAME + 4]; /* the head and the name of an entry, until they are whole */
        size_t have;
        u64 skip;   /* bytes of content and padding still to pass over */
        bool ended; /* the entry TRAILER!!! was seen: zeroes follow, or another archive */
        struct err *e;
};

static bool hex_field(const u8 *head, int index, u32 *value)
{
        *value = 0;
        for (int i = 0; i < 8; i++) {
                u8 c = head[6 + 8 * index + i];
                u32 digit = c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : 16;
                if (digit == 16)
                        return false;
                *value = *value << 4 | digit;
        }
        return true;
}

static int refuse_damaged(struct err *e)
{
        return err_set(e, 2, "the cpio archive in it is damaged");
}

static void note_release(struct initrd_image *image, const char *name)
{
        static const char modules[] = "lib/modules/";
        name += !strncmp(name, "./", 2) ? 2 : 0;
        name += !strncmp(name, "usr/", 4) ? 4 : 0;
        if (strncmp(name, modules, sizeof modules - 1))
                return;
        name += sizeof modules - 1;
        size_t len = strcspn(name, "/");
        if (!len || len >= INITRD_RELEASE_MAX || image->release_count == INITRD_RELEASES_MAX)
                return;
        for (u32 i = 0; i < image->release_count; i++)
                if (!strncmp(image->releases[i], name, len) && !image->releases[i][len])
                        return;
        snprintf(image->releases[image->release_count++], INITRD_RELEASE_MAX, "%.*s", (int)len, name);
}

/* How many bytes the head and the name take, padded; 0 while the head is not whole. -1: no head. */
static long head_size(const struct newc *n)
{
        u32 name_size;
        if (n->have < HEAD)
                return 0;
        if ((memcmp(n->held, "070701", 6) && memcmp(n->held, "070702", 6)) || !hex_field(n->held, 11, &name_size) || !name_size ||
                name_size > MAX_NAME)
                return -1;
        return (HEAD + name_size + 3) & ~3u;
}

static int take_entry(struct newc *n)
{
        u32 size, name_size;
        hex_field(n->held, 11, &name_size);
        char *name = (char *)n->held + HEAD;
        if (!hex_field(n->held, 6, &size) || name[name_size - 1] || ++n->image->entries > MAX_ENTRIES)
                return refuse_damaged(n->e);
        note_release(n->image, name);
        n->ended = !strcmp(name, "TRAILER!!!");
        n->skip = ((u64)size + 3) & ~3ull;
        n->have = 0;
        return 0;
}

/* Take what an entry still needs of the piece; the number of bytes taken, or -1. */
static long feed_head(struct newc *n, const u8 *piece, size_t len)
{
        long whole = head_size(n);
        if (whole < 0)
                return refuse_damaged(n->e);
        size_t want = (whole ? (size_t)whole : HEAD) - n->have;
        size_t taken = want < len ? want : len;
        memcpy(n->held + n->have, piece, taken);
        n->have += taken;
        whole = head_size(n);
        if (whole < 0)
                return refuse_damaged(n->e);
        return whole && n->have == (size_t)whole && take_entry(n) < 0 ? -1 : (long)taken;
}

/* Everything of the piece, or up to the end of the archive: the number of bytes taken, or -1. */
static long feed(struct newc *n, const u8 *piece, size_t len)
{
        size_t at = 0;
        while (at < len && !n->ended) {
                size_t rest = len - at;
                if (n->skip) {
                        size_t pass = n->skip < rest ? (size_t)n->skip : rest;
                        n->skip -= pass;
                        at += pass;
                        continue;
                }
                long taken = feed_head(n, piece + at, rest);
                if (taken < 0)
                        return -1;
                at += (size_t)taken;
        }
        return (long)at;
}

/* ---- the archives of the file ---- */

static const struct packing {
        const char *magic;
        u32 len;
        const char *name;
        bool opaque;
} packings[] = {
        { "\x1f\x8b", 2, "gzip", false },
        { "\xfd"
          "7zXZ\0",
                6, "xz", false },
        { "\x28\xb5\x2f\xfd", 4, "zstd", false }, { "\x02\x21\x4c\x18", 4, "lz4", false }, { "\x04\x22\x4d\x18", 4, "lz4", false },
        { "BZh", 3, "bzip2", false }, { "\x5d\0\0", 3, "lzma", false },
        { "\x89LZO", 4, "lzo", true }, /* libarchive would start a program */
};

static const struct packing *packing_of(const u8 *data, size_t len)
{
        for (size_t i = 0; i < ARRAY_LEN(packings); i++)
                if (len >= packings[i].len && !memcmp(data, packings[i].magic, packings[i].len))
                        return &packings[i];
        return NULL;
}

/* After an archive's end come zeroes, and perhaps another archive that is packed in the same stream. */
static int take_piece(void *to, const u8 *piece, size_t len)
{
        struct newc *n = to;
        for (size_t at = 0; at < len;) {
                if (n->ended && !piece[at] && !n->skip) {
                        at++;
                        continue;
                }
                n->ended = false;
                long taken = feed(n, piece + at, len - at);
                if (taken < 0)
                        return -1;
                at += (size_t)taken;
        }
        return 0;
}

static int read_packed(const u8 *data, size_t len, struct newc *n)
{
        int status = unpack_stream(data, len, MAX_UNPACKED, take_piece, n, n->e);
        return status < 0 ? -1 : n->ended ? 0 : err_set(n->e, 2, "the cpio archive in it is cut (has the guest finished making it?)");
}

int initrd_image_read(const u8 *data, size_t len, struct initrd_image *i, struct err *e)
{
        *i = (struct initrd_image){ 0 };
        for (size_t at = 0; at < len;) {
                if (!data[at]) { /* the padding between archives */
                        at++;
                        continue;
                }
                struct newc n = { .image = i, .e = e };
                const struct packing *p = packing_of(data + at, len - at);
                if (p)
                        i->format = p->name;
                if (p)
                        return p->opaque ? 0 : read_packed(data + at, len - at, &n);
                if (len - at < 6 || memcmp(data + at, "07070", 5))
                        return i->format ? err_set(e, 2, "what follows its first cpio archive is neither one nor compressed")
                                         : err_set(e, 2, "it is no initramfs: neither a cpio archive nor compressed");
                i->format = "cpio";
                long taken = feed(&n, data + at, len - at);
                if (taken < 0)
                        return -1;
                if (!n.ended)
                        return err_set(e, 2, "the cpio archive in it is cut (has the guest finished making it?)");
                at += (size_t)taken;
        }
        return i->format ? 0 : err_set(e, 2, "it is empty");
}

bool initrd_image_fits(const struct initrd_image *i, const char *release)
{
        for (u32 k = 0; k < i->release_count; k++)
                if (!strcmp(i->releases[k], release))
                        return true;
        return !i->release_count;
}
