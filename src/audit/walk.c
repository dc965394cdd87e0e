#include "audit/walk.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit/documents.h"
#include "audit/heads.h"
#include "audit/judge.h"
#include "audit/kind.h"
#include "audit/rpm_head.h"
#include "audit/source.h"
#include "base/util.h"

/* What unpacking may cost: deflate cannot do better than 1:1030, and nobody packs gigabytes at that rate but a bomb. */
enum { BYTES_PER_BYTE = 250, ENTRIES_MAX = 5000000 };
static const u64 bytes_free = 4ULL << 30;

struct walk walk_new(u64 size, bool sources, struct audit_progress *progress)
{
        return (struct walk){
                .budget = { .bytes = bytes_free + size * BYTES_PER_BYTE, .entries = ENTRIES_MAX },
                .progress = progress,
                .sources = sources,
        };
}

static void fail(struct walk *w, struct artefact *a, const char *path, const char *text)
{
        /* Broken archives belong to the tests of whatever reads archives. */
        if (harmless_of(path) == HARMLESS_TEST && !w->budget.spent)
                return;
        artefact_error(a, path, text);
        w->failed = true;
}

/* ---- native code ---- */

static void take_elf(struct walk *w, struct artefact *a, struct stream *s, const char *path)
{
        struct elf_facts f;
        struct err e;
        const u8 *head;
        i64 len = stream_peek(s, 64, &head, &e);
        if (len < 20)
                return fail(w, a, path, len < 0 ? e.text : "is cut off in its ELF header");
        if (head[4] < 1 || head[4] > 2 || head[5] < 1 || head[5] > 2) /* text that begins with the magic */
                return;
        elf_facts_head(head, &f);
        bool appimage = head[8] == 'A' && head[9] == 'I';
        bool only_head = harmless_of(path) == HARMLESS_DATA || !machine_is_host(f.machine);
        if (!only_head && elf_facts_read(s, &f, &e) < 0)
                return fail(w, a, path, e.text);
        if (appimage)
                artefact_find(a, RULE_NOT_READ, path, format("an AppImage: its runtime is read, its file system is not"));
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

/* ---- archives ---- */

struct feed {
        struct stream *s;
        struct walk *w;
};

static la_ssize_t feed_read(struct archive *ar, void *arg, const void **block)
{
        struct feed *f = arg;
        struct err e;
        const u8 *p;
        size_t len;
        int r = stream_next(f->s, &p, &len, &e);
        if (r < 0) {
                archive_set_error(ar, EIO, "%s", e.text);
                return -1;
        }
        if (r == 0)
                return 0;
        if (f->s->input && f->w->progress)
                f->w->progress->bytes += len;
        *block = p;
        return (la_ssize_t)len;
}

static la_int64_t feed_seek(struct archive *ar, void *arg, la_int64_t offset, int whence)
{
        struct feed *f = arg;
        (void)ar;
        off_t at = lseek(f->s->fd, offset, whence);
        f->s->left = 0;
        f->s->end = false;
        return at < 0 ? ARCHIVE_FATAL : at;
}

static la_int64_t feed_skip(struct archive *ar, void *arg, la_int64_t len)
{
        struct feed *f = arg;
        (void)ar;
        if (f->s->left)
                return 0;
        off_t now = lseek(f->s->fd, 0, SEEK_CUR), to = lseek(f->s->fd, len, SEEK_CUR);
        if (now < 0 || to < 0 || (u64)to > f->s->size) {
                lseek(f->s->fd, now, SEEK_SET);
                return 0;
        }
        return to - now;
}

/* By hand, not "all": some filters of libarchive start programs, and its mtree format takes texts for archives. */
static struct archive *archive_for(enum kind k)
{
        struct archive *ar = archive_read_new();
        if (!ar)
                abort();
        archive_read_support_filter_bzip2(ar);
        archive_read_support_filter_compress(ar);
        archive_read_support_filter_gzip(ar);
        archive_read_support_filter_lz4(ar);
        archive_read_support_filter_lzip(ar);
        archive_read_support_filter_lzma(ar);
        archive_read_support_filter_xz(ar);
        archive_read_support_filter_zstd(ar);
        archive_read_support_format_tar(ar);
        archive_read_support_format_cpio(ar);
        archive_read_support_format_zip(ar);
        archive_read_support_format_ar(ar);
        if (k == KIND_7ZIP)
                archive_read_support_format_7zip(ar);
        if (k == KIND_ISO)
                archive_read_support_format_iso9660(ar);
        if (k == KIND_XAR)
                archive_read_support_format_xar(ar);
        if (k == KIND_COMPRESSED)
                archive_read_support_format_raw(ar);
        return ar;
}

static const struct {
        const char *suffix, *type;
        enum kind kind; /* OTHER: any */
} types[] = {
        { ".whl", "wheel", KIND_ZIP },
        { ".jar", "jar", KIND_ZIP },
        { ".war", "jar", KIND_ZIP },
        { ".ear", "jar", KIND_ZIP },
        { ".aar", "android library", KIND_ZIP },
        { ".apk", "apk", KIND_OTHER },
        { ".conda", "conda package", KIND_ZIP },
        { ".nupkg", "nuget package", KIND_ZIP },
        { ".vsix", "vsix", KIND_ZIP },
        { ".gem", "gem", KIND_TAR },
        { ".crate", "crate", KIND_OTHER },
};

static bool ends(const char *s, const char *suffix)
{
        size_t n = strlen(s), k = strlen(suffix);
        return n >= k && !strcasecmp(s + n - k, suffix);
}

static const char *type_of(enum kind k, int format, const char *path)
{
        if (k == KIND_DEB)
                return "deb";
        if (k == KIND_RPM)
                return "rpm";
        for (size_t i = 0; i < ARRAY_LEN(types); i++)
                if (ends(path, types[i].suffix) && (types[i].kind == KIND_OTHER || types[i].kind == k))
                        return types[i].type;
        switch (format & ARCHIVE_FORMAT_BASE_MASK) {
        case ARCHIVE_FORMAT_TAR: return "tar";
        case ARCHIVE_FORMAT_ZIP: return "zip";
        case ARCHIVE_FORMAT_CPIO: return "cpio";
        case ARCHIVE_FORMAT_7ZIP: return "7z";
        case ARCHIVE_FORMAT_ISO9660: return "iso";
        case ARCHIVE_FORMAT_XAR: return "xar";
        default: return "archive";
        }
}

/* Members that are only the wrapping of their package: their content is the package's own. */
static bool is_wrapping(const struct artefact *a, const char *path)
{
        static const struct {
                const char *type, *prefix;
        } rows[] = {
                { "deb", "control.tar" },
                { "deb", "data.tar" },
                { "gem", "data.tar" },
                { "conda package", "info-" },
                { "conda package", "pkg-" },
        };
        for (size_t i = 0; i < ARRAY_LEN(rows); i++)
                if (!strcmp(a->type, rows[i].type) && !strncmp(path, rows[i].prefix, strlen(rows[i].prefix)) && !strchr(path, '/'))
                        return true;
        return false;
}

/* What the file name promises about what is inside. A name that only contains a word, such as gcc-x86-64, promises nothing. */
static void claim_by_name(struct artefact *part, const char *path)
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

static const char *clean(const char *path)
{
        while (!strncmp(path, "./", 2) || *path == '/')
                path += *path == '/' ? 1 : 2;
        return path;
}

/* "foo.ko.xz" holds "foo.ko". */
static char *without_suffix(const char *path)
{
        static const char *const suffixes[] = { ".gz", ".xz", ".bz2", ".zst", ".lzma", ".lz4", ".lz", ".Z" };
        for (size_t i = 0; i < ARRAY_LEN(suffixes); i++)
                if (ends(path, suffixes[i]))
                        return format("%.*s", (int)(strlen(path) - strlen(suffixes[i])), path);
        return format("%s", path);
}

/* Objects of a static library: one line for each processor, not one per object. */
static void take_library_member(struct artefact *a, struct archive *ar, struct walk *w, const char *library, bool seen[MACHINE_COUNT])
{
        struct stream s;
        struct elf_facts f;
        struct err e;
        const u8 *head;
        stream_of_member(&s, ar, &w->budget);
        i64 len = stream_peek(&s, 64, &head, &e);
        if (len >= 20 && kind_of(head, (size_t)len) == KIND_ELF) {
                elf_facts_head(head, &f);
                if (!seen[f.machine]) {
                        struct native *n = artefact_native(a, library);
                        n->format = FORMAT_STATIC_LIBRARY;
                        n->machine = f.machine;
                        n->system = f.system;
                        n->role = ELF_ROLE_OBJECT;
                        seen[f.machine] = true;
                }
        }
        stream_end(&s);
}

static void take_member(struct walk *w, struct artefact *a, struct archive *ar, struct archive_entry *entry, const char *path, int depth)
{
        const char *base = strrchr(path, '/');
        base = base ? base + 1 : path;
        w->whole = false;
        if (!strncmp(base, ".wh.", 4))
                artefact_hide(a, path);
        if (archive_entry_filetype(entry) != AE_IFREG || (archive_entry_size_is_set(entry) && archive_entry_size(entry) < 4))
                return;
        struct stream s;
        stream_of_member(&s, ar, &w->budget);
        walk_stream(w, a, &s, path, depth + 1);
        /* libarchive would skip the rest by unpacking it, too, and without a limit. */
        if (archive_filter_code(ar, 0) != ARCHIVE_FILTER_NONE && !w->budget.spent && !stream_drain(&s))
                fail(w, a, path, "unpacks to too much; not read any further (an archive bomb?)");
        w->whole = archive_entry_size_is_set(entry) && s.produced == (u64)archive_entry_size(entry);
        stream_end(&s);
}

struct opened {
        struct artefact *inside; /* whose the members are */
        bool library, raw;
        bool seen[MACHINE_COUNT];
        char *bare; /* of a raw one: the path of the content */
};

static void decide(struct walk *w, struct opened *o, struct artefact *a, struct archive *ar, enum kind k, const char *path)
{
        int format = archive_format(ar);
        o->raw = format == ARCHIVE_FORMAT_RAW;
        o->library = (format & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_AR && k != KIND_DEB;
        o->inside = a;
        if (o->raw)
                o->bare = without_suffix(path);
        if (o->raw || o->library || is_wrapping(a, path))
                return;
        if (!*path) { /* the target itself */
                a->type = type_of(k, format, a->path);
                /* A package that was built needs no compiler. */
                w->sources &= !strcmp(a->type, "tar") || !strcmp(a->type, "zip");
                claim_by_name(a, a->path);
                return;
        }
        o->inside = artefact_part(a, path, type_of(k, format, path));
        claim_by_name(o->inside, path);
}

static void claim_rpm(struct artefact *a, const struct rpm_head *r)
{
        if (!r->arch[0])
                return;
        struct claim *c = artefact_claim(a, "", format("RPM header: ARCH: %s%s", r->arch, r->source ? " (source package)" : ""));
        struct said s = said_by(r->arch, strlen(r->arch));
        if (r->source) /* the machine it was packed on says nothing about the sources */
                return;
        c->machine = s.machine;
        c->system = SYSTEM_LINUX;
        c->any = !strcmp(r->arch, "noarch");
}

static void read_members(
        struct walk *w, struct artefact *a, struct archive *ar, enum kind k, const char *path, int depth, const struct rpm_head *rpm)
{
        struct opened o = { 0 };
        struct archive_entry *entry;
        int r;
        while ((r = archive_read_next_header(ar, &entry)) != ARCHIVE_EOF) {
                if (r == ARCHIVE_RETRY)
                        continue;
                if (r < ARCHIVE_WARN) {
                        const char *why = archive_error_string(ar);
                        /* `umoci insert` leaves out the zeros behind the last member; engines do not mind. */
                        if (w->whole && why && !strncmp(why, "Truncated input file", 20))
                                break;
                        AUTO_FREE char *text = format("is damaged: %s", why ? why : "no reason given");
                        fail(w, o.inside && o.inside != a ? o.inside : a, o.inside && o.inside != a ? "" : path, text);
                        break;
                }
                if (!o.inside) {
                        decide(w, &o, a, ar, k, path);
                        if (rpm)
                                claim_rpm(o.inside, rpm);
                }
                if (w->budget.spent)
                        break;
                if (!w->budget.entries) {
                        w->budget.spent = true;
                        fail(w, o.inside, "", "has too many members; not read any further");
                        break;
                }
                w->budget.entries--;
                const char *name = archive_entry_pathname(entry);
                if (o.library)
                        take_library_member(a, ar, w, path, o.seen);
                else
                        take_member(w, o.inside, ar, entry, o.raw ? o.bare : clean(name ? name : ""), depth);
        }
        /* An empty payload, a package of nothing but dependencies, is a package nevertheless. */
        if (!o.inside && rpm) {
                decide(w, &o, a, ar, k, path);
                claim_rpm(o.inside, rpm);
        }
        free(o.bare);
}

/* From the start of the file: what was peeked at goes back. */
static void rewind_to(struct stream *s, u64 at)
{
        lseek(s->fd, (off_t)at, SEEK_SET);
        s->left = 0;
        s->end = false;
        s->pos = at;
}

/* `next` is where the archive ended when another one may follow, as in an initramfs (a plain cpio, zeros, a compressed one); else 0. */
static void walk_one(struct walk *w, struct artefact *a, struct stream *s, enum kind k, const char *path, int depth, u64 start, u64 *next)
{
        struct feed f = { s, w };
        struct rpm_head rpm;
        struct err e;
        if (depth > DEPTH_MAX)
                return fail(w, a, path, "is nested deeper than 16 archives; not read any further");
        if (k == KIND_RPM && rpm_head_read(s, &rpm, &e) < 0)
                return fail(w, a, path, e.text);
        struct archive *ar = archive_for(k);
        if (s->fd >= 0 && k != KIND_RPM)
                rewind_to(s, start);
        if (s->fd >= 0 && k != KIND_RPM && !start) {
                archive_read_set_seek_callback(ar, feed_seek);
                archive_read_set_skip_callback(ar, feed_skip);
        }
        archive_read_set_read_callback(ar, feed_read);
        archive_read_set_callback_data(ar, &f);
        if (archive_read_open1(ar) != ARCHIVE_OK) {
                /* What only looks like an archive, by a short magic, is none. */
                const char *why = archive_error_string(ar);
                AUTO_FREE char *text = format("cannot be opened as an archive: %s", why ? why : "no reason given");
                if (k != KIND_COMPRESSED || !*path)
                        fail(w, a, path, text);
        } else {
                read_members(w, a, ar, k, path, depth, k == KIND_RPM ? &rpm : NULL);
                if (k == KIND_CPIO && s->fd >= 0)
                        *next = start + (u64)archive_filter_bytes(ar, 0);
        }
        archive_read_free(ar);
}

/* The first byte from `at` on that is not zero; the file's size when there is none. */
static u64 behind_zeros(const struct stream *s, u64 at)
{
        u8 block[4096];
        ssize_t n;
        while ((n = pread(s->fd, block, sizeof block, (off_t)at)) > 0)
                for (ssize_t i = 0; i < n; i++, at++)
                        if (block[i])
                                return at;
        return s->size;
}

enum { FOLLOWING_MAX = 16 };

static void walk_archive(struct walk *w, struct artefact *a, struct stream *s, enum kind k, const char *path, int depth)
{
        u64 next = 0;
        walk_one(w, a, s, k, path, depth, 0, &next);
        for (int i = 0; next && i < FOLLOWING_MAX; i++) {
                struct err e;
                const u8 *head;
                u64 start = behind_zeros(s, next);
                next = 0;
                if (start >= s->size)
                        return;
                rewind_to(s, start);
                i64 len = stream_peek(s, KIND_HEAD, &head, &e);
                k = len > 0 ? kind_of(head, (size_t)len) : KIND_OTHER;
                if (k == KIND_CPIO || k == KIND_COMPRESSED)
                        walk_one(w, a, s, k, path, depth, start, &next);
        }
}

/* ---- any file ---- */

static void take_text(struct walk *w, struct artefact *a, struct stream *s, const char *path, bool document)
{
        struct err e;
        size_t len;
        bool cut;
        char *text = stream_rest(s, document ? DOCUMENT_MAX : SOURCE_MAX, &len, &cut, &e);
        if (!text)
                return fail(w, a, path, e.text);
        if (!document)
                source_scan(a, path, text, len);
        if (document)
                document_take(a, path, text, len);
        else
                free(text);
}

/* A whole target of such a kind is an error, so that nobody takes silence for an answer; inside of others it is a note. */
static void take_opaque(struct walk *w, struct artefact *a, const char *path, enum kind k, int depth)
{
        const char *what = k == KIND_SQUASHFS ? "a squashfs image" : k == KIND_EXT ? "an ext file system" : "a qcow2 disk image";
        AUTO_FREE char *text = format("is %s, which is not read; unpack or mount it first", what);
        if (depth == 0 && !strcmp(a->type, "file"))
                fail(w, a, "", text);
        else
                artefact_find(a, RULE_NOT_READ, path, format("%s", what));
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

void walk_stream(struct walk *w, struct artefact *a, struct stream *s, const char *path, int depth)
{
        struct err e;
        const u8 *head;
        i64 len = stream_peek(s, KIND_HEAD, &head, &e);
        if (len < 0)
                return fail(w, a, path, e.text);
        enum kind k = kind_of(head, (size_t)len);
        a->files++;
        if (w->progress)
                w->progress->files++;
        if (document_wanted(path, k == KIND_JSON))
                return take_text(w, a, s, path, true);
        if (kind_is_archive(k))
                return walk_archive(w, a, s, k, path, depth);
        switch (k) {
        case KIND_ELF: return take_elf(w, a, s, path);
        case KIND_PE:
        case KIND_MACHO:
        case KIND_MACHO_FAT: return take_head(a, s, path, k);
        case KIND_KERNEL_ARM64:
        case KIND_KERNEL_X86: return take_kernel(a, path, k);
        case KIND_FIRMWARE:
                if (heads_firmware(a, path, s, &e) < 0)
                        fail(w, a, path, e.text);
                return;
        case KIND_SQUASHFS:
        case KIND_EXT:
        case KIND_QCOW2: return take_opaque(w, a, path, k, depth);
        default: break;
        }
        if (w->sources && source_wanted(path))
                take_text(w, a, s, path, false);
}
