/* oci:FOLDER and oci-archive:FILE: the same files, in a folder or in a tar. */
#include "image/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"
#include "image/hash.h"
#include "image/json.h"
#include "image/member.h"

enum { PIECE = 1 << 18 };

struct layout_source {
        struct source source;
        const struct ref *ref;
        struct layout layout; /* of a folder */
};

static bool in_folder(const struct layout_source *ls)
{
        return ls->ref->kind == REF_LAYOUT;
}

static int load_index(struct layout_source *ls, struct bytes *out, struct err *e)
{
        if (!in_folder(ls))
                return member_load(ls->ref->path, "index.json", MANIFEST_MAX, out, e);
        AUTO_FREE char *text = read_text(ls->layout.fd, "index.json", MANIFEST_MAX);
        if (!text)
                return err_set(e, 126, "cannot read index.json of %s: %s", ls->ref->path, strerror(errno));
        bytes_add(out, text, strlen(text));
        return 0;
}

static bool wanted(const json_t *entry, const char *name)
{
        const json_t *notes = json_object_get(entry, "annotations");
        return !name || !strcmp(json_text(notes, REF_NAME), name) || !strcmp(json_text(notes, "io.containerd.image.name"), name);
}

/*
 * The entries of index.json that have the name. One entry is the image or index itself; several, which is one name for each platform, make
 * an index of their own.
 */
static int pick(struct layout_source *ls, json_t *index, struct descriptor *only, struct err *e)
{
        const char *name = ls->ref->tag;
        json_t *list = json_object_get(index, "manifests");
        for (size_t i = json_array_size(list); i-- > 0;)
                if (!wanted(json_array_get(list, i), name))
                        json_array_remove(list, i);
        AUTO_BYTES struct bytes left = json_bytes(index);
        AUTO_MANIFEST struct manifest m = { 0 };
        AUTO_FREE char *what = format("the file index.json of %s", ls->ref->path);
        if (manifest_parse(left.data, left.len, TYPE_OCI_INDEX, what, &m, e) < 0)
                return -1;
        if (!m.count)
                return err_set(e, 127, "%s has no image%s%s", ls->ref->path, name ? " named " : "", name ? name : "");
        if (m.count == 1)
                *only = descriptor_copy(&m.items[0]);
        return (int)(m.count > 1);
}

static int small_blob(struct layout_source *ls, const struct descriptor *d, struct bytes *out, struct err *e)
{
        if (in_folder(ls)) {
                AUTO_CLOSE int fd = layout_blob(&ls->layout, d, e);
                char piece[4096];
                for (ssize_t n; fd >= 0 && (n = read(fd, piece, sizeof piece)) > 0;)
                        bytes_add(out, piece, (size_t)n);
                return fd < 0 ? -1 : 0;
        }
        AUTO_FREE char *path = format("blobs/%s/%s", digest_algorithm(&d->digest), digest_hex(&d->digest));
        return member_load(ls->ref->path, path, MANIFEST_MAX, out, e);
}

static int get_manifest(struct source *s, const struct descriptor *which, struct bytes *out, char type[128], struct err *e)
{
        struct layout_source *ls = (struct layout_source *)s;
        struct descriptor d = { 0 };
        int state = 0;
        strcpy(type, "");
        if (which) {
                d = descriptor_copy(which);
        } else {
                AUTO_BYTES struct bytes text = { 0 };
                if (load_index(ls, &text, e) < 0)
                        return -1;
                AUTO_JSON json_t *index = json_object_of(text.data, text.len, "the file index.json", e);
                state = index ? pick(ls, index, &d, e) : -1;
                if (state == 1) { /* when all of it is meant, its bytes stay, and so its digest */
                        *out = ls->ref->tag ? json_bytes(index) : text;
                        text = ls->ref->tag ? text : (struct bytes){ 0 };
                        strcpy(type, TYPE_OCI_INDEX);
                }
        }
        if (state == 0 && d.size > MANIFEST_MAX)
                state = err_set(e, 126, "the manifest %s of %s is too large: %lu bytes", d.digest.text, s->name, d.size);
        if (state == 0 && (state = small_blob(ls, &d, out, e)) == 0) {
                struct hash *h = hash_new(digest_algorithm(&d.digest));
                hash_add(h, out->data, out->len);
                struct digest got = hash_end(h);
                if (!digest_equal(&got, &d.digest))
                        state = err_set(e, 126, "the manifest %s of %s is damaged: its digest is %s", d.digest.text, s->name, got.text);
                else if (strlen(d.media_type) < 128)
                        strcpy(type, d.media_type);
        }
        descriptor_free(&d);
        return state < 0 ? -1 : 0;
}

static int feed_folder(struct layout_source *ls, struct blob_writer *w, struct err *e)
{
        AUTO_FREE char *piece = malloc(PIECE);
        AUTO_CLOSE int fd = layout_blob(&ls->layout, &w->want, e);
        if (!piece)
                abort();
        if (fd < 0)
                return -1;
        for (ssize_t n; (n = pread(fd, piece, PIECE, (off_t)w->done)) != 0;) {
                if (n < 0)
                        return err_set(e, 126, "cannot read the blob %s of %s: %s", w->want.digest.text, ls->ref->path, strerror(errno));
                if (blob_add(w, piece, (size_t)n, e) < 0)
                        return -1;
        }
        return 0;
}

static int get_blob(struct source *s, struct blob_writer *w, struct err *e)
{
        struct layout_source *ls = (struct layout_source *)s;
        if (in_folder(ls))
                return feed_folder(ls, w, e);
        AUTO_FREE char *path = format("blobs/%s/%s", digest_algorithm(&w->want.digest), digest_hex(&w->want.digest));
        return member_to_blob(ls->ref->path, path, w, e);
}

static void close_source(struct source *s)
{
        layout_close(&((struct layout_source *)s)->layout);
        free(s);
}

static struct source *make(const struct ref *ref, const struct layout *l)
{
        static const struct source_ops ops = { get_manifest, get_blob, close_source };
        struct layout_source *ls = calloc(1, sizeof *ls);
        if (!ls)
                abort();
        *ls = (struct layout_source){ .source = { &ops, ref->name }, .ref = ref, .layout = *l };
        return &ls->source;
}

struct source *layout_source(const struct ref *ref, struct err *e)
{
        struct layout l;
        return layout_open(ref->path, false, &l, e) < 0 ? NULL : make(ref, &l);
}

struct source *oci_archive_source(const struct ref *ref, struct err *e)
{
        struct member *m = member_open(ref->path, "oci-layout", e);
        if (!m) {
                if (e->code == 127 && access(ref->path, F_OK) == 0)
                        err_set(e, 126, "%s is no OCI archive: it has no file oci-layout; for one of `docker save` write docker-archive:%s",
                                ref->path, ref->path);
                return NULL;
        }
        member_close(m);
        struct layout none = { .fd = -1 };
        return make(ref, &none);
}
