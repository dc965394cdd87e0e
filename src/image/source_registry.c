#include "image/source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/util.h"
#include "image/hash.h"
#include "image/registry.h"

#define ACCEPT TYPE_OCI_INDEX ", " TYPE_OCI_MANIFEST ", " TYPE_DOCKER_INDEX ", " TYPE_DOCKER_MANIFEST

enum { BLOB_TRIES = 4 };

struct registry_source {
        struct source source;
        const struct ref *ref;
        struct registry *registry;
};

static int get_manifest(struct source *s, const struct descriptor *which, struct bytes *out, char type[128], struct err *e)
{
        struct registry_source *rs = (struct registry_source *)s;
        const struct ref *ref = rs->ref;
        const struct digest *digest = which ? &which->digest : ref->digest.text[0] ? &ref->digest : NULL;
        AUTO_FREE char *path = format("manifests/%s", digest ? digest->text : ref->tag);
        AUTO_REPLY struct http_reply reply = { 0 };
        struct http_request q = { .method = "GET", .accept = ACCEPT, .max_body = MANIFEST_MAX };
        if (registry_do(rs->registry, path, &q, &reply, e) < 0)
                return -1;
        if (reply.status != 200)
                return registry_refused(rs->registry, which ? which->digest.text : ref->name, &reply, e);
        if (digest) {
                struct hash *h = hash_new(digest_algorithm(digest));
                hash_add(h, reply.body.data, reply.body.len);
                struct digest got = hash_end(h);
                if (!digest_equal(&got, digest))
                        return err_set(e, 126, "the registry %s sent a wrong manifest for %s: the digest of what came is %s", ref->host,
                                digest->text, got.text);
        }
        *out = reply.body;
        reply.body = (struct bytes){ 0 };
        size_t n = strcspn(reply.content_type, "; ");
        n = n > 127 ? 127 : n;
        memcpy(type, reply.content_type, n);
        type[n] = 0;
        return 0;
}

struct arriving {
        struct blob_writer *w;
        struct err *e;
        bool begun; /* the first piece of this answer was seen */
        bool ours;  /* *e says why we ended it */
};

static int on_piece(void *arg, i64 from, const void *data, size_t len)
{
        struct arriving *a = arg;
        if (!a->begun && from != (i64)a->w->done) {
                if (from == 0) { /* it sends everything from the start */
                        a->ours = blob_restart(a->w, a->e) < 0;
                } else {
                        err_set(a->e, 126, "the registry sent another part of the blob %.19s than we asked for", a->w->want.digest.text);
                        a->ours = true;
                }
        }
        a->begun = true;
        if (!a->ours)
                a->ours = blob_add(a->w, data, len, a->e) < 0;
        return a->ours;
}

/* One request for what is missing. 1: it broke off, and trying again may help; `reply` says what happened. */
static int get_part(struct registry_source *rs, struct blob_writer *w, struct http_reply *reply, struct err *e)
{
        struct arriving a = { .w = w, .e = e };
        AUTO_FREE char *path = format("blobs/%s", w->want.digest.text);
        struct http_request q = { .method = "GET", .from = w->done, .sink = on_piece, .sink_arg = &a };
        if (registry_do(rs->registry, path, &q, reply, e) < 0 || a.ours)
                return -1;
        if (w->done == w->want.size)
                return 0;
        if (reply->status == 416) /* it says that what we have is all there is */
                return blob_restart(w, e) < 0 ? -1 : 1;
        if ((reply->status == 200 || reply->status == 206 || !reply->status) && (reply->retry || !reply->why[0]))
                return 1;
        if (reply->status == 429 || reply->status >= 500)
                return 1;
        if (reply->why[0])
                return err_set(e, 126, "the download of the blob %.19s from %s ended: %s", w->want.digest.text, rs->ref->host, reply->why);
        return registry_refused(rs->registry, w->want.digest.text, reply, e);
}

static int get_blob(struct source *s, struct blob_writer *w, struct err *e)
{
        struct registry_source *rs = (struct registry_source *)s;
        if (w->done == w->want.size)
                return 0;
        for (int vain = 0;;) {
                u64 before = w->done;
                AUTO_REPLY struct http_reply reply = { 0 };
                int state = get_part(rs, w, &reply, e);
                if (state <= 0)
                        return state;
                vain = w->done > before ? 0 : vain + (reply.stalled ? 2 : 1); /* a stall has cost its minute already */
                if (vain >= BLOB_TRIES)
                        return err_set(e, 126,
                                "the registry %s sends no more of the blob %.19s than %lu of its %lu bytes: %s; what has come is kept, "
                                "pull again later",
                                rs->ref->host, w->want.digest.text, w->done, w->want.size,
                                reply.why[0] ? reply.why : "it ends there each time");
                struct timespec pause = { .tv_sec = reply.retry_after > 30 ? 30 : reply.retry_after, .tv_nsec = 100000000L << vain };
                pause.tv_sec += pause.tv_nsec / 1000000000L;
                pause.tv_nsec %= 1000000000L;
                nanosleep(&pause, NULL);
        }
}

static void close_source(struct source *s)
{
        registry_close(((struct registry_source *)s)->registry);
        free(s);
}

struct source *registry_source(const struct ref *ref, const struct http_options *o, struct err *e)
{
        static const struct source_ops ops = { get_manifest, get_blob, close_source };
        struct registry *registry = registry_open(ref, false, o, e);
        if (!registry)
                return NULL;
        struct registry_source *rs = calloc(1, sizeof *rs);
        if (!rs)
                abort();
        *rs = (struct registry_source){ .source = { &ops, ref->name }, .ref = ref, .registry = registry };
        return &rs->source;
}
