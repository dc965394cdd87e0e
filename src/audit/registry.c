#include "audit/registry.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit/cache.h"
#include "audit/image.h"
#include "audit/parallel.h"
#include "base/util.h"
#include "image/hash.h"
#include "image/source.h"

enum { NESTED_MAX = 4, LAYERS_MAX = 4096 };

bool registry_is_name(const char *target)
{
        return !strncmp(target, "docker://", 9);
}

/* ---- one blob: a thread fetches it into a pipe, and this one reads ---- */

struct download {
        struct source *source;
        struct blob_writer writer;
        int bad;
        struct err e;
};

static void *fetch(void *arg)
{
        struct download *d = arg;
        sigset_t pipe;
        sigemptyset(&pipe);
        sigaddset(&pipe, SIGPIPE); /* the reader stops early when it has had enough */
        pthread_sigmask(SIG_BLOCK, &pipe, NULL);
        d->bad = d->source->ops->blob(d->source, &d->writer, &d->e);
        close(d->writer.fd);
        return NULL;
}

struct blob {
        const struct descriptor *what;
        struct artefact *found;
};

struct fetching {
        struct source *source;
        const struct audit_options *options;
        struct blob *blobs;
        size_t count;
};

static char *blob_path(const struct digest *d)
{
        return format("blobs/%s/%s", digest_algorithm(d), digest_hex(d));
}

/* What came is only then what the manifest means when it has its digest. */
static void check_blob(struct artefact *a, struct download *d, const char *path, bool enough)
{
        struct digest got = hash_end(d->writer.hash);
        if (enough)
                return;
        if (d->bad)
                artefact_error(a, path, d->e.text);
        else if (!digest_equal(&got, &d->writer.want.digest))
                artefact_error(a, path, "came from the registry with another content than its digest says");
}

static void read_blob(void *arg, size_t i)
{
        struct fetching *f = arg;
        struct blob *b = &f->blobs[i];
        struct layout nowhere = { .dir = "the audit", .fd = -1 };
        AUTO_FREE char *path = blob_path(&b->what->digest);
        int ends[2];
        pthread_t thread;
        struct cache *c = f->options->cache;
        bool sha256 = !strcmp(digest_algorithm(&b->what->digest), "sha256");
        AUTO_FREE char *key = c && sha256 ? cache_key_of_digest(c, digest_hex(&b->what->digest), path) : NULL;
        b->found = key ? cache_get(c, key) : NULL;
        if (b->found)
                return;
        b->found = artefact_new("", "directory");
        struct download d = {
                .source = f->source,
                .writer = { .layout = &nowhere, .want = *b->what, .hash = hash_new(digest_algorithm(&b->what->digest)) },
        };
        if (!d.writer.hash || pipe2(ends, O_CLOEXEC) < 0) {
                artefact_error(b->found, path, "cannot be fetched: no more files can be opened, or its digest is of an unknown kind");
                return;
        }
        d.writer.fd = ends[1];
        if (pthread_create(&thread, NULL, fetch, &d)) {
                artefact_error(b->found, path, "cannot be fetched: no more threads can be started");
                close(ends[0]);
                close(ends[1]);
                hash_drop(d.writer.hash);
                return;
        }
        struct stream s;
        struct walk walk = walk_new(b->what->size, false, f->options->scratch, f->options->progress);
        stream_of_pipe(&s, ends[0], walk_bytes(&walk));
        walk_stream(&walk, b->found, &s, path, 0);
        bool enough = walk.budget.spent || !stream_drain(&s);
        stream_end(&s);
        close(ends[0]);
        pthread_join(thread, NULL);
        check_blob(b->found, &d, path, enough);
        if (key)
                cache_put(c, key, b->found);
}

/* ---- manifests ---- */

static void add_blob(struct fetching *f, const struct descriptor *d)
{
        for (size_t i = 0; i < f->count; i++)
                if (digest_equal(&f->blobs[i].what->digest, &d->digest))
                        return;
        f->blobs = realloc(f->blobs, (f->count + 1) * sizeof *f->blobs);
        if (!f->blobs)
                abort();
        f->blobs[f->count++] = (struct blob){ .what = d };
}

struct images {
        struct fetching fetching;
        struct artefact *a;
        struct manifest **manifests; /* that were read: the layers' descriptors live in them */
        size_t count;
        u64 matching; /* images that were asked for */
};

static struct manifest *keep_manifest(struct images *im)
{
        im->manifests = realloc(im->manifests, (im->count + 1) * sizeof(struct manifest *));
        struct manifest *m = im->manifests ? calloc(1, sizeof *m) : NULL;
        if (!m)
                abort();
        return im->manifests[im->count++] = m;
}

static void add_document(struct artefact *a, const char *path, struct bytes *text)
{
        char *copy = malloc(text->len + 1);
        if (!copy)
                abort();
        memcpy(copy, text->data, text->len);
        copy[text->len] = 0;
        artefact_document(a, path, copy, text->len);
}

static void take_image(struct images *im, const struct manifest *m)
{
        struct bytes text = { 0 };
        struct err e;
        AUTO_FREE char *path = blob_path(&m->config.digest);
        im->matching++;
        if (source_small(im->fetching.source, &m->config, &text, &e) < 0)
                artefact_error(im->a, path, e.text);
        else
                add_document(im->a, path, &text);
        bytes_free(&text);
        for (size_t i = 0; i < m->count && im->fetching.count < LAYERS_MAX; i++)
                add_blob(&im->fetching, &m->items[i]);
}

static bool wanted(const struct images *im, const struct descriptor *d, const struct manifest *index)
{
        const struct platform *want = &im->fetching.options->platform;
        if (d->attestation)
                return false;
        /* An index of one image may say nothing about it; an index in an index may, too. */
        return im->fetching.options->all_platforms || !d->platform.os[0] || manifest_choose(index, want) == d;
}

static int take_manifest(struct images *im, const struct descriptor *which, int depth, struct err *e);

static int take_index(struct images *im, const struct manifest *index, int depth, struct err *e)
{
        for (size_t i = 0; i < index->count; i++)
                if (wanted(im, &index->items[i], index) && take_manifest(im, &index->items[i], depth + 1, e) < 0)
                        return -1;
        return 0;
}

/* `which` is NULL for what the name stands for. */
static int take_manifest(struct images *im, const struct descriptor *which, int depth, struct err *e)
{
        struct source *s = im->fetching.source;
        struct bytes text = { 0 };
        char type[128] = "";
        if (depth > NESTED_MAX)
                return err_set(e, 2, "has an index of an index of an index; not followed any further");
        struct manifest *m = keep_manifest(im);
        int bad = s->ops->manifest(s, which, &text, type, e);
        if (!bad)
                bad = manifest_parse(text.data, text.len, type, "the manifest", m, e);
        if (!bad) {
                struct digest d = which ? which->digest : hash_of(text.data, text.len);
                AUTO_FREE char *path = blob_path(&d);
                add_document(im->a, path, &text);
        }
        if (!bad && !which) { /* the index.json that a layout with this alone would have */
                struct digest d = hash_of(text.data, text.len);
                char *index = format("{\"manifests\": [{\"digest\": \"%s\"}]}", d.text);
                artefact_document(im->a, "index.json", index, strlen(index));
                artefact_document(im->a, "oci-layout", format("{}"), 2);
                if (m->index)
                        image_judge_index(im->a, text.data, text.len);
        }
        bytes_free(&text);
        if (!bad && m->index)
                bad = take_index(im, m, depth, e);
        else if (!bad)
                take_image(im, m);
        return bad;
}

/* ---- all together ---- */

static void read_blobs(struct images *im)
{
        struct fetching *f = &im->fetching;
        for (size_t i = 0; i < f->count && f->options->progress; i++)
                f->options->progress->total_bytes += f->blobs[i].what->size;
        parallel(f->options->threads, f->count, read_blob, f);
        for (size_t i = 0; i < f->count; i++)
                artefact_merge(im->a, f->blobs[i].found);
}

/* An index without arm64 is a finding; one without what the user asked for instead is an error. */
static void judge_choice(struct images *im)
{
        const struct audit_options *o = im->fetching.options;
        AUTO_FREE char *all = im->count ? manifest_platforms(im->manifests[0]) : NULL;
        if (im->matching || !o->platform_said)
                return;
        AUTO_FREE char *text = format("has no image for %s, only %s", platform_text(&o->platform).text, all);
        artefact_error(im->a, "", text);
}

void registry_scan(struct artefact *a, const struct audit_options *o)
{
        struct ref ref;
        struct err e;
        a->type = "registry image";
        if (ref_parse(a->path, &ref, &e) < 0) {
                artefact_error(a, "", e.text);
                return;
        }
        struct images im = { .a = a, .fetching = { .options = o, .source = registry_source(&ref, &o->http, &e) } };
        if (!im.fetching.source || take_manifest(&im, NULL, 0, &e) < 0) {
                artefact_error(a, "", e.text);
        } else {
                judge_choice(&im);
                read_blobs(&im);
        }
        for (size_t i = 0; i < im.count; i++) {
                manifest_free(im.manifests[i]);
                free(im.manifests[i]);
        }
        free(im.manifests);
        free(im.fetching.blobs);
        if (im.fetching.source)
                im.fetching.source->ops->close(im.fetching.source);
        ref_free(&ref);
}
