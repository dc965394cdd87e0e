#include "audit/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/cache.h"
#include "audit/documents.h"
#include "audit/image.h"
#include "audit/judge.h"
#include "audit/kind.h"
#include "audit/parallel.h"
#include "audit/registry.h"
#include "audit/report.h"
#include "audit/source.h"
#include "audit/tree.h"
#include "base/util.h"

/* ---- folders: files are looked at by several threads, a row of them at a time ---- */

enum { ROW_FILES = 256, ROW_BYTES = 8 << 20, ROW_CUT = 64, CONTENT_MIN = 64 << 10 };

struct row {
        size_t first, count;
        struct artefact *found;
};

struct work {
        const struct audit_options *options;
        const struct tree *tree;
        struct row *rows;
        size_t row_count;
        bool sources;
};

static void walk_file(struct work *w, struct artefact *a, int fd, const struct tree_file *f)
{
        struct stream s;
        struct walk walk = walk_new(f->size, w->sources, w->options->scratch, w->options->progress);
        stream_of_file(&s, fd, f->size, walk_bytes(&walk));
        walk_stream(&walk, a, &s, f->path, 0);
        stream_end(&s);
}

static bool is_large_archive(int fd, u64 size)
{
        u8 head[KIND_HEAD];
        ssize_t n = size < CONTENT_MIN ? 0 : pread(fd, head, sizeof head, 0);
        enum kind k = n > 0 ? kind_of(head, (size_t)n) : KIND_OTHER;
        return kind_is_archive(k) || kind_is_volume(k);
}

/* What takes long is known by its content, too, so that a copy of it costs no more than reading it. */
static void walk_by_content(struct work *w, struct artefact *a, int fd, const struct tree_file *f)
{
        struct cache *c = w->options->cache;
        AUTO_FREE char *key = c && !w->sources && is_large_archive(fd, f->size) ? cache_key_of_file(c, fd, f->path) : NULL;
        struct artefact *found = key ? cache_get(c, key) : NULL;
        if (!found) {
                found = artefact_new("", "directory");
                walk_file(w, found, fd, f);
                if (key)
                        cache_put(c, key, found);
        }
        artefact_merge(a, found);
}

static void scan_file(struct work *w, struct artefact *a, const struct tree_file *f)
{
        AUTO_CLOSE int fd = openat(w->tree->fd, f->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK);
        if (fd >= 0)
                return walk_by_content(w, a, fd, f);
        if (errno != ENOENT) {
                AUTO_FREE char *text = format("cannot be read: %s", strerror(errno));
                artefact_error(a, f->path, text);
        }
}

/* Findings about program text hang together over the whole tree: with them the folder is kept as a whole. */
static void scan_row(void *arg, size_t i)
{
        struct work *w = arg;
        struct row *r = &w->rows[i];
        struct cache *c = w->options->cache;
        AUTO_FREE char *key = c && !w->sources ? cache_key_of_files(c, &w->tree->files[r->first], r->count, "row") : NULL;
        r->found = key ? cache_get(c, key) : NULL;
        if (r->found)
                return;
        r->found = artefact_new("", "directory");
        for (size_t k = r->first; k < r->first + r->count; k++)
                if (w->tree->files[k].size >= 4)
                        scan_file(w, r->found, &w->tree->files[k]);
        if (key)
                cache_put(c, key, r->found);
}

/* Rows are cut where the files' names say so: a file that comes or goes changes its own row, and not those behind it. */
static bool cut_behind(const struct tree_file *f)
{
        u32 h = 2166136261u;
        for (const char *s = f->path; *s; s++)
                h = (h ^ (u8)*s) * 16777619u;
        return (h >> 8) % ROW_CUT == 0;
}

static void make_rows(struct work *w)
{
        u64 bytes = 0;
        bool cut = true;
        w->rows = calloc(w->tree->count + 1, sizeof *w->rows);
        if (!w->rows)
                abort();
        for (size_t i = 0; i < w->tree->count; i++) {
                if (cut) {
                        w->rows[w->row_count++].first = i;
                        bytes = 0;
                }
                struct row *r = &w->rows[w->row_count - 1];
                r->count++;
                bytes += w->tree->files[i].size;
                cut = r->count == ROW_FILES || bytes > ROW_BYTES || cut_behind(&w->tree->files[i]);
        }
}

static bool looks_like_sources(const struct tree *t)
{
        for (size_t i = 0; i < t->count; i++)
                if (source_is_build_file(t->files[i].path, 0))
                        return true;
        return false;
}

static struct artefact *scan_tree(struct work *w)
{
        struct artefact *a = artefact_new("", "directory");
        make_rows(w);
        parallel(w->options->threads, w->row_count, scan_row, w);
        for (size_t i = 0; i < w->row_count; i++)
                artefact_merge(a, w->rows[i].found);
        free(w->rows);
        if (w->sources)
                source_finish(a);
        return a;
}

static void scan_folder(struct artefact *a, const char *name, const struct audit_options *o)
{
        struct tree t;
        struct err e;
        if (tree_read(name, &t, &e) < 0) {
                artefact_error(a, "", e.text);
                return;
        }
        a->type = "directory";
        for (size_t i = 0; i < t.unreadable_count; i++)
                artefact_error(a, "", t.unreadable[i]);
        struct work w = {
                .options = o, .tree = &t, .sources = o->sources == SOURCES_YES || (o->sources == SOURCES_AUTO && looks_like_sources(&t))
        };
        if (o->progress)
                o->progress->total_bytes += t.bytes;
        AUTO_FREE char *key = o->cache && w.sources ? cache_key_of_files(o->cache, t.files, t.count, "sources") : NULL;
        struct artefact *found = key ? cache_get(o->cache, key) : NULL;
        if (!found) {
                found = scan_tree(&w);
                if (key)
                        cache_put(o->cache, key, found);
        }
        artefact_merge(a, found);
        tree_free(&t);
}

/* ---- one file ---- */

static void take_index(struct artefact *a, int fd)
{
        char buf[DOCUMENT_MAX / 4];
        ssize_t n = pread(fd, buf, sizeof buf, 0);
        if (n > 0)
                image_judge_index(a, buf, (size_t)n);
}

static void scan_one(struct artefact *a, int fd, u64 size, const struct audit_options *o)
{
        struct stream s;
        struct err e;
        const u8 *head;
        struct walk w = walk_new(size, o->sources != SOURCES_NO, o->scratch, o->progress);
        stream_of_file(&s, fd, size, walk_bytes(&w));
        i64 len = stream_peek(&s, KIND_HEAD, &head, &e);
        if (len < 0) {
                artefact_error(a, "", e.text);
                return;
        }
        enum kind k = walk_kind(&s);
        bool binary = kind_is_binary(head, (size_t)len);
        const char *slash = strrchr(a->path, '/');
        AUTO_FREE char *base = format("%s", slash ? slash + 1 : a->path);
        if (o->progress)
                o->progress->total_bytes += size;
        if (k == KIND_JSON)
                take_index(a, fd);
        walk_stream(&w, a, &s, kind_is_archive(k) || kind_is_volume(k) ? "" : base, 0);
        stream_end(&s);
        if (k == KIND_OTHER && binary)
                walk_not_read(a, "", "of no kind that is known here");
        source_finish(a);
        if (o->sources == SOURCES_AUTO && !a->source_tree)
                source_forget(a);
}

/* A file's facts from the cache, or from a look at it. */
static struct artefact *facts_of_file(const struct artefact *a, int fd, u64 size, const struct audit_options *o)
{
        const char *slash = strrchr(a->path, '/');
        AUTO_FREE char *key = o->cache ? cache_key_of_file(o->cache, fd, slash ? slash + 1 : a->path) : NULL;
        struct artefact *found = key ? cache_get(o->cache, key) : NULL;
        if (found)
                return found;
        found = artefact_new(a->path, "file");
        scan_one(found, fd, size, o);
        if (key)
                cache_put(o->cache, key, found);
        return found;
}

static void scan_file_target(struct artefact *a, const char *name, const struct audit_options *o)
{
        AUTO_CLOSE int fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        struct stat st;
        if (fd < 0 || fstat(fd, &st) < 0) {
                AUTO_FREE char *text = format("cannot be read: %s", strerror(errno));
                artefact_error(a, "", text);
        } else if (!S_ISREG(st.st_mode)) {
                artefact_error(a, "", "is neither a file nor a folder");
        } else {
                struct artefact *found = facts_of_file(a, fd, (u64)st.st_size, o);
                artefact_type(a, found->type);
                a->has_arm64_entry = found->has_arm64_entry;
                artefact_merge(a, found);
        }
}

json_t *audit_target(const char *name, const struct audit_options *o)
{
        struct artefact *a = artefact_new(name, "file");
        struct stat st;
        if (registry_is_name(name))
                registry_scan(a, o);
        else if (stat(name, &st) == 0 && S_ISDIR(st.st_mode))
                scan_folder(a, name, o);
        else
                scan_file_target(a, name, o);
        image_assemble(a);
        judge(a, o->target);
        json_t *report = report_of(a);
        artefact_free(a);
        return report;
}

/* From nothing over what was not looked into and findings to errors. */
int audit_worse(int a, int b)
{
        static const int rank[] = { [0] = 0, [3] = 1, [1] = 2, [2] = 3 };
        return rank[a] > rank[b] ? a : b;
}

static int status_of_finding(const json_t *f)
{
        const char *severity = json_string_value(json_object_get(f, "severity")), *code = json_string_value(json_object_get(f, "code"));
        if (severity && strcmp(severity, "note"))
                return 1;
        return code && !strcmp(code, rules[RULE_NOT_READ].code) ? 3 : 0;
}

int audit_status(const json_t *report)
{
        const json_t *findings = json_object_get(report, "findings"), *parts = json_object_get(report, "parts");
        int status = json_array_size(json_object_get(report, "errors")) ? 2 : 0;
        for (size_t i = 0; i < json_array_size(findings); i++)
                status = audit_worse(status, status_of_finding(json_array_get(findings, i)));
        for (size_t i = 0; i < json_array_size(parts) && status != 2; i++)
                status = audit_worse(status, audit_status(json_array_get(parts, i)));
        return status;
}
