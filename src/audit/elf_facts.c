#include "audit/elf_facts.h"

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fs/volume.h"

enum {
        HEAD_PEEK = 4096,
        HEAD_KEEP = 16 << 20,   /* symbol names come before the code; those of the largest libraries fit */
        SEGMENT_KEEP = 4 << 20, /* patchelf puts them into a new segment behind the code */
        WINDOWS = 12,
        PHDRS = 64,
        NEEDED_MAX = 1024,
};

/* Pieces of the file that are in memory. A file on disk is read into further ones on demand. */
struct window {
        u64 start;
        size_t len, have;
        u8 *data;
};

struct segment {
        u32 type, flags;
        u64 offset, vaddr, filesz;
};

struct reader {
        struct window w[WINDOWS];
        int windows;
        struct volume *volume; /* NULL: only what was kept */
        bool big, is64;
        struct segment seg[PHDRS];
        int segs;
};

static u64 number(const struct reader *r, const u8 *p, int bytes)
{
        u64 v = 0;
        for (int i = 0; i < bytes; i++)
                v |= (u64)p[r->big ? bytes - 1 - i : i] << 8 * i;
        return v;
}

static struct window *window_add(struct reader *r, u64 start, u64 len)
{
        if (r->windows == WINDOWS || !len || len > HEAD_KEEP)
                return NULL;
        struct window *w = &r->w[r->windows++];
        *w = (struct window){ .start = start, .len = (size_t)len };
        return w;
}

/* `len` bytes at `offset` of the file; NULL when we do not have them. */
static const u8 *bytes_at(struct reader *r, u64 offset, u64 len)
{
        for (int i = 0; i < r->windows; i++) {
                const struct window *w = &r->w[i];
                if (offset >= w->start && offset - w->start <= w->have && len <= w->have - (offset - w->start))
                        return w->data + (offset - w->start);
        }
        if (!r->volume)
                return NULL;
        struct window *w = window_add(r, offset, len);
        if (!w)
                return NULL;
        w->data = malloc(len);
        if (!w->data)
                abort();
        w->have = volume_peek(r->volume, offset, w->data, len);
        return w->have == len ? w->data : NULL;
}

static u64 offset_of(const struct reader *r, u64 vaddr, u64 *room)
{
        for (int i = 0; i < r->segs; i++) {
                const struct segment *s = &r->seg[i];
                if (s->type == PT_LOAD && vaddr >= s->vaddr && vaddr - s->vaddr < s->filesz) {
                        *room = s->filesz - (vaddr - s->vaddr);
                        return s->offset + (vaddr - s->vaddr);
                }
        }
        *room = 0;
        return 0;
}

/* ---- what is kept of a file that goes by ---- */

/* The pieces that can hold what we look for. Files without dynamic linking need little. */
static void plan(struct reader *r)
{
        bool dynamic = false;
        for (int i = 0; i < r->segs; i++)
                dynamic |= r->seg[i].type == PT_DYNAMIC;
        u64 head = HEAD_PEEK;
        for (int i = 0; i < r->segs && dynamic; i++) {
                const struct segment *s = &r->seg[i];
                if (s->type == PT_LOAD && !(s->flags & PF_X) && s->offset < HEAD_KEEP && s->offset <= head)
                        head = s->offset + s->filesz > head ? s->offset + s->filesz : head;
                /* Without a segment of their own the tables are in front of the code. */
                if (s->type == PT_LOAD && (s->flags & PF_X) && s->offset == 0)
                        head = s->filesz > head ? s->filesz : head;
        }
        window_add(r, 0, head > HEAD_KEEP ? HEAD_KEEP : head);
        for (int i = 0; i < r->segs; i++) {
                const struct segment *s = &r->seg[i];
                bool wanted = s->type == PT_DYNAMIC || s->type == PT_INTERP || s->type == PT_NOTE;
                if ((wanted && s->filesz <= 1 << 20) || (dynamic && s->type == PT_LOAD && !(s->flags & PF_X) && s->filesz <= SEGMENT_KEEP))
                        if (s->offset + s->filesz > head)
                                window_add(r, s->offset, s->filesz);
        }
}

static void keep(struct window *w, u64 pos, const u8 *p, size_t len)
{
        u64 from = pos > w->start ? pos : w->start;
        u64 to = pos + len < w->start + w->len ? pos + len : w->start + w->len;
        if (from >= to || from - w->start != w->have)
                return;
        size_t n = (size_t)(to - from);
        w->data = realloc(w->data, w->have + n);
        if (!w->data)
                abort();
        memcpy(w->data + w->have, p + (from - pos), n);
        w->have += n;
}

static int capture(struct reader *r, struct stream *s, struct err *e)
{
        u64 last = 0, pos = 0;
        const u8 *p;
        size_t len;
        int got = 1;
        for (int i = 0; i < r->windows; i++)
                if (r->w[i].start + r->w[i].len > last)
                        last = r->w[i].start + r->w[i].len;
        while (pos < last && (got = stream_next(s, &p, &len, e)) > 0) {
                for (int i = 0; i < r->windows; i++)
                        keep(&r->w[i], pos, p, len);
                pos += len;
        }
        return got < 0 ? -1 : 0;
}

/* ---- the tables ---- */

static void read_phdrs(struct reader *r, const u8 *head, size_t len)
{
        u64 phoff = r->is64 ? number(r, head + 32, 8) : number(r, head + 28, 4);
        u32 size = (u32)number(r, head + (r->is64 ? 54 : 42), 2), count = (u32)number(r, head + (r->is64 ? 56 : 44), 2);
        if (size < (r->is64 ? 56u : 32u))
                return;
        for (u32 i = 0; i < count && r->segs < PHDRS; i++) {
                u64 at = phoff + (u64)i * size;
                if (phoff > len || at + size > len)
                        return;
                const u8 *p = head + at;
                struct segment *s = &r->seg[r->segs++];
                s->type = (u32)number(r, p, 4);
                s->flags = (u32)number(r, p + (r->is64 ? 4 : 24), 4);
                s->offset = r->is64 ? number(r, p + 8, 8) : number(r, p + 4, 4);
                s->vaddr = r->is64 ? number(r, p + 16, 8) : number(r, p + 8, 4);
                s->filesz = r->is64 ? number(r, p + 32, 8) : number(r, p + 16, 4);
                if (s->offset >> 48 || s->filesz >> 48)
                        r->segs--;
        }
}

static void read_note(struct reader *r, struct elf_facts *f, const u8 *p, u64 len)
{
        while (len >= 12) {
                u64 name = number(r, p, 4), desc = number(r, p + 4, 4), type = number(r, p + 8, 4);
                u64 name_room = (name + 3) & ~3ULL, desc_room = (desc + 3) & ~3ULL;
                if (name_room > len - 12 || desc > len - 12 - name_room)
                        return;
                const char *n = (const char *)p + 12;
                const u8 *d = p + 12 + name_room;
                if (name == 4 && !memcmp(n, "GNU", 4) && type == 1 && desc >= 16 && number(r, d, 4) == 0) {
                        f->kernel =
                                (version)(number(r, d + 4, 4) << 20 | (number(r, d + 8, 4) & 1023) << 10 | (number(r, d + 12, 4) & 1023));
                        f->system = SYSTEM_LINUX;
                }
                if (name == 8 && !memcmp(n, "Android", 8))
                        f->system = SYSTEM_ANDROID, f->libc = LIBC_BIONIC;
                if (name == 8 && !memcmp(n, "FreeBSD", 8))
                        f->system = SYSTEM_FREEBSD;
                if (name == 7 && !memcmp(n, "NetBSD", 7))
                        f->system = SYSTEM_NETBSD;
                if (name == 8 && !memcmp(n, "OpenBSD", 8))
                        f->system = SYSTEM_OPENBSD;
                if (desc_room > len - 12 - name_room)
                        return;
                p += 12 + name_room + desc_room;
                len -= 12 + name_room + desc_room;
        }
}

struct dynamic {
        u64 strtab, strsz, verneed, verneednum, soname;
        u64 needed[NEEDED_MAX];
        int needs;
        bool has_soname;
        const char *strings; /* strsz bytes, or NULL */
};

static void read_dynamic(struct reader *r, struct dynamic *d, const u8 *p, u64 len)
{
        int word = r->is64 ? 8 : 4;
        for (; len >= 2 * (u64)word; p += 2 * word, len -= 2 * (u64)word) {
                u64 tag = number(r, p, word), value = number(r, p + word, word);
                if (tag == DT_NULL)
                        return;
                if (tag == DT_STRTAB)
                        d->strtab = value;
                else if (tag == DT_STRSZ)
                        d->strsz = value;
                else if (tag == DT_VERNEED)
                        d->verneed = value;
                else if (tag == DT_VERNEEDNUM)
                        d->verneednum = value;
                else if (tag == DT_SONAME)
                        d->soname = value, d->has_soname = true;
                else if (tag == DT_NEEDED && d->needs < NEEDED_MAX)
                        d->needed[d->needs++] = value;
        }
}

static const char *string_at(const struct dynamic *d, u64 at)
{
        if (!d->strings || at >= d->strsz || !memchr(d->strings + at, 0, d->strsz - at))
                return NULL;
        return d->strings + at;
}

static bool starts(const char *s, const char *prefix)
{
        return !strncmp(s, prefix, strlen(prefix));
}

version version_parse(const char *text)
{
        unsigned part[3] = { 0 };
        int n = sscanf(text, "%u.%u.%u", &part[0], &part[1], &part[2]);
        if (n < 1 || part[0] > 4095 || part[1] > 1023 || part[2] > 1023)
                return 0;
        return part[0] << 20 | part[1] << 10 | part[2];
}

struct version_text version_text(version v)
{
        struct version_text t;
        int n = snprintf(t.text, sizeof t.text, "%u.%u", v >> 20, v >> 10 & 1023);
        if (v & 1023)
                snprintf(t.text + n, sizeof t.text - (size_t)n, ".%u", v & 1023);
        return t;
}

/* A name like GLIBC_2.17 counts only for the library it belongs to: others use the same names. */
static void take_version(struct elf_facts *f, const char *file, const char *name)
{
        static const struct {
                const char *file, *prefix;
                size_t where;
        } rows[] = {
                { "libc.so.6", "GLIBC_", offsetof(struct elf_facts, glibc) },
                { "libm.so.6", "GLIBC_", offsetof(struct elf_facts, glibc) },
                { "libmvec.so.1", "GLIBC_", offsetof(struct elf_facts, glibc) },
                { "libpthread.so.0", "GLIBC_", offsetof(struct elf_facts, glibc) },
                { "libdl.so.2", "GLIBC_", offsetof(struct elf_facts, glibc) },
                { "librt.so.1", "GLIBC_", offsetof(struct elf_facts, glibc) },
                { "libresolv.so.2", "GLIBC_", offsetof(struct elf_facts, glibc) },
                { "libutil.so.1", "GLIBC_", offsetof(struct elf_facts, glibc) },
                { "libanl.so.1", "GLIBC_", offsetof(struct elf_facts, glibc) },
                { "ld-linux", "GLIBC_", offsetof(struct elf_facts, glibc) },
                { "ld64.so", "GLIBC_", offsetof(struct elf_facts, glibc) },
                { "libstdc++.so.6", "GLIBCXX_", offsetof(struct elf_facts, glibcxx) },
                { "libstdc++.so.6", "CXXABI_", offsetof(struct elf_facts, cxxabi) },
        };
        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                if (!starts(file, rows[i].file) || !starts(name, rows[i].prefix))
                        continue;
                version v = version_parse(name + strlen(rows[i].prefix));
                version *slot = (version *)((char *)f + rows[i].where);
                if (v > *slot)
                        *slot = v;
        }
}

static void read_versions(struct reader *r, struct elf_facts *f, const struct dynamic *d)
{
        u64 room, at = offset_of(r, d->verneed, &room);
        if (!d->verneed || !d->verneednum)
                return;
        bytes_at(r, at, room < 64 << 10 ? room : 64 << 10); /* of a file on disk: all of them at once */
        u64 budget = 65536;                                 /* entries: chains can run in circles */
        for (u64 i = 0; i < d->verneednum && budget; i++, budget--) {
                const u8 *need = room >= 16 ? bytes_at(r, at, 16) : NULL;
                if (!need) {
                        f->incomplete = true;
                        return;
                }
                u64 count = number(r, need + 2, 2), aux = number(r, need + 8, 4), next = number(r, need + 12, 4);
                const char *file = string_at(d, number(r, need + 4, 4));
                for (u64 k = 0; k < count && budget; k++, budget--) {
                        const u8 *a = aux <= room && room - aux >= 16 ? bytes_at(r, at + aux, 16) : NULL;
                        if (!a) {
                                f->incomplete = true;
                                return;
                        }
                        const char *name = string_at(d, number(r, a + 8, 4));
                        if (file && name && !(number(r, a + 4, 2) & VER_FLG_WEAK))
                                take_version(f, file, name);
                        u64 step = number(r, a + 12, 4);
                        if (!step)
                                break;
                        aux += step;
                }
                if (!next || next > room)
                        return;
                at += next;
                room -= next;
        }
}

static char *copied(const char *s)
{
        char *c = s ? strdup(s) : NULL;
        if (s && !c)
                abort();
        return c;
}

static void take_needed(struct elf_facts *f, const struct dynamic *d)
{
        size_t len = 0, cap = 1;
        for (int i = 0; i < d->needs; i++) {
                const char *s = string_at(d, d->needed[i]);
                cap += s ? strlen(s) + 1 : 0;
                f->incomplete |= !s;
        }
        if (cap == 1)
                return;
        f->needed = malloc(cap);
        if (!f->needed)
                abort();
        for (int i = 0; i < d->needs; i++) {
                const char *s = string_at(d, d->needed[i]);
                if (s)
                        len += (size_t)(stpcpy(f->needed + len, s) + 1 - (f->needed + len));
        }
        f->needed[len] = 0;
}

/* The C library, as its names tell. libc.so alone is musl's name on some systems, and Android's. */
static void judge_libc(struct elf_facts *f)
{
        bool plain = false, android = false;
        for (const char *n = f->needed; n && *n; n += strlen(n) + 1) {
                if (!strcmp(n, "libc.so.6"))
                        f->libc = LIBC_GLIBC;
                else if (starts(n, "libc.musl-"))
                        f->libc = LIBC_MUSL;
                else if (starts(n, "libuClibc") || !strcmp(n, "libc.so.0"))
                        f->libc = LIBC_UCLIBC;
                plain |= !strcmp(n, "libc.so");
                android |= !strcmp(n, "liblog.so") || !strcmp(n, "libandroid.so") || !strcmp(n, "libc++_shared.so");
                if (f->system == SYSTEM_LINUX && !strcmp(n, "libc.so.7"))
                        f->system = SYSTEM_FREEBSD;
        }
        const char *i = f->interpreter;
        if (i && strstr(i, "/ld-musl-"))
                f->libc = LIBC_MUSL;
        else if (i && starts(i, "/system/bin/linker"))
                android = true;
        if (android && (plain || i || f->system == SYSTEM_ANDROID))
                f->system = SYSTEM_ANDROID, f->libc = LIBC_BIONIC;
        else if (plain && !f->libc)
                f->libc = LIBC_MUSL;
        if (f->system != SYSTEM_LINUX && f->system != SYSTEM_ANDROID)
                f->libc = LIBC_NONE;
}

static void read_segments(struct reader *r, struct elf_facts *f)
{
        static const struct dynamic none;
        struct dynamic *d = malloc(sizeof *d);
        if (!d)
                abort();
        *d = none;
        for (int i = 0; i < r->segs; i++) {
                const struct segment *s = &r->seg[i];
                bool wanted = s->type == PT_DYNAMIC || s->type == PT_INTERP || s->type == PT_NOTE;
                const u8 *p = wanted && s->filesz && s->filesz <= 1 << 20 ? bytes_at(r, s->offset, s->filesz) : NULL;
                if (!wanted)
                        continue;
                if (!p) {
                        f->incomplete |= s->type == PT_DYNAMIC && s->filesz;
                        continue;
                }
                if (s->type == PT_NOTE)
                        read_note(r, f, p, s->filesz);
                else if (s->type == PT_DYNAMIC)
                        read_dynamic(r, d, p, s->filesz);
                else if (s->filesz <= 4096 && !p[s->filesz - 1] && !f->interpreter)
                        f->interpreter = copied((const char *)p);
        }
        u64 room, at = offset_of(r, d->strtab, &room);
        if (d->strtab && d->strsz && d->strsz <= room)
                d->strings = (const char *)bytes_at(r, at, d->strsz);
        f->incomplete |= (d->needs || d->verneednum) && !d->strings;
        if (d->strings) {
                take_needed(f, d);
                f->soname = d->has_soname ? copied(string_at(d, d->soname)) : NULL;
                read_versions(r, f, d);
        }
        if (f->role == ELF_ROLE_LIBRARY && f->interpreter)
                f->role = ELF_ROLE_PROGRAM;
        judge_libc(f);
        free(d);
}

void elf_facts_head(const u8 *h, struct elf_facts *f)
{
        bool big = h[EI_DATA] == ELFDATA2MSB;
        u16 type = big ? (u16)(h[16] << 8 | h[17]) : (u16)(h[17] << 8 | h[16]);
        *f = (struct elf_facts){ .is64 = h[EI_CLASS] == ELFCLASS64 };
        f->e_machine = big ? (u16)(h[18] << 8 | h[19]) : (u16)(h[19] << 8 | h[18]);
        f->machine = machine_of_elf(f->e_machine, h[EI_CLASS] == ELFCLASS64, big);
        f->role = type == ET_EXEC   ? ELF_ROLE_PROGRAM
                  : type == ET_DYN  ? ELF_ROLE_LIBRARY
                  : type == ET_REL  ? ELF_ROLE_OBJECT
                  : type == ET_CORE ? ELF_ROLE_CORE
                                    : ELF_ROLE_OTHER;
        switch (h[EI_OSABI]) {
        case ELFOSABI_NETBSD: f->system = SYSTEM_NETBSD; break;
        case ELFOSABI_FREEBSD: f->system = SYSTEM_FREEBSD; break;
        case ELFOSABI_OPENBSD: f->system = SYSTEM_OPENBSD; break;
        case ELFOSABI_SOLARIS: f->system = SYSTEM_SOLARIS; break;
        case ELFOSABI_STANDALONE: f->system = SYSTEM_BARE; break;
        default: f->system = SYSTEM_LINUX;
        }
        if (!machine_is_host(f->machine))
                f->system = SYSTEM_BARE;
}

int elf_facts_read(struct stream *s, struct elf_facts *f, struct err *e)
{
        const u8 *head;
        i64 len = stream_peek(s, HEAD_PEEK, &head, e);
        *f = (struct elf_facts){ 0 };
        if (len < 20)
                return len < 0 ? -1 : err_set(e, 2, "is cut off in its ELF header");
        elf_facts_head(head, f);
        struct reader r = { .volume = s->volume, .big = head[EI_DATA] == ELFDATA2MSB, .is64 = head[EI_CLASS] == ELFCLASS64 };
        if (len < (r.is64 ? 64 : 52) || f->role == ELF_ROLE_OBJECT || f->role == ELF_ROLE_CORE) {
                f->incomplete = len < (r.is64 ? 64 : 52);
                return 0;
        }
        read_phdrs(&r, head, (size_t)len);
        int bad = 0;
        if (!r.volume) {
                plan(&r);
                bad = capture(&r, s, e);
        } else {
                keep(window_add(&r, 0, (u64)len), 0, head, (size_t)len);
        }
        if (!bad)
                read_segments(&r, f);
        for (int i = 0; i < r.windows; i++)
                free(r.w[i].data);
        if (bad)
                elf_facts_free(f);
        return bad;
}

void elf_facts_free(struct elf_facts *f)
{
        free(f->interpreter);
        free(f->soname);
        free(f->needed);
        *f = (struct elf_facts){ 0 };
}
