#include "audit/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"

static int put(int fd, const u8 *p, size_t len, u64 at, struct err *e)
{
        return write_sparse(fd, p, len, at) < 0 ? err_set(e, 2, "cannot be kept in the scratch folder: %s", strerror(errno)) : 0;
}

/* From memory into a file. The new descriptor, or -1 and *e. */
static int move_to_file(const struct spool *s, int memory, u64 size, struct err *e)
{
        AUTO_CLOSE int from = memory;
        int fd = open(s->scratch, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
        u8 block[16384];
        if (fd < 0)
                return err_set(e, 2, "cannot be kept in the scratch folder %s: %s", s->scratch, strerror(errno));
        for (u64 at = 0; at < size;) {
                ssize_t n = pread(from, block, sizeof block, (off_t)at);
                if (n == 0) /* the rest is a hole */
                        break;
                if (n < 0)
                        err_set(e, 2, "cannot be kept in memory: %s", strerror(errno));
                if (n < 0 || put(fd, block, (size_t)n, at, e) < 0) {
                        close(fd);
                        return -1;
                }
                at += (u64)n;
        }
        return fd;
}

int spool_stream(struct spool *s, struct stream *from, struct spooled *out, struct err *e)
{
        u64 size = 0;
        const u8 *p;
        size_t len;
        int r;
        bool memory = true;
        *out = (struct spooled){ .fd = memfd_create("spool", MFD_CLOEXEC) };
        if (out->fd < 0)
                return err_set(e, 2, "cannot be kept in memory: %s", strerror(errno));
        while ((r = stream_next(from, &p, &len, e)) > 0) {
                if (memory && size + len > s->memory_left) {
                        if (!s->scratch) {
                                close(out->fd);
                                return 1;
                        }
                        memory = false;
                        out->fd = move_to_file(s, out->fd, size, e);
                        if (out->fd < 0)
                                return -1;
                }
                if (put(out->fd, p, len, size, e) < 0) {
                        r = -1;
                        break;
                }
                size += len;
        }
        if (r < 0 || ftruncate(out->fd, (off_t)size) < 0) {
                if (r >= 0)
                        err_set(e, 2, "cannot be kept in the scratch folder: %s", strerror(errno));
                close(out->fd);
                return -1;
        }
        out->memory = memory ? size : 0;
        s->memory_left -= out->memory;
        out->volume = volume_of_fd(out->fd, size);
        return 0;
}

void spool_end(struct spool *s, struct spooled *out)
{
        volume_close(out->volume);
        close(out->fd);
        s->memory_left += out->memory;
}
