#include "image/tar_out.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"

enum { PIECE = 1 << 18 };

struct tar_out {
        struct archive *a;
        char *path, *temp; /* temp is NULL once it is renamed, or when the file has no name */
        int fd;
};

static int failed(struct tar_out *t, struct err *e)
{
        return err_set(e, 126, "cannot write the archive %s: %s", t->path,
                archive_error_string(t->a) ? archive_error_string(t->a) : strerror(errno));
}

struct tar_out *tar_out_open(const char *path, struct err *e)
{
        struct tar_out *t = calloc(1, sizeof *t);
        if (!t)
                abort();
        *t = (struct tar_out){ .a = archive_write_new(), .path = format("%s", path), .temp = format("%s.%d.new", path, getpid()) };
        if (!t->a)
                abort();
        t->fd = open(t->temp, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644);
        if (t->fd < 0) {
                err_set(e, 126, "cannot make the archive %s: %s", path, strerror(errno));
                free(t->temp);
                t->temp = NULL;
        } else if (archive_write_set_format_pax_restricted(t->a) == ARCHIVE_OK && archive_write_open_fd(t->a, t->fd) == ARCHIVE_OK) {
                return t;
        } else {
                failed(t, e);
        }
        tar_out_close(t);
        return NULL;
}

static int put_header(struct tar_out *t, const char *name, u64 size, struct err *e)
{
        struct archive_entry *entry = archive_entry_new();
        archive_entry_set_pathname(entry, name);
        archive_entry_set_filetype(entry, AE_IFREG);
        archive_entry_set_perm(entry, 0644);
        archive_entry_set_size(entry, (la_int64_t)size);
        int state = archive_write_header(t->a, entry);
        archive_entry_free(entry);
        return state == ARCHIVE_OK ? 0 : failed(t, e);
}

int tar_out_text(struct tar_out *t, const char *name, const void *data, size_t len, struct err *e)
{
        if (put_header(t, name, len, e) < 0)
                return -1;
        return archive_write_data(t->a, data, len) == (la_ssize_t)len ? 0 : failed(t, e);
}

int tar_out_file(struct tar_out *t, const char *name, int fd, u64 size, struct err *e)
{
        AUTO_FREE char *piece = malloc(PIECE);
        if (!piece)
                abort();
        if (put_header(t, name, size, e) < 0)
                return -1;
        for (u64 done = 0; done < size;) {
                ssize_t n = pread(fd, piece, size - done < PIECE ? (size_t)(size - done) : PIECE, (off_t)done);
                if (n <= 0)
                        return err_set(
                                e, 126, "cannot read %s for the archive %s: %s", name, t->path, n ? strerror(errno) : "it is cut off");
                if (archive_write_data(t->a, piece, (size_t)n) != (la_ssize_t)n)
                        return failed(t, e);
                done += (u64)n;
        }
        return 0;
}

int tar_out_finish(struct tar_out *t, struct err *e)
{
        if (archive_write_close(t->a) != ARCHIVE_OK || fsync(t->fd) < 0)
                return failed(t, e);
        if (rename(t->temp, t->path) < 0)
                return err_set(e, 126, "cannot put the archive %s in its place: %s", t->path, strerror(errno));
        free(t->temp);
        t->temp = NULL;
        return 0;
}

void tar_out_close(struct tar_out *t)
{
        archive_write_free(t->a);
        if (t->fd >= 0)
                close(t->fd);
        if (t->temp)
                unlink(t->temp);
        free(t->temp);
        free(t->path);
        free(t);
}
