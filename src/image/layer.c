#include "image/layer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "image/hash.h"

enum { BLOCK = 1 << 18 };

struct layer {
        struct archive *unpack; /* the decompressor: libarchive's raw format */
        struct archive *tar;    /* reads what comes out of it; NULL until it is asked for */
        struct hash *hash;
        char *name;
        u64 *left;
        bool bomb, ended;
};

static int damaged(struct layer *l, struct archive *a, struct err *e)
{
        const char *why = archive_error_string(a);
        if (l->bomb)
                return err_set(e, 126,
                        "the layer %s unpacks to more than is allowed, as a decompression bomb would; --max-size raises the limit",
                        l->name);
        if (archive_error_string(l->unpack) && a == l->tar)
                why = archive_error_string(l->unpack);
        return err_set(e, 126, "the layer %s is damaged: %s", l->name, why ? why : "it is no tar archive");
}

int layer_raw(struct layer *l, const void **data, size_t *len, struct err *e)
{
        la_int64_t offset;
        *len = 0;
        if (l->ended)
                return 0;
        int state = archive_read_data_block(l->unpack, data, len, &offset);
        if (state == ARCHIVE_EOF) {
                l->ended = true;
                return 0;
        }
        if (state < ARCHIVE_WARN)
                return damaged(l, l->unpack, e);
        if (*len > *l->left) {
                l->bomb = true;
                return damaged(l, l->unpack, e);
        }
        *l->left -= *len;
        hash_add(l->hash, *data, *len);
        return 1;
}

static la_ssize_t feed_tar(struct archive *a, void *arg, const void **data)
{
        struct layer *l = arg;
        struct err ignored;
        size_t len = 0;
        int state = 1;
        while (state == 1 && !len)
                state = layer_raw(l, data, &len, &ignored);
        if (state >= 0)
                return (la_ssize_t)len;
        archive_set_error(a, EIO, "%s", archive_error_string(l->unpack) ? archive_error_string(l->unpack) : "too large");
        return -1;
}

struct layer *layer_open(int fd, const char *name, u64 *left, struct err *e)
{
        struct layer *l = calloc(1, sizeof *l);
        struct archive_entry *entry;
        if (!l)
                abort();
        *l = (struct layer){ .unpack = archive_read_new(), .hash = hash_new("sha256"), .name = format("%s", name), .left = left };
        if (!l->unpack)
                abort();
        /* Only these: others are not in the specification, and some of libarchive's start programs. */
        archive_read_support_filter_gzip(l->unpack);
        archive_read_support_filter_zstd(l->unpack);
        archive_read_support_format_raw(l->unpack);
        archive_read_support_format_empty(l->unpack);
        if (archive_read_open_fd(l->unpack, fd, BLOCK) == ARCHIVE_OK) {
                int state = archive_read_next_header(l->unpack, &entry);
                l->ended = state == ARCHIVE_EOF;
                if (state >= ARCHIVE_WARN || l->ended)
                        return l;
        }
        damaged(l, l->unpack, e);
        layer_close(l);
        return NULL;
}

static int open_tar(struct layer *l, struct err *e)
{
        l->tar = archive_read_new();
        if (!l->tar)
                abort();
        archive_read_support_format_tar(l->tar);
        archive_read_support_format_empty(l->tar);
        return archive_read_open(l->tar, l, NULL, feed_tar, NULL) == ARCHIVE_OK ? 0 : damaged(l, l->tar, e);
}

int layer_next(struct layer *l, struct archive_entry **entry, struct err *e)
{
        if (!l->tar && open_tar(l, e) < 0)
                return -1;
        int state = archive_read_next_header(l->tar, entry);
        if (state == ARCHIVE_EOF)
                return 0;
        return state < ARCHIVE_WARN ? damaged(l, l->tar, e) : 1;
}

int layer_block(struct layer *l, const void **data, size_t *len, u64 *offset, struct err *e)
{
        la_int64_t at;
        int state = archive_read_data_block(l->tar, data, len, &at);
        if (state == ARCHIVE_EOF)
                return 0;
        *offset = (u64)at;
        return state < ARCHIVE_WARN || at < 0 ? damaged(l, l->tar, e) : 1;
}

int layer_finish(struct layer *l, struct digest *diff_id, struct err *e)
{
        const void *data;
        size_t len;
        int state;
        while ((state = layer_raw(l, &data, &len, e)) == 1)
                ;
        if (state < 0)
                return -1;
        *diff_id = hash_end(l->hash);
        l->hash = NULL;
        return 0;
}

void layer_close(struct layer *l)
{
        if (!l)
                return;
        archive_read_free(l->tar);
        archive_read_free(l->unpack);
        hash_drop(l->hash);
        free(l->name);
        free(l);
}
