#include "image/layout.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"
#include "image/hash.h"

static char *partial_path(const struct descriptor *d)
{
        return format("partial/%s", digest_hex(&d->digest));
}

static int cannot_write(const struct blob_writer *w, int why, struct err *e)
{
        const char *next =
                why == ENOSPC || why == EDQUOT ? "; make room there, what has come is kept and the next attempt goes on from it" : "";
        return err_set(e, 126, "cannot write the blob %.19s into %s: %s%s", w->want.digest.text, w->layout->dir, strerror(why),
                w->named ? next : "");
}

/* What an interrupted attempt left is hashed again: it is only as good as its bytes. */
static int take_up(struct blob_writer *w)
{
        static const size_t size = 1 << 18;
        AUTO_FREE char *buf = malloc(size);
        if (!buf)
                abort();
        for (ssize_t n; (n = read(w->fd, buf, size)) != 0;) {
                if (n < 0)
                        return -1;
                hash_add(w->hash, buf, (size_t)n);
                w->done += (u64)n;
        }
        return 0;
}

/* A file under partial/, locked: whoever else wants the same blob waits, and then finds it in place. */
static int open_partial(struct blob_writer *w, struct err *e)
{
        AUTO_FREE char *path = partial_path(&w->want);
        for (;;) {
                struct stat named, held;
                w->fd = openat(w->layout->fd, path, O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0644);
                if (w->fd < 0 || flock(w->fd, LOCK_EX) < 0)
                        return cannot_write(w, errno, e);
                if (layout_has(w->layout, &w->want)) {
                        unlinkat(w->layout->fd, path, 0);
                        return 1;
                }
                if (fstatat(w->layout->fd, path, &named, 0) == 0 && fstat(w->fd, &held) == 0 && named.st_ino == held.st_ino)
                        break; /* else it was thrown away while we waited */
                close(w->fd);
        }
        w->named = true;
        return take_up(w) < 0 ? cannot_write(w, errno, e) : 0;
}

int blob_begin(const struct layout *l, const struct descriptor *want, struct blob_writer *w, struct err *e)
{
        *w = (struct blob_writer){ .layout = l, .want = *want, .fd = -1 };
        if (layout_has(l, want))
                return 1;
        AUTO_FREE char *folder = format("blobs/%s", digest_algorithm(&want->digest));
        if ((mkdirat(l->fd, folder, 0755) < 0 && errno != EEXIST) || (l->resume && mkdirat(l->fd, "partial", 0755) < 0 && errno != EEXIST))
                return cannot_write(w, errno, e);
        w->hash = hash_new(digest_algorithm(&want->digest));
        int state;
        if (l->resume) {
                state = open_partial(w, e);
        } else { /* a file without a name: when we end, it is gone */
                w->fd = openat(l->fd, folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0644);
                state = w->fd < 0 ? cannot_write(w, errno, e) : 0;
        }
        if (state)
                blob_stop(w);
        else if (w->done > want->size)
                state = blob_restart(w, e);
        return state;
}

int blob_add(struct blob_writer *w, const void *data, size_t len, struct err *e)
{
        if (len > w->want.size - w->done)
                return err_set(
                        e, 126, "the blob %.19s is longer than the %lu bytes that its manifest says", w->want.digest.text, w->want.size);
        for (size_t at = 0; at < len;) {
                ssize_t n = write(w->fd, (const char *)data + at, len - at);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return cannot_write(w, errno, e);
                /* Each written piece is counted at once, so that a later failure knows where it stands. */
                hash_add(w->hash, (const char *)data + at, (size_t)n);
                at += (size_t)n;
                w->done += (u64)n;
        }
        if (w->progress && !w->progress(w->arg, w->done))
                return err_set(e, 126, "the blob %.19s was not waited for", w->want.digest.text);
        return 0;
}

int blob_restart(struct blob_writer *w, struct err *e)
{
        if (ftruncate(w->fd, 0) < 0 || lseek(w->fd, 0, SEEK_SET) < 0)
                return cannot_write(w, errno, e);
        hash_drop(w->hash);
        w->hash = hash_new(digest_algorithm(&w->want.digest));
        w->done = 0;
        return 0;
}

static int put_in_place(struct blob_writer *w)
{
        AUTO_FREE char *path = format("blobs/%s/%s", digest_algorithm(&w->want.digest), digest_hex(&w->want.digest));
        AUTO_FREE char *partial = partial_path(&w->want);
        if (w->named)
                return renameat(w->layout->fd, partial, w->layout->fd, path);
        struct fd_path nameless = fd_path(w->fd);
        if (linkat(AT_FDCWD, nameless.text, w->layout->fd, path, AT_SYMLINK_FOLLOW) == 0)
                return 0;
        if (errno == EEXIST && !layout_has(w->layout, &w->want)) { /* a damaged one was there */
                unlinkat(w->layout->fd, path, 0);
                return linkat(AT_FDCWD, nameless.text, w->layout->fd, path, AT_SYMLINK_FOLLOW);
        }
        return errno == EEXIST ? 0 : -1;
}

int blob_end(struct blob_writer *w, struct err *e)
{
        int bad = 0;
        if (w->done != w->want.size) {
                bad = err_set(e, 126, "the blob %.19s is cut off: %lu bytes came of the %lu that its manifest says", w->want.digest.text,
                        w->done, w->want.size);
                blob_stop(w);
                return bad;
        }
        struct digest got = hash_end(w->hash);
        w->hash = NULL;
        if (!digest_equal(&got, &w->want.digest)) {
                AUTO_FREE char *partial = partial_path(&w->want);
                if (w->named)
                        unlinkat(w->layout->fd, partial, 0);
                bad = err_set(e, 126, "the blob %s came with the wrong content: its digest is %s; it was thrown away", w->want.digest.text,
                        got.text);
        } else if (put_in_place(w) < 0) {
                bad = cannot_write(w, errno, e);
        }
        blob_stop(w);
        return bad;
}

void blob_stop(struct blob_writer *w)
{
        if (w->fd >= 0)
                close(w->fd);
        hash_drop(w->hash);
        w->fd = -1;
        w->hash = NULL;
}

int layout_put(const struct layout *l, const void *data, size_t len, struct descriptor *d, struct err *e)
{
        d->digest = hash_of(data, len);
        d->size = len;
        struct blob_writer w;
        int state = blob_begin(l, d, &w, e);
        if (state)
                return state < 0 ? -1 : 0;
        if ((w.done && blob_restart(&w, e) < 0) || blob_add(&w, data, len, e) < 0) {
                blob_stop(&w);
                return -1;
        }
        return blob_end(&w, e);
}
