#include "fs/volume.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int volume_read(struct volume *v, u64 at, void *to, size_t len, struct err *e)
{
        if (at > v->size || len > v->size - at)
                return err_set(e, 1, "it is cut off: %zu bytes at %lu lie behind its end at %lu", len, at, v->size);
        return len ? v->read(v, at, to, len, e) : 0;
}

size_t volume_peek(struct volume *v, u64 at, void *to, size_t len)
{
        struct err e;
        size_t there = at >= v->size ? 0 : v->size - at < len ? (size_t)(v->size - at) : len;
        return there && v->read(v, at, to, there, &e) == 0 ? there : 0;
}

void volume_close(struct volume *v)
{
        if (v)
                v->close(v);
}

static void *make(const void *what, size_t size)
{
        void *v = malloc(size);
        if (!v)
                abort();
        return memcpy(v, what, size);
}

static void close_plain(struct volume *v)
{
        free(v);
}

/* ---- a file ---- */

struct file {
        struct volume volume;
        int fd;
};

static int read_file(struct volume *v, u64 at, void *to, size_t len, struct err *e)
{
        for (size_t done = 0; done < len;) {
                ssize_t n = pread(((struct file *)v)->fd, (char *)to + done, len - done, (off_t)(at + done));
                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0)
                        return err_set(e, 1, "it cannot be read: %s", n ? strerror(errno) : "it became shorter");
                done += (size_t)n;
        }
        return 0;
}

struct volume *volume_of_fd(int fd, u64 size)
{
        struct file f = { .volume = { .read = read_file, .close = close_plain, .size = size }, .fd = fd };
        return make(&f, sizeof f);
}

/* ---- a part ---- */

struct part {
        struct volume volume, *whole;
        u64 start;
};

static int read_part(struct volume *v, u64 at, void *to, size_t len, struct err *e)
{
        struct part *p = (struct part *)v;
        return volume_read(p->whole, p->start + at, to, len, e);
}

struct volume *volume_part(struct volume *whole, u64 at, u64 size)
{
        u64 there = at < whole->size ? whole->size - at : 0;
        struct part p = {
                .volume = { .read = read_part, .close = close_plain, .size = size < there ? size : there }, .whole = whole, .start = at
        };
        return make(&p, sizeof p);
}
