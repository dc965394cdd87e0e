#include "audit/heads.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>
#include <string.h>

static u32 le(const u8 *p, int bytes)
{
        u32 v = 0;
        for (int i = bytes; i--;)
                v = v << 8 | p[i];
        return v;
}

static u32 be(const u8 *p, int bytes)
{
        u32 v = 0;
        for (int i = 0; i < bytes; i++)
                v = v << 8 | p[i];
        return v;
}

void heads_pe(struct artefact *a, const char *path, const u8 *h, size_t len)
{
        u32 at = len >= 64 ? le(h + 60, 4) : 0;
        if (!at || at > len || len - at < 96 || memcmp(h + at, "PE\0\0", 4))
                return;
        enum machine m = machine_of_pe((u16)le(h + at + 4, 2));
        u32 subsystem = le(h + at + 24 + 68, 2); /* 10 to 13: UEFI */
        if (!m)
                return;
        struct native *n = artefact_native(a, path);
        n->format = FORMAT_PE;
        n->machine = m;
        n->system = subsystem >= 10 && subsystem <= 13 ? SYSTEM_UEFI : SYSTEM_WINDOWS;
        n->role = le(h + at + 22, 2) & 0x2000 ? ELF_ROLE_LIBRARY : ELF_ROLE_PROGRAM;
}

static void macho_native(struct artefact *a, const char *path, u32 cputype, u32 filetype)
{
        enum machine m = machine_of_macho(cputype);
        if (!m)
                return;
        struct native *n = artefact_native(a, path);
        n->format = FORMAT_MACHO;
        n->machine = m;
        n->system = SYSTEM_MACOS;
        n->role = filetype == 1 ? ELF_ROLE_OBJECT : filetype == 2 ? ELF_ROLE_PROGRAM : ELF_ROLE_LIBRARY;
}

void heads_macho(struct artefact *a, const char *path, const u8 *h, size_t len)
{
        if (len < 28)
                return;
        if (h[0] == 0xfe)
                macho_native(a, path, be(h + 4, 4), be(h + 12, 4));
        else
                macho_native(a, path, le(h + 4, 4), le(h + 12, 4));
}

/* Each part's processor stands in the list at the start. */
void heads_macho_fat(struct artefact *a, const char *path, const u8 *h, size_t len)
{
        u32 count = len >= 8 ? be(h + 4, 4) : 0;
        for (u32 i = 0; i < count && 8 + 20 * (u64)(i + 1) <= len; i++)
                macho_native(a, path, be(h + 8 + 20 * i, 4), 6);
}

/* ---- firmware ---- */

enum { FIRMWARE_MAX = 24 << 20, UNPACKED_MAX = 128 << 20, SECTIONS_MAX = 8 };

struct images {
        u32 count[MACHINE_COUNT];
};

static bool is_te(const u8 *p)
{
        return p[0] == 'V' && p[1] == 'Z' && p[4] && p[4] <= 16 && p[5] >= 10 && p[5] <= 13 && le(p + 6, 2) >= 40;
}

static bool is_pe(const u8 *p)
{
        u32 optional = le(p + 20, 2);
        return !memcmp(p, "PE\0\0", 4) && le(p + 6, 2) && le(p + 6, 2) <= 96 && (optional == 0xe0 || optional == 0xf0);
}

enum { IMAGE_HEAD = 24 };

/* Images that begin in the first `starts` bytes; each needs IMAGE_HEAD bytes behind its start. */
static void count_images(struct images *im, const u8 *p, size_t starts)
{
        for (size_t i = 0; i < starts; i++) {
                enum machine m = MACHINE_NONE;
                if (p[i] == 'V' && is_te(p + i))
                        m = machine_of_pe((u16)le(p + i + 2, 2));
                else if (p[i] == 'P' && is_pe(p + i))
                        m = machine_of_pe((u16)le(p + i + 4, 2));
                if (m && m != MACHINE_EBC)
                        im->count[m]++;
        }
}

/* A compressed section, unpacked piece by piece. Damage only means that less is counted. */
static void count_unpacked(struct images *im, const u8 *p, size_t len)
{
        struct archive *ar = archive_read_new();
        struct archive_entry *entry;
        static const size_t block = 64 << 10;
        u8 *buf = malloc(block + IMAGE_HEAD);
        size_t kept = 0, total = 0;
        if (!ar || !buf)
                abort();
        archive_read_support_filter_lzma(ar);
        archive_read_support_format_raw(ar);
        if (archive_read_open_memory(ar, p, len) == ARCHIVE_OK && archive_read_next_header(ar, &entry) == ARCHIVE_OK)
                for (la_ssize_t n; total < UNPACKED_MAX && (n = archive_read_data(ar, buf + kept, block)) > 0; total += (size_t)n) {
                        size_t have = kept + (size_t)n, starts = have > IMAGE_HEAD ? have - IMAGE_HEAD : 0;
                        count_images(im, buf, starts);
                        kept = have - starts;
                        memmove(buf, buf + starts, kept);
                }
        free(buf);
        archive_read_free(ar);
}

/* A GUID-defined section (type 2) of LZMA data begins 4 bytes before its GUID. */
static void count_sections(struct images *im, const u8 *p, size_t len)
{
        static const u8 lzma_guid[16] = { 0x98, 0x58, 0x4e, 0xee, 0x14, 0x39, 0x59, 0x42, 0x9d, 0x6e, 0xdc, 0x7b, 0xd7, 0x94, 0x03, 0xcf };
        size_t at = 4;
        for (int sections = 0; sections < SECTIONS_MAX && at + 24 < len; sections++) {
                const u8 *g = memmem(p + at, len - at, lzma_guid, sizeof lzma_guid);
                if (!g)
                        return;
                at = (size_t)(g - p) + 16;
                /* Sections of 16 MiB and more have their size behind the usual head. */
                const u8 *start = g - 4;
                size_t size = le(start, 3), data = at + 2 <= len ? le(g + 16, 2) : 0;
                if (start[3] == 2 && data >= 24 && size > data && size <= len - (size_t)(start - p))
                        count_unpacked(im, start + data, size - data);
        }
}

int heads_firmware(struct artefact *a, const char *path, struct stream *s, struct err *e)
{
        struct images im = { 0 };
        size_t len;
        bool cut;
        u8 *p = (u8 *)stream_rest(s, FIRMWARE_MAX, &len, &cut, e);
        if (!p)
                return -1;
        count_images(&im, p, len > IMAGE_HEAD ? len - IMAGE_HEAD : 0);
        count_sections(&im, p, len);
        free(p);
        enum machine most = MACHINE_NONE;
        for (int m = 1; m < MACHINE_COUNT; m++)
                if (im.count[m] > im.count[most])
                        most = m;
        if (!im.count[most])
                return 0;
        struct native *n = artefact_native(a, path);
        n->format = FORMAT_FIRMWARE;
        n->machine = most;
        n->system = SYSTEM_UEFI;
        n->role = ELF_ROLE_OTHER;
        return 0;
}
