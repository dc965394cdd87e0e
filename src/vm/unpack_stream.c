#include "vm/unpack_stream.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>
#include <string.h>

#include "base/out.h"

static int refuse_damaged(struct archive *a, struct err *e)
{
        const char *why = archive_error_string(a);
        return err_set(e, 2, "its compressed data is damaged or cut (%s)", why ? why : "it ends too early");
}

static int read_blocks(struct archive *a, u64 max, int (*take)(void *to, const u8 *piece, size_t len), void *to, struct err *e)
{
        u64 total = 0;
        for (;;) {
                const void *piece;
                size_t len;
                la_int64_t at;
                int status = archive_read_data_block(a, &piece, &len, &at);
                if (status == ARCHIVE_EOF)
                        return 0;
                if (status != ARCHIVE_OK)
                        return refuse_damaged(a, e);
                total += len;
                if (total > max)
                        return err_set(e, 2, "it unpacks to more than %llu MiB", (unsigned long long)max >> 20);
                int stop = take(to, piece, len);
                if (stop)
                        return stop;
        }
}

int unpack_stream(const u8 *data, size_t len, u64 max, int (*take)(void *to, const u8 *piece, size_t len), void *to, struct err *e)
{
        struct archive *a = archive_read_new();
        check(a);
        archive_read_support_filter_gzip(a);
        archive_read_support_filter_xz(a);
        archive_read_support_filter_lzma(a);
        archive_read_support_filter_zstd(a);
        archive_read_support_filter_lz4(a);
        archive_read_support_filter_bzip2(a);
        archive_read_support_format_raw(a);
        struct archive_entry *entry;
        int status = archive_read_open_memory(a, data, len) != ARCHIVE_OK || archive_read_next_header(a, &entry) != ARCHIVE_OK
                             ? refuse_damaged(a, e)
                             : read_blocks(a, max, take, to, e);
        archive_read_free(a);
        return status;
}

struct block {
        u8 *data;
        size_t len, room;
};

static int add(void *to, const u8 *piece, size_t len)
{
        struct block *b = to;
        if (b->len + len > b->room) {
                b->room = (b->len + len) * 2;
                b->data = realloc(b->data, b->room);
                check(b->data);
        }
        memcpy(b->data + b->len, piece, len);
        b->len += len;
        return 0;
}

int unpack_whole(const u8 *data, size_t len, u64 max, u8 **plain, size_t *plain_len, struct err *e)
{
        struct block b = { 0 };
        if (unpack_stream(data, len, max, add, &b, e) < 0) {
                free(b.data);
                return -1;
        }
        *plain = b.data;
        *plain_len = b.len;
        return 0;
}
