#include "audit/stream.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit/unpack.h"
#include "fs/volume.h"

enum { FIRST_BLOCK = 16 << 10, FILE_BLOCK = 256 << 10 };

static const u8 zeros[64 << 10];

static void own_at_least(struct stream *s, size_t cap)
{
        if (s->own_cap >= cap)
                return;
        s->own = realloc(s->own, cap);
        if (!s->own)
                abort();
        s->own_cap = cap;
}

static int spend(struct stream *s, size_t len, struct err *e)
{
        if (!s->budget)
                return 1;
        if (s->budget->bytes >= len) {
                s->budget->bytes -= len;
                return 1;
        }
        s->budget->spent = true;
        return err_set(e, 2, "unpacks to too much; not read any further (an archive bomb?)");
}

/* The first block is small: of most files only the head is looked at. */
static int more_of_volume(struct stream *s, struct err *e)
{
        u64 rest = s->volume->size > s->next ? s->volume->size - s->next : 0, want = s->own_cap ? FILE_BLOCK : FIRST_BLOCK;
        size_t len = (size_t)(rest < want ? rest : want);
        if (!len)
                return 0;
        own_at_least(s, len == rest ? len : (size_t)want);
        if (volume_read(s->volume, s->next, s->own, len, e) < 0)
                return -1;
        s->next += len;
        s->at = s->own;
        s->left = len;
        return spend(s, len, e);
}

static int more_of_pipe(struct stream *s, struct err *e)
{
        own_at_least(s, FILE_BLOCK);
        for (;;) {
                ssize_t n = read(s->pipe, s->own, FILE_BLOCK);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return err_set(e, 2, "cannot be read: %s", strerror(errno));
                if (n == 0)
                        return 0;
                s->at = s->own;
                s->left = (size_t)n;
                return 1;
        }
}

static int more_of_unpacker(struct stream *s, struct err *e)
{
        own_at_least(s, FILE_BLOCK);
        i64 n = unpack_read(s->unpacker, s->own, FILE_BLOCK, e);
        if (n <= 0)
                return (int)n;
        s->at = s->own;
        s->left = (size_t)n;
        return spend(s, s->left, e);
}

/* The reason may be that the archive around it is damaged, which has said so. */
static int damaged(struct archive *a, struct err *e)
{
        static const char known[] = "is damaged: ";
        const char *why = archive_error_string(a);
        bool said = why && !strncmp(why, known, sizeof known - 1);
        return err_set(e, 2, "%s%s", said ? "" : known, why ? why : "no reason given");
}

static int next_block(struct stream *s, struct err *e)
{
        const void *p;
        size_t len;
        la_int64_t offset;
        int r = archive_read_data_block(s->archive, &p, &len, &offset);
        if (r == ARCHIVE_EOF)
                return 0;
        if (r < ARCHIVE_WARN)
                return damaged(s->archive, e);
        s->pending = p;
        s->pending_len = len;
        s->hole = (u64)offset > s->produced ? (u64)offset - s->produced : 0;
        return 1;
}

static int more_of_member(struct stream *s, struct err *e)
{
        while (!s->hole && !s->pending_len) {
                int r = next_block(s, e);
                if (r <= 0)
                        return r;
        }
        if (s->hole) {
                s->at = zeros;
                s->left = s->hole < sizeof zeros ? s->hole : sizeof zeros;
                s->hole -= s->left;
                s->produced += s->left;
                return spend(s, s->left, e);
        } else {
                s->at = s->pending;
                s->left = s->pending_len;
                s->pending_len = 0;
        }
        s->produced += s->left;
        return s->unpacks ? spend(s, s->left, e) : 1;
}

void stream_of_volume(struct stream *s, struct volume *v, struct budget *b)
{
        *s = (struct stream){ .more = more_of_volume, .volume = v, .budget = b };
}

void stream_of_file(struct stream *s, int fd, u64 size, _Atomic u64 *progress)
{
        struct volume *v = volume_of_fd(fd, size);
        *s = (struct stream){ .more = more_of_volume, .volume = v, .made = v, .progress = progress };
}

void stream_of_pipe(struct stream *s, int fd, _Atomic u64 *progress)
{
        *s = (struct stream){ .more = more_of_pipe, .pipe = fd, .progress = progress };
}

void stream_of_unpacker(struct stream *s, struct unpacker *u, struct budget *b)
{
        *s = (struct stream){ .more = more_of_unpacker, .unpacker = u, .budget = b };
}

void stream_of_member(struct stream *s, struct archive *a, struct budget *b, bool unpacks)
{
        *s = (struct stream){ .more = more_of_member, .archive = a, .budget = b, .unpacks = unpacks };
}

void stream_end(struct stream *s)
{
        free(s->own);
        volume_close(s->made);
        s->own = NULL;
        s->made = NULL;
}

/* 1 when there is something at `at`. */
static int fill(struct stream *s, struct err *e)
{
        if (s->left)
                return 1;
        if (s->end)
                return 0;
        int r = s->failed ? err_set(e, 2, "could not be read any further") : s->more(s, e);
        s->failed |= r < 0;
        s->end |= r == 0;
        if (r > 0)
                s->taken = 0; /* at the end the last piece is still there */
        return r;
}

/* Put what is left of the block and the following ones into one piece. */
static i64 join(struct stream *s, size_t want, struct err *e)
{
        u8 *piece = malloc(want);
        size_t n = 0;
        int r = 1;
        if (!piece)
                abort();
        while (n < want && (r = fill(s, e)) > 0) {
                size_t k = s->left < want - n ? s->left : want - n;
                memcpy(piece + n, s->at, k);
                s->at += k;
                s->left -= k;
                n += k;
        }
        if (r < 0) {
                free(piece);
                return -1;
        }
        /* What follows in the current block comes behind the piece: both into our own memory. */
        u8 *whole = malloc(n + s->left + FILE_BLOCK);
        if (!whole)
                abort();
        memcpy(whole, piece, n);
        if (s->left)
                memcpy(whole + n, s->at, s->left);
        free(piece);
        free(s->own);
        s->own = whole;
        s->own_cap = n + s->left + FILE_BLOCK;
        s->at = whole;
        s->left += n;
        return (i64)n;
}

i64 stream_peek(struct stream *s, size_t want, const u8 **p, struct err *e)
{
        int r = fill(s, e);
        if (r < 0)
                return -1;
        if (s->left < want && !s->end && join(s, want, e) < 0)
                return -1;
        *p = s->at;
        return (i64)(s->left < want ? s->left : want);
}

static void take(struct stream *s, size_t len)
{
        s->at += len;
        s->left -= len;
        s->pos += len;
        if (s->progress)
                *s->progress += len;
}

int stream_next(struct stream *s, const u8 **p, size_t *len, struct err *e)
{
        int r = fill(s, e);
        if (r <= 0)
                return r;
        *p = s->at;
        *len = s->taken = s->left;
        take(s, s->left);
        return 1;
}

bool stream_give_back(struct stream *s, u64 len)
{
        if (s->left || len > s->taken)
                return false;
        s->at -= len;
        s->left = (size_t)len;
        s->pos -= len;
        s->taken = 0;
        if (s->progress)
                *s->progress -= len;
        return true;
}

bool stream_skip_zeros(struct stream *s)
{
        const u8 *p;
        size_t len;
        struct err e;
        while (stream_next(s, &p, &len, &e) > 0)
                for (size_t i = 0; i < len; i++)
                        if (p[i])
                                return stream_give_back(s, len - i);
        return false;
}

void stream_seek(struct stream *s, u64 to)
{
        s->next = s->pos = to;
        s->left = s->taken = 0;
        s->end = false;
}

int stream_skip(struct stream *s, u64 len, struct err *e)
{
        if (s->volume && len > s->left && len <= s->volume->size - s->pos) {
                stream_seek(s, s->pos + len);
                return 1;
        }
        while (len) {
                int r = fill(s, e);
                if (r <= 0)
                        return r;
                size_t k = s->left < len ? s->left : (size_t)len;
                take(s, k);
                len -= k;
        }
        return 1;
}

bool stream_drain(struct stream *s)
{
        struct err e;
        const u8 *p;
        size_t len;
        if (!s->archive) {
                while (stream_next(s, &p, &len, &e) > 0)
                        ;
                return !s->failed;
        }
        while (!s->end && !s->failed && next_block(s, &e) > 0) {
                s->produced += s->hole + s->pending_len;
                if (s->unpacks && spend(s, s->pending_len, &e) < 0)
                        return false;
        }
        return true;
}

char *stream_rest(struct stream *s, size_t max, size_t *len, bool *cut, struct err *e)
{
        char *out = NULL;
        size_t n = 0, cap = 0, k;
        const u8 *p;
        int r;
        *cut = false;
        while ((r = stream_next(s, &p, &k, e)) > 0 && !*cut) {
                if (k > max - n) {
                        k = max - n;
                        *cut = true;
                }
                if (n + k + 1 > cap) {
                        cap = (n + k + 1) * 2 < max + 1 ? (n + k + 1) * 2 : max + 1;
                        out = realloc(out, cap);
                        if (!out)
                                abort();
                }
                memcpy(out + n, p, k);
                n += k;
        }
        if (r < 0) {
                free(out);
                return NULL;
        }
        if (!out && !(out = malloc(1)))
                abort();
        out[n] = 0;
        *len = n;
        return out;
}
