#include "audit/rpm_head.h"

#include <string.h>

#include "base/endian.h"

enum {
        LEAD = 96,
        INTRO = 16,
        ENTRY = 16,
        HEADER_MAX = 32 << 20,
        ENTRIES_MAX = 65536,
        TAG_NAME = 1000,
        TAG_ARCH = 1022,
        TAG_SOURCE_RPM = 1044,
        TYPE_STRING = 6
};

static int damaged(struct err *e)
{
        return err_set(e, 2, "is damaged: the head of the RPM package is cut off or makes no sense");
}

/* The size of index and data of the header that begins at `p`; 0 when it is none. */
static u64 header_size(const u8 *p)
{
        static const u8 magic[4] = { 0x8e, 0xad, 0xe8, 1 };
        u32 entries = be32(p + 8), data = be32(p + 12);
        if (memcmp(p, magic, 4) || entries > ENTRIES_MAX || data > HEADER_MAX)
                return 0;
        return (u64)entries * ENTRY + data;
}

static void take(char *to, size_t cap, const u8 *data, size_t len, u32 offset)
{
        if (offset >= len)
                return;
        size_t n = strnlen((const char *)data + offset, len - offset);
        if (n < cap && n < len - offset)
                memcpy(to, data + offset, n + 1);
}

static int skip(struct stream *s, u64 len, struct err *e)
{
        int r = stream_skip(s, len, e);
        return r > 0 ? 0 : r < 0 ? -1 : damaged(e);
}

static int read_main(struct stream *s, struct rpm_head *r, struct err *e)
{
        const u8 *p;
        i64 got = stream_peek(s, INTRO, &p, e);
        if (got < INTRO)
                return got < 0 ? -1 : damaged(e);
        u64 size = header_size(p);
        u32 entries = be32(p + 8);
        if (!size)
                return damaged(e);
        got = stream_peek(s, INTRO + size, &p, e);
        if (got < (i64)(INTRO + size))
                return got < 0 ? -1 : damaged(e);
        const u8 *data = p + INTRO + (size_t)entries * ENTRY;
        size_t len = size - (size_t)entries * ENTRY;
        bool source_rpm = false;
        for (u32 i = 0; i < entries; i++) {
                const u8 *entry = p + INTRO + (size_t)i * ENTRY;
                u32 tag = be32(entry), type = be32(entry + 4), offset = be32(entry + 8);
                if (tag == TAG_NAME && type == TYPE_STRING)
                        take(r->name, sizeof r->name, data, len, offset);
                if (tag == TAG_ARCH && type == TYPE_STRING)
                        take(r->arch, sizeof r->arch, data, len, offset);
                source_rpm |= tag == TAG_SOURCE_RPM;
        }
        r->source = !source_rpm; /* only a binary package names the source it came from */
        return skip(s, INTRO + size, e);
}

int rpm_head_read(struct stream *s, struct rpm_head *r, struct err *e)
{
        const u8 *p;
        *r = (struct rpm_head){ 0 };
        if (skip(s, LEAD, e))
                return -1;
        i64 got = stream_peek(s, INTRO, &p, e);
        if (got < INTRO)
                return got < 0 ? -1 : damaged(e);
        u64 size = header_size(p);
        if (!size || skip(s, INTRO + ((size + 7) & ~7ULL), e))
                return size ? -1 : damaged(e);
        return read_main(s, r, e);
}
