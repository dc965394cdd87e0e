#include "image/source.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/util.h"
#include "image/hash.h"

/* The writer's file is one in memory here; its checks are the same. */
int source_small(struct source *s, const struct descriptor *d, struct bytes *out, struct err *e)
{
        if (d->size > MANIFEST_MAX)
                return err_set(
                        e, 126, "the blob %s of %.200s is too large for what it should be: %lu bytes", d->digest.text, s->name, d->size);
        AUTO_CLOSE int fd = memfd_create("blob", MFD_CLOEXEC);
        struct layout memory = { .dir = "memory", .fd = -1 };
        struct blob_writer w = { .layout = &memory, .want = *d, .hash = hash_new(digest_algorithm(&d->digest)), .fd = fd };
        int bad = s->ops->blob(s, &w, e);
        if (!bad && w.done != d->size)
                bad = err_set(e, 126, "the blob %s of %.200s is cut off", d->digest.text, s->name);
        struct digest got = hash_end(w.hash);
        if (!bad && !digest_equal(&got, &d->digest))
                bad = err_set(
                        e, 126, "the blob %s of %.150s came with the wrong content: its digest is %s", d->digest.text, s->name, got.text);
        char piece[8192];
        lseek(fd, 0, SEEK_SET);
        for (ssize_t n; !bad && (n = read(fd, piece, sizeof piece)) > 0;)
                bytes_add(out, piece, (size_t)n);
        return bad;
}
