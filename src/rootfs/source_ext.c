#include "rootfs/source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"
#include "fs/ext.h"

enum { BLOCK = 1 << 18 };

struct source_ext {
        int fd;
        struct volume *file, *part;
        struct ext *fs;
        struct sink *sink;
        char *name, *buffer;
        u64 files;
};

struct source_ext *source_ext_open(const char *path, u64 offset, struct err *e)
{
        struct source_ext *x = calloc(1, sizeof *x);
        if (!x || !(x->buffer = malloc(BLOCK)))
                abort();
        x->name = format("%s", path);
        x->fd = open(path, O_RDONLY | O_CLOEXEC);
        off_t end = x->fd < 0 ? -1 : lseek(x->fd, 0, SEEK_END); /* of a disk, too */
        if (end < 0) {
                err_set(e, 1, "cannot open %s: %s", path, strerror(errno));
        } else {
                x->file = volume_of_fd(x->fd, (u64)end);
                x->part = volume_part(x->file, offset, (u64)end);
                x->fs = ext_open(x->part, path, e);
        }
        if (x->fs)
                return x;
        source_ext_close(x);
        return NULL;
}

void source_ext_close(struct source_ext *x)
{
        if (x->fs)
                ext_close(x->fs);
        volume_close(x->part);
        volume_close(x->file);
        if (x->fd >= 0)
                close(x->fd);
        free(x->name);
        free(x->buffer);
        free(x);
}

static int copy_content(struct source_ext *x, struct volume *content, struct err *e)
{
        for (u64 at = 0; at < content->size;) {
                size_t piece = content->size - at < BLOCK ? (size_t)(content->size - at) : BLOCK;
                if (volume_read(content, at, x->buffer, piece, e) < 0 || sink_data(x->sink, x->buffer, piece, e) < 0)
                        return -1;
                at += piece;
        }
        return 0;
}

static int copy_entry(void *arg, struct archive_entry *entry, struct volume *content, struct err *e)
{
        struct source_ext *x = arg;
        job_tell(x->sink->job, "unpacking", ++x->files, ext_entries(x->fs), archive_entry_pathname(entry));
        int take = sink_entry(x->sink, entry, e);
        if (take < 0 || (take && content && copy_content(x, content, e) < 0))
                return -1;
        return sink_end_entry(x->sink, e);
}

int source_ext_copy(struct source_ext *x, struct sink *s, struct err *e)
{
        x->sink = s;
        return ext_walk(x->fs, &(struct fs_visitor){ .entry = copy_entry, .arg = x, .name = x->name }, e);
}
