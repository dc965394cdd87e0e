#include "rootfs/source.h"

#include <stdlib.h>

#include "base/util.h"

enum { BLOCK = 1 << 17 };

static int damaged(const struct sink *s, struct archive *a, struct err *e)
{
        return err_set(e, 1, "cannot read %s: %s", s->name, archive_error_string(a) ? archive_error_string(a) : "it is damaged");
}

static int copy_data(struct sink *s, struct archive *a, char *buffer, struct err *e)
{
        for (;;) {
                la_ssize_t n = archive_read_data(a, buffer, BLOCK);
                if (n == 0)
                        return 0;
                if (n < 0)
                        return damaged(s, a, e);
                if (sink_data(s, buffer, (size_t)n, e) < 0)
                        return -1;
        }
}

static int copy_all(struct sink *s, struct archive *a, u64 total, struct err *e)
{
        AUTO_FREE char *buffer = malloc(BLOCK);
        struct archive_entry *entry;
        int state, count = 0;
        if (!buffer)
                return err_set(e, 1, "out of memory");
        while ((state = archive_read_next_header(a, &entry)) == ARCHIVE_OK || state == ARCHIVE_WARN) {
                count++;
                int take = sink_entry(s, entry, e);
                if (take < 0 || (take && copy_data(s, a, buffer, e) < 0) || sink_end_entry(s, e) < 0)
                        return -1;
                job_tell(s->job, "unpacking", (u64)archive_filter_bytes(a, -1), total, archive_entry_pathname(entry));
        }
        if (state != ARCHIVE_EOF)
                return damaged(s, a, e);
        return count ? 0 : err_set(e, 1, "cannot read %s: it is an archive with nothing in it", s->name);
}

struct archive *source_reader(void)
{
        struct archive *a = archive_read_new();
        if (!a)
                abort();
        archive_read_support_filter_gzip(a);
        archive_read_support_filter_bzip2(a);
        archive_read_support_filter_xz(a);
        archive_read_support_filter_zstd(a);
        archive_read_support_filter_lz4(a);
        archive_read_support_format_tar(a);
        return a;
}

int source_tar(struct sink *s, int fd, u64 total, struct err *e)
{
        struct archive *a = source_reader();
        int bad = archive_read_open_fd(a, fd, BLOCK) == ARCHIVE_OK ? copy_all(s, a, total, e) : damaged(s, a, e);
        archive_read_free(a);
        return bad;
}
