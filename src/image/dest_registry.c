#include "image/dest.h"

#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "image/registry.h"

struct registry_dest {
        struct dest dest;
        const struct ref *ref;
        struct registry *registry;
};

static int has_blob(struct registry_dest *rd, const struct descriptor *d, struct err *e)
{
        AUTO_FREE char *path = format("blobs/%s", d->digest.text);
        AUTO_REPLY struct http_reply reply = { 0 };
        struct http_request q = { .method = "HEAD" };
        return registry_do(rd->registry, path, &q, &reply, e) < 0 ? -1 : reply.status == 200;
}

/* Three requests, as docker's client does it, which every registry knows: begin, send, give it its digest. */
static int put_blob(struct dest *dest, const struct descriptor *d, int fd, struct err *e)
{
        struct registry_dest *rd = (struct registry_dest *)dest;
        AUTO_FREE char *what = format("the upload of the blob %.19s", d->digest.text);
        int there = has_blob(rd, d, e);
        if (there)
                return there < 0 ? -1 : 0;
        AUTO_REPLY struct http_reply begun = { 0 }, sent = { 0 }, ended = { 0 };
        struct http_request begin = { .method = "POST" };
        if (registry_do(rd->registry, "blobs/uploads/", &begin, &begun, e) < 0)
                return -1;
        if (begun.status != 202 || !*begun.location)
                return registry_refused(rd->registry, what, &begun, e);
        struct http_request send = {
                .method = "PATCH", .upload = true, .upload_fd = fd, .upload_size = d->size, .content_type = "application/octet-stream"
        };
        if (registry_do(rd->registry, begun.location, &send, &sent, e) < 0)
                return -1;
        if ((sent.status != 202 && sent.status != 204) || !*sent.location)
                return registry_refused(rd->registry, what, &sent, e);
        AUTO_FREE char *url = format("%s%sdigest=%s", sent.location, strchr(sent.location, '?') ? "&" : "?", d->digest.text);
        struct http_request end = { .method = "PUT" };
        if (registry_do(rd->registry, url, &end, &ended, e) < 0)
                return -1;
        return ended.status == 201 || ended.status == 204 ? 0 : registry_refused(rd->registry, what, &ended, e);
}

static int put_manifest(struct dest *dest, const struct descriptor *d, const struct bytes *text, bool root, struct err *e)
{
        struct registry_dest *rd = (struct registry_dest *)dest;
        AUTO_FREE char *path = format("manifests/%s", root && rd->ref->tag ? rd->ref->tag : d->digest.text);
        AUTO_FREE char *what = format("the manifest of %.200s", rd->ref->name);
        AUTO_REPLY struct http_reply reply = { 0 };
        struct http_request q = { .method = "PUT", .body = text->data, .body_len = text->len, .content_type = d->media_type };
        if (registry_do(rd->registry, path, &q, &reply, e) < 0)
                return -1;
        return reply.status == 201 || reply.status == 200 ? 0 : registry_refused(rd->registry, what, &reply, e);
}

static int finish(struct dest *dest, struct err *e)
{
        return 0;
}

static void close_dest(struct dest *dest)
{
        registry_close(((struct registry_dest *)dest)->registry);
        free(dest);
}

struct dest *registry_dest(const struct ref *ref, const struct http_options *o, struct err *e)
{
        static const struct dest_ops ops = { put_blob, put_manifest, finish, close_dest };
        struct registry *registry = registry_open(ref, true, o, e);
        if (!registry)
                return NULL;
        struct registry_dest *rd = calloc(1, sizeof *rd);
        if (!rd)
                abort();
        *rd = (struct registry_dest){ .dest = { .ops = &ops }, .ref = ref, .registry = registry };
        return &rd->dest;
}
