#include "audit/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "audit/rpm_head.h"
#include "audit/unpack.h"
#include "base/util.h"
#include "fs/volume.h"

/* What is being opened. */
struct opening {
        enum kind kind;   /* of the archive, or of the package that wraps it */
        const char *path; /* "": the target itself */
        int depth;
        const struct rpm_head *rpm; /* NULL: none */
        struct artefact **inside;   /* of the first of several archives in a row; all of them are one */
};

/* ---- a stream as libarchive reads it ---- */

struct feed {
        struct stream *s;
        u64 fed;
        bool failed; /* the stream: `why` tells it, not libarchive */
        struct err why;
};

static la_ssize_t feed_read(struct archive *ar, void *arg, const void **block)
{
        struct feed *f = arg;
        const u8 *p;
        size_t len;
        int r = stream_next(f->s, &p, &len, &f->why);
        if (r < 0) {
                archive_set_error(ar, EIO, "%s", f->why.text);
                f->failed = true;
                return -1;
        }
        if (r == 0)
                return 0;
        f->fed += len;
        *block = p;
        return (la_ssize_t)len;
}

static la_int64_t feed_seek(struct archive *ar, void *arg, la_int64_t offset, int whence)
{
        struct feed *f = arg;
        la_int64_t size = (la_int64_t)f->s->volume->size, from = whence == SEEK_END ? size : whence == SEEK_CUR ? (la_int64_t)f->s->pos : 0;
        (void)ar;
        if (offset > size - from || offset < -from)
                return ARCHIVE_FATAL;
        stream_seek(f->s, (u64)(from + offset));
        return from + offset;
}

static la_int64_t feed_skip(struct archive *ar, void *arg, la_int64_t len)
{
        struct feed *f = arg;
        struct err e;
        u64 rest = f->s->volume->size - f->s->pos;
        (void)ar;
        len = (u64)len < rest ? len : (la_int64_t)rest;
        f->fed += (u64)len;
        return stream_skip(f->s, (u64)len, &e) > 0 ? len : 0;
}

/* By hand, not "all": some filters of libarchive start programs, and its mtree format takes texts for archives. */
static struct archive *archive_for(enum kind k)
{
        struct archive *ar = archive_read_new();
        if (!ar)
                abort();
        switch (k) {
        case KIND_COMPRESSED:
                archive_read_support_filter_bzip2(ar);
                archive_read_support_filter_compress(ar);
                archive_read_support_filter_gzip(ar);
                archive_read_support_filter_lz4(ar);
                archive_read_support_filter_lzip(ar);
                archive_read_support_filter_lzma(ar);
                archive_read_support_format_raw(ar);
                break;
        case KIND_ZIP: archive_read_support_format_zip(ar); break;
        case KIND_AR:
        case KIND_DEB: archive_read_support_format_ar(ar); break;
        case KIND_CPIO: archive_read_support_format_cpio(ar); break;
        case KIND_7ZIP: archive_read_support_format_7zip(ar); break;
        case KIND_ISO: archive_read_support_format_iso9660(ar); break;
        case KIND_XAR: archive_read_support_format_xar(ar); break;
        default: archive_read_support_format_tar(ar);
        }
        return ar;
}

static int open_archive(struct archive *ar, struct feed *f, enum kind k)
{
        if (f->s->volume && k != KIND_COMPRESSED && k != KIND_CPIO) {
                archive_read_set_seek_callback(ar, feed_seek);
                archive_read_set_skip_callback(ar, feed_skip);
        }
        archive_read_set_read_callback(ar, feed_read);
        archive_read_set_callback_data(ar, f);
        return archive_read_open1(ar);
}

/* What was fed and not used goes back: something else may follow. */
static bool leave_behind(struct archive *ar, struct feed *f)
{
        i64 used = archive_filter_bytes(ar, -1);
        return used >= 0 && (u64)used <= f->fed && stream_give_back(f->s, f->fed - (u64)used);
}

static char *why_damaged(struct archive *ar, const struct feed *f)
{
        const char *why = archive_error_string(ar);
        return f->failed ? format("%s", f->why.text) : format("is damaged: %s", why ? why : "no reason given");
}

/* ---- what kind of package ---- */

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

static const char *clean(const char *path)
{
        while (!strncmp(path, "./", 2) || *path == '/')
                path += *path == '/' ? 1 : 2;
        return path;
}

/* ---- members ---- */

/* Objects of a static library: one line for each processor, not one per object. */
static void take_library_member(struct artefact *a, struct archive *ar, struct walk *w, const char *library, bool seen[MACHINE_COUNT])
{
        struct stream s;
        struct elf_facts f;
        struct err e;
        const u8 *head;
        stream_of_member(&s, ar, &w->budget, true);
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

/* What a tar has in it costs nothing beyond the tar itself; deflated members of a zip do. */
static bool unpacks(struct archive *ar)
{
        int format = archive_format(ar) & ARCHIVE_FORMAT_BASE_MASK;
        return format != ARCHIVE_FORMAT_TAR && format != ARCHIVE_FORMAT_CPIO && format != ARCHIVE_FORMAT_AR;
}

/* drain: to its end, as the archive around it will be read anyway */
static void take_member(
        struct walk *w, struct artefact *a, struct archive *ar, struct archive_entry *entry, const char *path, int depth, bool drain)
{
        const char *base = strrchr(path, '/');
        base = base ? base + 1 : path;
        w->whole = false;
        if (!strncmp(base, ".wh.", 4))
                artefact_hide(a, path);
        if (archive_entry_filetype(entry) != AE_IFREG || (archive_entry_size_is_set(entry) && archive_entry_size(entry) < 4))
                return;
        struct stream s;
        stream_of_member(&s, ar, &w->budget, unpacks(ar));
        walk_stream(w, a, &s, path, depth + 1);
        if (drain)
                stream_drain(&s);
        w->whole = archive_entry_size_is_set(entry) && s.produced == (u64)archive_entry_size(entry);
        stream_end(&s);
}

struct opened {
        struct artefact *inside; /* whose the members are */
        bool library;
        bool seen[MACHINE_COUNT];
};

static void decide(struct walk *w, struct opened *o, struct artefact *a, struct archive *ar, const struct opening *what)
{
        int format = archive_format(ar);
        o->library = (format & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_AR && what->kind != KIND_DEB;
        o->inside = a;
        if (*what->inside)
                o->inside = *what->inside;
        if (o->library || is_wrapping(a, what->path) || *what->inside)
                return;
        *what->inside = a;
        if (!*what->path) { /* the target itself */
                a->type = type_of(what->kind, format, a->path);
                /* A package that was built needs no compiler. */
                w->sources &= !strcmp(a->type, "tar") || !strcmp(a->type, "zip");
                walk_claim_by_name(a, a->path);
                return;
        }
        o->inside = *what->inside = artefact_part(a, what->path, type_of(what->kind, format, what->path));
        walk_claim_by_name(o->inside, what->path);
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

/* An error of the members' own artefact has no path. */
static void fail_inside(struct walk *w, const struct opened *o, struct artefact *a, const struct opening *what, const char *text)
{
        bool own = o->inside && o->inside != a;
        walk_fail(w, own ? o->inside : a, own ? "" : what->path, text);
}

/* True at the archive's end. */
static bool read_members(struct walk *w, struct artefact *a, struct archive *ar, struct feed *f, const struct opening *what)
{
        struct opened o = { 0 };
        struct archive_entry *entry;
        int r;
        while ((r = archive_read_next_header(ar, &entry)) != ARCHIVE_EOF) {
                if (r == ARCHIVE_RETRY)
                        continue;
                if (r < ARCHIVE_WARN) {
                        AUTO_FREE char *text = why_damaged(ar, f);
                        /* `umoci insert` leaves out the zeros behind the last member; engines do not mind. */
                        if (!w->whole || f->failed || !strstr(text, "Truncated input file"))
                                fail_inside(w, &o, a, what, text);
                        break;
                }
                if (!o.inside) {
                        decide(w, &o, a, ar, what);
                        if (what->rpm)
                                claim_rpm(o.inside, what->rpm);
                }
                if (w->budget.spent)
                        break;
                if (!w->budget.entries) {
                        w->budget.spent = true;
                        walk_fail(w, o.inside, "", "has too many members; not read any further");
                        break;
                }
                w->budget.entries--;
                const char *name = archive_entry_pathname(entry);
                if (o.library)
                        take_library_member(a, ar, w, what->path, o.seen);
                else
                        take_member(w, o.inside, ar, entry, clean(name ? name : ""), what->depth, !f->s->volume);
        }
        /* An empty payload, a package of nothing but dependencies, is a package nevertheless. */
        if (!o.inside && what->rpm) {
                decide(w, &o, a, ar, what);
                claim_rpm(o.inside, what->rpm);
        }
        return r == ARCHIVE_EOF;
}

/* `kind` is the archive's own. True when it ended, and the stream goes on behind it. */
static bool take_archive(struct walk *w, struct artefact *a, struct stream *s, enum kind kind, const struct opening *what)
{
        struct feed f = { .s = s };
        struct archive *ar = archive_for(kind);
        bool behind = false;
        if (open_archive(ar, &f, kind) != ARCHIVE_OK) {
                const char *why = archive_error_string(ar);
                AUTO_FREE char *text = format("cannot be opened as an archive: %s", why ? why : "no reason given");
                walk_fail(w, a, what->path, f.failed ? f.why.text : text);
        } else {
                behind = read_members(w, a, ar, &f, what) && kind == KIND_CPIO && leave_behind(ar, &f);
        }
        archive_read_free(ar);
        return behind;
}

/* ---- what is compressed ---- */

static char *without_suffix(const char *path)
{
        static const char *const suffixes[] = { ".gz", ".xz", ".bz2", ".zst", ".lzma", ".lz4", ".lz", ".Z" };
        for (size_t i = 0; i < ARRAY_LEN(suffixes); i++)
                if (ends(path, suffixes[i]))
                        return format("%.*s", (int)(strlen(path) - strlen(suffixes[i])), path);
        return format("%s", path);
}

static void take_row(struct walk *w, struct artefact *a, struct stream *s, enum kind kind, const struct opening *what);

/* True when it was a cpio archive: in an initramfs another archive may follow. */
static bool take_content(struct walk *w, struct artefact *a, struct stream *s, const struct opening *what)
{
        enum kind k = walk_kind(s);
        if (kind_is_archive(k) && k != KIND_COMPRESSED && k != KIND_RPM) { /* "foo.tar.gz" is an archive of that name */
                struct opening inner = *what;
                inner.kind = what->rpm ? KIND_RPM : k;
                take_row(w, a, s, k, &inner);
                return k == KIND_CPIO;
        }
        if (what->rpm) {
                walk_fail(w, a, what->path, "cannot be opened as an archive: there is none in its payload");
        } else if (kind_is_volume(k)) {
                walk_kinded(w, a, s, k, what->path, what->depth);
        } else {
                AUTO_FREE char *bare = without_suffix(what->path);
                walk_stream(w, a, s, bare, what->depth + 1);
        }
        return false;
}

/* The same for what is compressed; the stream is then behind it. */
static bool take_unpacked(struct walk *w, struct artefact *a, struct unpacker *u, const struct opening *what)
{
        struct stream inner;
        stream_of_unpacker(&inner, u, &w->budget);
        bool behind = take_content(w, a, &inner, what) && stream_drain(&inner);
        stream_end(&inner);
        unpack_close(u);
        return behind;
}

static bool take_filtered(struct walk *w, struct artefact *a, struct stream *s, const struct opening *what)
{
        struct feed f = { .s = s };
        struct archive *ar = archive_for(KIND_COMPRESSED);
        struct archive_entry *entry;
        bool behind = false;
        int r = open_archive(ar, &f, KIND_COMPRESSED);
        if (r == ARCHIVE_OK)
                r = archive_read_next_header(ar, &entry);
        if (r == ARCHIVE_OK && archive_filter_count(ar) > 1) {
                struct stream inner;
                stream_of_member(&inner, ar, &w->budget, true);
                behind = take_content(w, a, &inner, what) && stream_drain(&inner) && leave_behind(ar, &f);
                stream_end(&inner);
        } else if (r != ARCHIVE_EOF && (!*what->path || what->rpm)) { /* what only looks so, by a short magic, is none */
                const char *why = archive_error_string(ar);
                AUTO_FREE char *text = format("cannot be opened as an archive: %s", why ? why : "it is not compressed");
                walk_fail(w, a, what->path, f.failed ? f.why.text : text);
        }
        archive_read_free(ar);
        return behind;
}

/* ---- one behind the other ---- */

enum { FOLLOWING_MAX = 16 };

static bool take_compressed(struct walk *w, struct artefact *a, struct stream *s, const struct opening *what)
{
        struct unpacker *u = unpack_open(s);
        return u ? take_unpacked(w, a, u, what) : take_filtered(w, a, s, what);
}

static void take_row(struct walk *w, struct artefact *a, struct stream *s, enum kind kind, const struct opening *what)
{
        for (int i = 0; i < FOLLOWING_MAX && !w->budget.spent; i++) {
                bool behind = kind == KIND_COMPRESSED ? take_compressed(w, a, s, what) : take_archive(w, a, s, kind, what);
                if (!behind || !stream_skip_zeros(s))
                        return;
                kind = walk_kind(s);
                if (kind != KIND_CPIO && kind != KIND_COMPRESSED)
                        return walk_not_read(a, what->path, "what follows on an archive in it is of a kind that is not known");
        }
}

void archive_take(struct walk *w, struct artefact *a, struct stream *s, enum kind kind, const char *path, int depth)
{
        struct artefact *inside = NULL;
        struct opening what = { .kind = kind, .path = path, .depth = depth, .inside = &inside };
        struct rpm_head rpm;
        struct err e;
        if (depth > DEPTH_MAX)
                return walk_fail(w, a, path, "is nested deeper than 16 archives; not read any further");
        if (kind == KIND_RPM) {
                if (rpm_head_read(s, &rpm, &e) < 0)
                        return walk_fail(w, a, path, e.text);
                what.rpm = &rpm;
                kind = walk_kind(s);
                if (kind != KIND_COMPRESSED && kind != KIND_CPIO)
                        return walk_fail(w, a, path, "cannot be opened as an archive: its payload is of a kind that is not known");
        }
        take_row(w, a, s, kind, &what);
}
