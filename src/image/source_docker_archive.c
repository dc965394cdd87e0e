/*
 * docker-archive:FILE, what `docker save` and `podman save` write: a tar with manifest.json, the configs and the layers under any names.
 * The manifest that a registry would have is made here; configs and layers keep their bytes, so the image id stays the same.
 */
#include "image/source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "image/config.h"
#include "image/hash.h"
#include "image/json.h"
#include "image/member.h"

enum { PIECE = 1 << 18, CONFIG_MAX = MANIFEST_MAX };

struct docker_source {
        struct source source;
        const struct ref *ref;
        struct bytes config, manifest;
        struct digest config_digest;
        char **layers; /* member names */
        struct descriptor *blobs;
        size_t count;
};

/* The entry of manifest.json that has the tag; the only one when none is asked for. */
static json_t *find_image(json_t *list, const struct ref *ref, struct err *e)
{
        if (!ref->tag && json_array_size(list) == 1)
                return json_array_get(list, 0);
        for (size_t i = 0; ref->tag && i < json_array_size(list); i++) {
                char **tags = json_texts(json_array_get(list, i), "RepoTags");
                bool found = false;
                for (char **t = tags; t && *t; t++) {
                        struct ref a, b;
                        struct err ignored;
                        bool readable = ref_parse(*t, &a, &ignored) == 0;
                        bool same = readable && ref_parse(ref->tag, &b, &ignored) == 0;
                        found |= !strcmp(*t, ref->tag) || (same && !strcmp(a.name, b.name));
                        if (readable)
                                ref_free(&a);
                        if (same)
                                ref_free(&b);
                }
                texts_free(tags);
                if (found)
                        return json_array_get(list, i);
        }
        if (!ref->tag)
                err_set(e, 126, "%s has %zu images; say which: docker-archive:%s:NAME:TAG", ref->path, json_array_size(list), ref->path);
        else
                err_set(e, 127, "%s has no image named %s", ref->path, ref->tag);
        return NULL;
}

/* A layer's digest is taken from its bytes: what the config says of it is checked when it is unpacked. */
static int measure(struct docker_source *ds, const char *name, struct descriptor *d, struct err *e)
{
        AUTO_FREE char *piece = malloc(PIECE);
        struct member *m = member_open(ds->ref->path, name, e);
        struct hash *h = hash_new("sha256");
        u8 head[4] = { 0 };
        i64 n = -1;
        if (!piece)
                abort();
        while (m && (n = member_read(m, piece, PIECE, e)) > 0) {
                if (!d->size)
                        memcpy(head, piece, n < 4 ? (size_t)n : 4);
                hash_add(h, piece, (size_t)n);
                d->size += (u64)n;
        }
        member_close(m);
        d->digest = hash_end(h);
        bool gzip = head[0] == 0x1f && head[1] == 0x8b, zstd = head[0] == 0x28 && head[1] == 0xb5;
        d->media_type = format(TYPE_OCI_LAYER "%s", gzip ? "+gzip" : zstd ? "+zstd" : "");
        return n < 0 ? -1 : 0;
}

static json_t *descriptor_json(const char *type, const struct digest *d, u64 size)
{
        return json_pack("{s:s, s:s, s:I}", "mediaType", type, "digest", d->text, "size", (json_int_t)size);
}

static int make_manifest(struct docker_source *ds, struct err *e)
{
        AUTO_JSON json_t *m = json_pack("{s:i, s:s}", "schemaVersion", 2, "mediaType", TYPE_OCI_MANIFEST);
        json_t *layers = json_array();
        ds->config_digest = hash_of(ds->config.data, ds->config.len);
        json_object_set_new(m, "config", descriptor_json(TYPE_OCI_CONFIG, &ds->config_digest, ds->config.len));
        json_object_set_new(m, "layers", layers);
        while (ds->layers[ds->count])
                ds->count++;
        ds->blobs = calloc(ds->count + 1, sizeof *ds->blobs);
        if (!ds->blobs)
                abort();
        for (size_t i = 0; i < ds->count; i++) {
                struct descriptor *d = &ds->blobs[i];
                if (measure(ds, ds->layers[i], d, e) < 0)
                        return -1;
                json_array_append_new(layers, descriptor_json(d->media_type, &d->digest, d->size));
        }
        ds->manifest = json_bytes(m);
        return 0;
}

static int load(struct docker_source *ds, struct err *e)
{
        AUTO_BYTES struct bytes text = { 0 };
        json_error_t why;
        if (member_load(ds->ref->path, "manifest.json", MANIFEST_MAX, &text, e) < 0) {
                if (e->code == 127 && strstr(e->text, "no member"))
                        err_set(e, 126, "%s is no docker archive: it has no file manifest.json; for an OCI archive write oci-archive:%s",
                                ds->ref->path, ds->ref->path);
                return -1;
        }
        AUTO_JSON json_t *list = json_loadb(text.data ? text.data : "", text.len, JSON_REJECT_DUPLICATES, &why);
        if (!json_is_array(list))
                return err_set(e, 126, "manifest.json of %s is damaged: %s", ds->ref->path, list ? "it is no list" : why.text);
        json_t *image = find_image(list, ds->ref, e);
        if (!image)
                return -1;
        ds->layers = json_texts(image, "Layers");
        if (!ds->layers || !*json_text(image, "Config"))
                return err_set(e, 126, "manifest.json of %s is damaged: an image has no Config or no Layers", ds->ref->path);
        if (member_load(ds->ref->path, json_text(image, "Config"), CONFIG_MAX, &ds->config, e) < 0)
                return -1;
        return make_manifest(ds, e);
}

static int get_manifest(struct source *s, const struct descriptor *which, struct bytes *out, char type[128], struct err *e)
{
        struct docker_source *ds = (struct docker_source *)s;
        if (which)
                return err_set(e, 126, "%s has no manifest %s", s->name, which->digest.text);
        bytes_add(out, ds->manifest.data, ds->manifest.len);
        strcpy(type, TYPE_OCI_MANIFEST);
        return 0;
}

static int get_blob(struct source *s, struct blob_writer *w, struct err *e)
{
        struct docker_source *ds = (struct docker_source *)s;
        if (digest_equal(&w->want.digest, &ds->config_digest))
                return w->done && blob_restart(w, e) < 0 ? -1 : blob_add(w, ds->config.data, ds->config.len, e);
        for (size_t i = 0; i < ds->count; i++)
                if (digest_equal(&w->want.digest, &ds->blobs[i].digest))
                        return member_to_blob(ds->ref->path, ds->layers[i], w, e);
        return err_set(e, 126, "%s has no blob %s", s->name, w->want.digest.text);
}

static void close_source(struct source *s)
{
        struct docker_source *ds = (struct docker_source *)s;
        for (size_t i = 0; i < ds->count; i++)
                descriptor_free(&ds->blobs[i]);
        free(ds->blobs);
        texts_free(ds->layers);
        bytes_free(&ds->config);
        bytes_free(&ds->manifest);
        free(ds);
}

struct source *docker_archive_source(const struct ref *ref, struct err *e)
{
        static const struct source_ops ops = { get_manifest, get_blob, close_source };
        struct docker_source *ds = calloc(1, sizeof *ds);
        if (!ds)
                abort();
        ds->source = (struct source){ &ops, ref->name };
        ds->ref = ref;
        if (load(ds, e) == 0)
                return &ds->source;
        close_source(&ds->source);
        return NULL;
}
