#include "audit/firmware.h"

#include <lzma.h>
#include <stdlib.h>
#include <string.h>

#include "base/endian.h"

/* Images that show what the volume is for; and what its sections may unpack to until then, with a window that is part of it. */
enum { IMAGES_ENOUGH = 16, UNPACKED_MAX = 128 << 20 };

/* What has to be seen of an image, or of a section, to know it; and how much is looked at at once. */
enum { HEAD = 24, PIECE = 64 << 10 };

/* The last of the bytes that went by: enough to know what begins in them. */
struct window {
        u8 bytes[HEAD + PIECE];
        size_t kept;
};

struct firmware {
        u32 images[MACHINE_COUNT];
        bool enough;
        struct window outside, inside;
        u64 to_section, in_section; /* bytes until its data begins, and of that */
        u64 unpacked;
        bool unpacking;
        lzma_stream lzma;
};

/* ---- images ---- */

static bool is_te(const u8 *p)
{
        return p[0] == 'V' && p[1] == 'Z' && p[4] && p[4] <= 16 && p[5] >= 10 && p[5] <= 13 && le16(p + 6) >= 40;
}

static bool is_pe(const u8 *p)
{
        u32 optional = le16(p + 20);
        return !memcmp(p, "PE\0\0", 4) && le16(p + 6) && le16(p + 6) <= 96 && (optional == 0xe0 || optional == 0xf0);
}

/* Images that begin in the first `starts` bytes; each needs HEAD bytes from its start. */
static void count_images(struct firmware *f, const u8 *p, size_t starts)
{
        for (size_t i = 0; i < starts; i++) {
                enum machine m = MACHINE_NONE;
                if (p[i] == 'V' && is_te(p + i))
                        m = machine_of_pe((u16)le16(p + i + 2));
                else if (p[i] == 'P' && is_pe(p + i))
                        m = machine_of_pe((u16)le16(p + i + 4));
                if (m && m != MACHINE_EBC) /* a 64-bit PC may begin with 32-bit images: these are never enough */
                        f->enough |= ++f->images[m] >= IMAGES_ENOUGH && m != MACHINE_I386;
        }
}

/* ---- sections ---- */

/*
 * The next GUID-defined section (type 2) of LZMA data that begins in the first `starts` bytes, those of 16 MiB and more excepted; `starts`
 * when there is none.
 */
static size_t next_section(const u8 *p, size_t starts, u64 *data, u64 *size)
{
        static const u8 lzma_guid[16] = { 0x98, 0x58, 0x4e, 0xee, 0x14, 0x39, 0x59, 0x42, 0x9d, 0x6e, 0xdc, 0x7b, 0xd7, 0x94, 0x03, 0xcf };
        const u8 *guid = p + 3, *end = p + starts + 4 + sizeof lzma_guid - 1;
        while ((guid = memmem(guid + 1, (size_t)(end - guid - 1), lzma_guid, sizeof lzma_guid))) {
                const u8 *section = guid - 4;
                *size = le24(section);
                *data = le16(section + 20);
                if (section[3] == 2 && *data >= HEAD && *size > *data)
                        return (size_t)(section - p);
        }
        return starts;
}

static void end_section(struct firmware *f)
{
        if (f->unpacking)
                lzma_end(&f->lzma);
        f->unpacking = false;
        f->to_section = f->in_section = 0;
}

static void begin_section(struct firmware *f, u64 data, u64 size)
{
        f->lzma = (lzma_stream)LZMA_STREAM_INIT;
        if (lzma_alone_decoder(&f->lzma, UNPACKED_MAX) != LZMA_OK)
                abort();
        f->unpacking = true;
        f->inside.kept = 0;
        f->to_section = data;
        f->in_section = size - data;
}

/* The next of the section's data. Its end and damage alike end it: what was counted until then counts. */
static void unpack(struct firmware *f, const u8 *p, size_t len)
{
        struct window *w = &f->inside;
        lzma_ret r = LZMA_OK;
        f->lzma.next_in = p;
        f->lzma.avail_in = len;
        while (r == LZMA_OK && (f->lzma.avail_in || !f->lzma.avail_out) && f->unpacked < UNPACKED_MAX && !f->enough) {
                f->lzma.next_out = w->bytes + w->kept;
                f->lzma.avail_out = PIECE;
                r = lzma_code(&f->lzma, LZMA_RUN);
                size_t made = PIECE - f->lzma.avail_out, have = w->kept + made, starts = have > HEAD ? have - HEAD : 0;
                count_images(f, w->bytes, starts);
                f->unpacked += made;
                w->kept = have - starts;
                memmove(w->bytes, w->bytes + starts, w->kept);
        }
        if (r != LZMA_OK && r != LZMA_BUF_ERROR)
                end_section(f);
}

/* ---- the volume ---- */

/* The section that these bytes belong to gets its part of them; how many they are. */
static size_t pass_section(struct firmware *f, const u8 *p, size_t len)
{
        size_t before = f->to_section < len ? (size_t)f->to_section : len;
        f->to_section -= before;
        size_t data = f->in_section < len - before ? (size_t)f->in_section : len - before;
        f->in_section -= data;
        unpack(f, p + before, data);
        if (!f->in_section)
                end_section(f);
        return before + data;
}

/* Images and sections that begin in the first `starts` bytes. */
static void look(struct firmware *f, const u8 *p, size_t starts)
{
        u64 data, size;
        count_images(f, p, starts);
        for (size_t i = 0; i < starts && !f->enough;) {
                if (f->unpacking) {
                        i += pass_section(f, p + i, starts - i);
                        continue;
                }
                i += next_section(p + i, starts - i, &data, &size);
                if (i < starts)
                        begin_section(f, data, size);
        }
}

static void add(struct firmware *f, const u8 *p, size_t len)
{
        struct window *w = &f->outside;
        while (len && !f->enough) {
                size_t piece = len < PIECE ? len : PIECE, have = w->kept + piece, starts = have > HEAD ? have - HEAD : 0;
                memcpy(w->bytes + w->kept, p, piece);
                look(f, w->bytes, starts);
                w->kept = have - starts;
                memmove(w->bytes, w->bytes + starts, w->kept);
                p += piece;
                len -= piece;
        }
}

static enum machine most_of(const struct firmware *f)
{
        enum machine most = MACHINE_NONE;
        for (int m = 1; m < MACHINE_COUNT; m++)
                if (f->images[m] > f->images[most])
                        most = m;
        return most;
}

int firmware_take(struct artefact *a, const char *path, struct stream *s, struct err *e)
{
        const u8 *p;
        size_t len;
        int r = 1;
        struct firmware *f = calloc(1, sizeof *f);
        if (!f)
                abort();
        while (!f->enough && (r = stream_next(s, &p, &len, e)) > 0)
                add(f, p, len);
        add(f, (const u8[HEAD]){ 0 }, HEAD); /* the window's last bytes get their turn */
        end_section(f);
        enum machine most = most_of(f);
        free(f);
        if (r < 0)
                return -1;
        if (!most)
                return 0;
        struct native *n = artefact_native(a, path);
        n->format = FORMAT_FIRMWARE;
        n->machine = most;
        n->system = SYSTEM_UEFI;
        n->role = ELF_ROLE_OTHER;
        return 0;
}
