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

enum { ROW_FILES = 128, ROW_BYTES = 8 << 20 };

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

static void scan_file(struct work *w, struct artefact *a, const struct tree_file *f)
{
        AUTO_CLOSE int fd = openat(w->tree->fd, f->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK);
        if (fd < 0) {
                if (errno != ENOENT) {
                        AUTO_FREE char *text = format("cannot be read: %s", strerror(errno));
                        artefact_error(a, f->path, text);
                }
                return;
        }
        struct stream s;
        struct walk walk = walk_new(f->size, w->sources, w->options->scratch, w->options->progress);
        stream_of_file(&s, fd, f->size);
        walk_stream(&walk, a, &s, f->path, 0);
        stream_end(&s);
}

static void work_row(void *arg, size_t i)
{
        struct work *w = arg;
        struct row *r = &w->rows[i];
        r->found = artefact_new("", "directory");
        for (size_t k = r->first; k < r->first + r->count; k++)
                if (w->tree->files[k].size >= 4)
                        scan_file(w, r->found, &w->tree->files[k]);
}

static void make_rows(struct work *w)
{
        u64 bytes = 0;
        w->rows = calloc(w->tree->count + 1, sizeof *w->rows);
        if (!w->rows)
                abort();
        for (size_t i = 0; i < w->tree->count; i++) {
                struct row *r = w->row_count ? &w->rows[w->row_count - 1] : NULL;
                if (!r || r->count == ROW_FILES || bytes > ROW_BYTES) {
                        r = &w->rows[w->row_count++];
                        r->first = i;
                        bytes = 0;
                }
                r->count++;
                bytes += w->tree->files[i].size;
        }
}

static bool looks_like_sources(const struct tree *t)
{
        for (size_t i = 0; i < t->count; i++)
                if (source_is_build_file(t->files[i].path, 0))
                        return true;
        return false;
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
        make_rows(&w);
        parallel(o->threads, w.row_count, work_row, &w);
        for (size_t i = 0; i < w.row_count; i++)
                artefact_merge(a, w.rows[i].found);
        free(w.rows);
        tree_free(&t);
        if (w.sources)
                source_finish(a);
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
        stream_of_file(&s, fd, size);
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
                scan_one(a, fd, (u64)st.st_size, o);
        }
}

static json_t *look(const char *name, const struct audit_options *o)
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

json_t *audit_target(const char *name, const struct audit_options *o)
{
        AUTO_FREE char *key = o->cache ? cache_key(o->cache, name) : NULL;
        json_t *report = key ? cache_get(o->cache, key, name) : NULL;
        if (report)
                return report;
        report = look(name, o);
        if (key)
                cache_put(o->cache, key, report);
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
