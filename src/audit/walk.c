#include "audit/walk.h"

#include <stdlib.h>
#include <string.h>

#include "audit/archive.h"
#include "audit/disk.h"
#include "audit/documents.h"
#include "audit/firmware.h"
#include "audit/heads.h"
#include "audit/judge.h"
#include "audit/source.h"
#include "base/util.h"
#include "fs/opaque.h"
#include "fs/volume.h"

/* What unpacking may cost: deflate cannot do better than 1:1030, and nobody packs gigabytes at that rate but a bomb. */
enum { BYTES_PER_BYTE = 250, ENTRIES_MAX = 5000000 };
static const u64 bytes_free = 4ULL << 30;

struct walk walk_new(u64 size, bool sources, const char *scratch, struct audit_progress *progress)
{
        return (struct walk){
                .budget = { .bytes = bytes_free + size * BYTES_PER_BYTE, .entries = ENTRIES_MAX },
                .spool = { .scratch = scratch, .memory_left = SPOOL_MEMORY },
                .progress = progress,
                .sources = sources,
        };
}

void walk_fail(struct walk *w, struct artefact *a, const char *path, const char *text)
{
        /* Broken archives belong to the tests of whatever reads archives. */
        if (harmless_of(path) == HARMLESS_TEST && !w->budget.spent)
                return;
        artefact_error(a, path, text);
        w->failed = true;
}

void walk_not_read(struct artefact *a, const char *path, const char *what)
{
        if (harmless_of(path) != HARMLESS_TEST)
                artefact_find(a, RULE_NOT_READ, path, format("%s", what));
}

/* What the file name promises about what is inside. A name that only contains a word, such as gcc-x86-64, promises nothing. */
void walk_claim_by_name(struct artefact *part, const char *path)
{
        const char *base = strrchr(path, '/');
        base = base ? base + 1 : path;
        struct said s = said_by(base, strlen(base));
        bool package = !strcmp(part->type, "deb") || !strcmp(part->type, "rpm") || !strcmp(part->type, "wheel");
        if (!s.machine || s.first || package || !s.system)
                return;
        struct claim *c = artefact_claim(part, "", format("file name: %s", base));
        c->machine = s.machine;
        c->system = s.system;
        c->libc = s.libc;
        c->weak = true;
}

/* ---- native code ---- */

static void take_elf(struct walk *w, struct artefact *a, struct stream *s, const char *path)
{
        struct elf_facts f;
        struct err e;
        const u8 *head;
        i64 len = stream_peek(s, 64, &head, &e);
        if (len < 20)
                return walk_fail(w, a, path, len < 0 ? e.text : "is cut off in its ELF header");
        if (head[4] < 1 || head[4] > 2 || head[5] < 1 || head[5] > 2) /* text that begins with the magic */
                return;
        elf_facts_head(head, &f);
        bool only_head = harmless_of(path) == HARMLESS_DATA || !machine_is_host(f.machine);
        if (!only_head && elf_facts_read(s, &f, &e) < 0)
                return walk_fail(w, a, path, e.text);
        struct native *n = artefact_native(a, path);
        n->format = FORMAT_ELF;
        n->machine = f.machine;
        n->system = f.system;
        n->libc = f.libc;
        n->role = f.role;
        n->incomplete = f.incomplete;
        n->glibc = f.glibc;
        n->glibcxx = f.glibcxx;
        n->cxxabi = f.cxxabi;
        n->kernel = f.kernel;
        n->interpreter = f.interpreter;
        n->soname = f.soname;
        n->needed = f.needed;
}

static void take_kernel(struct artefact *a, const char *path, enum kind k)
{
        struct native *n = artefact_native(a, path);
        n->format = FORMAT_KERNEL;
        n->machine = k == KIND_KERNEL_ARM64 ? MACHINE_ARM64 : MACHINE_AMD64;
        n->system = SYSTEM_BARE;
        n->role = ELF_ROLE_OTHER;
}

static void take_text(struct walk *w, struct artefact *a, struct stream *s, const char *path, bool document)
{
        struct err e;
        size_t len;
        bool cut;
        char *text = stream_rest(s, document ? DOCUMENT_MAX : SOURCE_MAX, &len, &cut, &e);
        if (!text)
                return walk_fail(w, a, path, e.text);
        if (!document)
                source_scan(a, path, text, len);
        if (document)
                document_take(a, path, text, len);
        else
                free(text);
}

static void take_head(struct artefact *a, struct stream *s, const char *path, enum kind k)
{
        struct err e;
        const u8 *head;
        i64 len = stream_peek(s, KIND_HEAD, &head, &e);
        if (len < 0)
                return;
        if (k == KIND_PE)
                heads_pe(a, path, head, (size_t)len);
        else if (k == KIND_MACHO)
                heads_macho(a, path, head, (size_t)len);
        else
                heads_macho_fat(a, path, head, (size_t)len);
}

/* ---- what has to be read at any place ---- */

static void take_spooled(struct walk *w, struct artefact *a, struct stream *s, enum kind k, const char *path, int depth)
{
        struct spooled copy;
        struct err e;
        int r = spool_stream(&w->spool, s, &copy, &e);
        if (r > 0)
                return walk_not_read(
                        a, path, "a file system or the like inside of an archive, larger than 8 MiB; --scratch gives room for it");
        if (r < 0)
                return walk_fail(w, a, path, e.text);
        struct stream again;
        stream_of_volume(&again, copy.volume, NULL);
        walk_kinded(w, a, &again, k, path, depth);
        stream_end(&again);
        spool_end(&w->spool, &copy);
}

/* An AppImage is a program that begins with its runtime; type 1 is an ISO image at the same time, type 2 has a squashfs image behind it. */
static int appimage_type(struct stream *s)
{
        struct err e;
        const u8 *head;
        return stream_peek(s, 16, &head, &e) == 16 && head[8] == 'A' && head[9] == 'I' ? head[10] : 0;
}

static void take_appimage(struct walk *w, struct artefact *a, struct stream *s, const char *path, int depth)
{
        int type = appimage_type(s);
        struct volume *v = s->volume;
        take_elf(w, a, s, path);
        if (a->native_count)
                a->natives[a->native_count - 1].wrapper = true;
        if (depth == 0 && !strcmp(a->type, "file"))
                a->type = "AppImage";
        if (type == 1) {
                struct stream image;
                stream_of_volume(&image, v, NULL);
                archive_take(w, a, &image, KIND_ISO, "its file system", depth);
                stream_end(&image);
        } else if (!disk_take_appimage(w, a, v, path, depth)) {
                walk_not_read(a, path, "an AppImage whose file system is of a kind that is not known");
        }
}

/* ---- any file ---- */

static size_t peek_far(void *stream, u32 at, void *to, size_t len)
{
        struct stream *s = stream;
        struct err e;
        const u8 *p;
        if (s->volume)
                return volume_peek(s->volume, s->pos + at, to, len);
        if (stream_peek(s, at + len, &p, &e) != (i64)(at + len))
                return 0;
        memcpy(to, p + at, len);
        return len;
}

enum kind walk_kind(struct stream *s)
{
        struct err e;
        const u8 *head;
        i64 len = stream_peek(s, KIND_HEAD, &head, &e);
        if (len < 0)
                return KIND_OTHER;
        enum kind k = kind_of(head, (size_t)len);
        bool unsure = k == KIND_FAT || k == KIND_DISK || (k == KIND_OTHER && kind_is_binary(head, (size_t)len));
        return unsure && len == KIND_HEAD ? kind_of_far(peek_far, s, k) : k;
}

static void take_opaque(struct artefact *a, struct stream *s, const char *path)
{
        struct err e;
        const u8 *head;
        i64 len = stream_peek(s, KIND_HEAD, &head, &e);
        const char *name = opaque_name(head, len > 0 ? (size_t)len : 0);
        walk_not_read(a, path, name ? name : "a btrfs file system"); /* the one whose sign lies further inside */
}

static bool needs_volume(enum kind k, struct stream *s)
{
        return !s->volume && (kind_is_volume(k) || k == KIND_7ZIP || (k == KIND_ELF && appimage_type(s)));
}

void walk_kinded(struct walk *w, struct artefact *a, struct stream *s, enum kind k, const char *path, int depth)
{
        struct err e;
        if (needs_volume(k, s))
                return take_spooled(w, a, s, k, path, depth);
        if (kind_is_archive(k))
                return archive_take(w, a, s, k, path, depth);
        if (kind_is_volume(k))
                return disk_take(w, a, s->volume, k, path, depth);
        switch (k) {
        case KIND_ELF: return appimage_type(s) ? take_appimage(w, a, s, path, depth) : take_elf(w, a, s, path);
        case KIND_PE:
        case KIND_MACHO:
        case KIND_MACHO_FAT: return take_head(a, s, path, k);
        case KIND_KERNEL_ARM64:
        case KIND_KERNEL_X86: return take_kernel(a, path, k);
        case KIND_FIRMWARE:
                if (firmware_take(a, path, s, &e) < 0)
                        walk_fail(w, a, path, e.text);
                return;
        case KIND_OPAQUE: return take_opaque(a, s, path);
        default: break;
        }
        if (w->sources && source_wanted(path))
                take_text(w, a, s, path, false);
}

void walk_stream(struct walk *w, struct artefact *a, struct stream *s, const char *path, int depth)
{
        struct err e;
        const u8 *head;
        if (stream_peek(s, KIND_HEAD, &head, &e) < 0)
                return walk_fail(w, a, path, e.text);
        enum kind k = walk_kind(s);
        a->files++;
        if (w->progress)
                w->progress->files++;
        if (document_wanted(path, k == KIND_JSON))
                return take_text(w, a, s, path, true);
        walk_kinded(w, a, s, k, path, depth);
}
