/* oci-archive:FILE, a layout in a tar; docker-archive:FILE, what `docker load` takes. */
#include "image/dest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"
#include "image/hash.h"
#include "image/json.h"
#include "image/layer.h"
#include "image/scratch.h"
#include "image/tar_out.h"

struct archive_dest {
        struct dest dest;
        const struct ref *ref;
        struct tar_out *tar;
        struct digest *written; /* an archive must not have a member twice */
        size_t count;
        struct descriptor root;
        json_t *layers; /* names of its members, in order */
};

static bool is_new(struct archive_dest *ad, const struct digest *d)
{
        for (size_t i = 0; i < ad->count; i++)
                if (digest_equal(&ad->written[i], d))
                        return false;
        ad->written = grow(ad->written, ad->count, sizeof *ad->written);
        ad->written[ad->count++] = *d;
        return true;
}

static char *blob_name(const struct digest *d)
{
        return format("blobs/%s/%s", digest_algorithm(d), digest_hex(d));
}

static int oci_blob(struct dest *dest, const struct descriptor *d, int fd, struct err *e)
{
        struct archive_dest *ad = (struct archive_dest *)dest;
        AUTO_FREE char *name = blob_name(&d->digest);
        return is_new(ad, &d->digest) ? tar_out_file(ad->tar, name, fd, d->size, e) : 0;
}

static int oci_manifest(struct dest *dest, const struct descriptor *d, const struct bytes *text, bool root, struct err *e)
{
        struct archive_dest *ad = (struct archive_dest *)dest;
        AUTO_FREE char *name = blob_name(&d->digest);
        if (root)
                ad->root = descriptor_copy(d);
        return is_new(ad, &d->digest) ? tar_out_text(ad->tar, name, text->data, text->len, e) : 0;
}

static int oci_finish(struct dest *dest, struct err *e)
{
        static const char layout[] = "{\"imageLayoutVersion\":\"1.0.0\"}";
        struct archive_dest *ad = (struct archive_dest *)dest;
        json_t *entry = json_pack(
                "{s:s, s:s, s:I}", "mediaType", ad->root.media_type, "digest", ad->root.digest.text, "size", (json_int_t)ad->root.size);
        if (ad->ref->tag)
                json_object_set_new(entry, "annotations", json_pack("{s:s}", REF_NAME, ad->ref->tag));
        AUTO_JSON json_t *index = json_pack("{s:i, s:s, s:[o]}", "schemaVersion", 2, "mediaType", TYPE_OCI_INDEX, "manifests", entry);
        AUTO_BYTES struct bytes text = json_bytes(index);
        if (tar_out_text(ad->tar, "index.json", text.data, text.len, e) < 0 ||
                tar_out_text(ad->tar, "oci-layout", layout, sizeof layout - 1, e) < 0)
                return -1;
        return tar_out_finish(ad->tar, e);
}

/* A docker archive has layers uncompressed, and a tar wants the size before the content: by way of a file without a name. */
static int docker_layer(struct archive_dest *ad, const struct descriptor *d, int fd, struct err *e)
{
        AUTO_CLOSE int plain = scratch_file_open(e);
        u64 left = INT64_MAX, size = 0;
        const void *data;
        size_t len;
        int state = -1;
        struct digest diff_id;
        struct layer *l = plain < 0 || lseek(fd, 0, SEEK_SET) < 0 ? NULL : layer_open(fd, d->digest.text, &left, e);
        while (l && (state = layer_raw(l, &data, &len, e)) == 1) {
                if (write(plain, data, len) != (ssize_t)len) {
                        state = err_set(
                                e, 126, "cannot write a temporary file: %s; TMPDIR may name another folder for it", strerror(errno));
                        break;
                }
                size += len;
        }
        if (state == 0)
                state = layer_finish(l, &diff_id, e);
        layer_close(l);
        if (state < 0)
                return -1;
        AUTO_FREE char *name = format("%s.tar", digest_hex(&diff_id));
        json_array_append_new(ad->layers, json_string(name));
        return is_new(ad, &diff_id) ? tar_out_file(ad->tar, name, plain, size, e) : 0;
}

static int docker_blob(struct dest *dest, const struct descriptor *d, int fd, struct err *e)
{
        struct archive_dest *ad = (struct archive_dest *)dest;
        if (!strstr(d->media_type, "config") && !strstr(d->media_type, "container.image"))
                return docker_layer(ad, d, fd, e);
        AUTO_FREE char *name = format("%s.json", digest_hex(&d->digest));
        ad->root.digest = d->digest;
        return tar_out_file(ad->tar, name, fd, d->size, e);
}

static int docker_manifest(struct dest *dest, const struct descriptor *d, const struct bytes *text, bool root, struct err *e)
{
        return 0; /* it has one of its own, made at the end */
}

static int docker_finish(struct dest *dest, struct err *e)
{
        struct archive_dest *ad = (struct archive_dest *)dest;
        AUTO_FREE char *config = format("%s.json", digest_hex(&ad->root.digest));
        json_t *tags = json_array();
        struct ref tag = { 0 };
        struct err ignored;
        if (ad->ref->tag && ref_parse(ad->ref->tag, &tag, &ignored) == 0)
                json_array_append_new(tags, json_string(tag.name));
        ref_free(&tag);
        AUTO_JSON json_t *list = json_pack("[{s:s, s:o, s:O}]", "Config", config, "RepoTags", tags, "Layers", ad->layers);
        AUTO_BYTES struct bytes text = json_bytes(list);
        return tar_out_text(ad->tar, "manifest.json", text.data, text.len, e) < 0 ? -1 : tar_out_finish(ad->tar, e);
}

static void close_dest(struct dest *dest)
{
        struct archive_dest *ad = (struct archive_dest *)dest;
        tar_out_close(ad->tar);
        free(ad->written);
        descriptor_free(&ad->root);
        json_decref(ad->layers);
        free(ad);
}

static struct dest *make(const struct ref *ref, const struct dest_ops *ops, bool one_image, struct err *e)
{
        struct tar_out *tar = tar_out_open(ref->path, e);
        if (!tar)
                return NULL;
        struct archive_dest *ad = calloc(1, sizeof *ad);
        if (!ad)
                abort();
        *ad = (struct archive_dest){ .dest = { .ops = ops, .one_image = one_image }, .ref = ref, .tar = tar, .layers = json_array() };
        return &ad->dest;
}

struct dest *oci_archive_dest(const struct ref *ref, struct err *e)
{
        static const struct dest_ops ops = { oci_blob, oci_manifest, oci_finish, close_dest };
        return make(ref, &ops, false, e);
}

struct dest *docker_archive_dest(const struct ref *ref, struct err *e)
{
        static const struct dest_ops ops = { docker_blob, docker_manifest, docker_finish, close_dest };
        return make(ref, &ops, true, e);
}
