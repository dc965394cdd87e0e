#include "image/dest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"
#include "image/layout.h"

enum { PIECE = 1 << 18 };

struct layout_dest {
        struct dest dest;
        const struct ref *ref;
        struct layout layout;
        struct descriptor root;
};

static int put_blob(struct dest *dest, const struct descriptor *d, int fd, struct err *e)
{
        struct layout_dest *ld = (struct layout_dest *)dest;
        struct blob_writer w;
        int state = blob_begin(&ld->layout, d, &w, e);
        if (state)
                return state < 0 ? -1 : 0;
        AUTO_FREE char *piece = malloc(PIECE);
        if (!piece)
                abort();
        for (ssize_t n; (n = pread(fd, piece, PIECE, (off_t)w.done)) != 0;) {
                int bad = n < 0 ? err_set(e, 126, "cannot read the blob %s: %s", d->digest.text, strerror(errno))
                                : blob_add(&w, piece, (size_t)n, e);
                if (bad) {
                        blob_stop(&w);
                        return -1;
                }
        }
        return blob_end(&w, e);
}

static int put_manifest(struct dest *dest, const struct descriptor *d, const struct bytes *text, bool root, struct err *e)
{
        struct layout_dest *ld = (struct layout_dest *)dest;
        struct descriptor got = { 0 };
        if (root)
                ld->root = descriptor_copy(d);
        return layout_put(&ld->layout, text->data, text->len, &got, e);
}

static int finish(struct dest *dest, struct err *e)
{
        struct layout_dest *ld = (struct layout_dest *)dest;
        struct descriptor named = ld->root;
        named.ref_name = ld->ref->tag;
        return layout_name(&ld->layout, &named, e);
}

static void close_dest(struct dest *dest)
{
        struct layout_dest *ld = (struct layout_dest *)dest;
        layout_close(&ld->layout);
        descriptor_free(&ld->root);
        free(ld);
}

struct dest *layout_dest(const struct ref *ref, struct err *e)
{
        static const struct dest_ops ops = { put_blob, put_manifest, finish, close_dest };
        struct layout_dest *ld = calloc(1, sizeof *ld);
        if (!ld)
                abort();
        ld->dest.ops = &ops;
        ld->ref = ref;
        if (layout_open(ref->path, true, &ld->layout, e) == 0)
                return &ld->dest;
        free(ld);
        return NULL;
}
