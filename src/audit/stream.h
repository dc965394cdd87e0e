/*
 * Bytes on their way, once and forwards: of a file, or of a member of an archive that is itself being read. Nothing is unpacked to disk,
 * and no more is kept than what was peeked at.
 */
#pragma once
#include "base/types.h"
#include "base/err.h"

struct archive;
struct unpacker;
struct volume;

/* What one target may still cost. Shared by all streams of the target. */
struct budget {
        u64 bytes;   /* that may still come out of archives */
        u64 entries; /* members that may still be looked at */
        bool spent;  /* one of them ran out */
};

struct stream {
        int (*more)(struct stream *s, struct err *e); /* sets at and left; 1, 0 at the end, -1 and *e */
        const u8 *at;
        size_t left;
        size_t taken; /* of the block by stream_next(), in front of `at` + `left` */
        u64 pos;      /* of `at` in the stream */
        u8 *own;      /* memory of this stream: a file's buffer, or what was peeked over a block's border */
        size_t own_cap;
        bool end, failed;
        _Atomic u64 *progress; /* of what comes from outside: counts what is taken; else NULL */
        struct budget *budget; /* of what is unpacked; NULL: it costs nothing */
        /* What can be read at any place; else NULL: */
        struct volume *volume;
        struct volume *made; /* to be closed with the stream */
        u64 next;            /* the place behind the block */
        int pipe;
        struct unpacker *unpacker;
        /* Of a member: */
        struct archive *archive;
        bool unpacks;
        u64 hole;          /* zeros that come before the pending block */
        const u8 *pending; /* the block behind the hole */
        size_t pending_len;
        u64 produced;
};

/* The descriptors, the volume and the unpacker stay the caller's. progress may be NULL. */
void stream_of_file(struct stream *s, int fd, u64 size, _Atomic u64 *progress);
void stream_of_volume(struct stream *s, struct volume *v, struct budget *b);
void stream_of_pipe(struct stream *s, int fd, _Atomic u64 *progress);
void stream_of_unpacker(struct stream *s, struct unpacker *u, struct budget *b);
/* unpacks: its bytes cost, too, not only the holes in it, as they do not when the archive around it was paid for. */
void stream_of_member(struct stream *s, struct archive *a, struct budget *b, bool unpacks);
void stream_end(struct stream *s);

/* At least `want` bytes in one piece, less only at the end. Nothing is taken. The piece lives until the next call. -1 and *e, else its
 * length. */
i64 stream_peek(struct stream *s, size_t want, const u8 **p, struct err *e);

/* Take the next piece, of any length. 1, 0 at the end, -1 and *e. */
int stream_next(struct stream *s, const u8 **p, size_t *len, struct err *e);

/* Take `len` bytes away unread. 1, 0 when the stream ends before, -1 and *e. */
int stream_skip(struct stream *s, u64 len, struct err *e);

/* Go on at any place of what has a volume. */
void stream_seek(struct stream *s, u64 to);

/* Give back the last `len` bytes of the piece that stream_next() gave last. False when they are not there any more. */
bool stream_give_back(struct stream *s, u64 len);

/* To the first byte that is not zero; false when there is none. */
bool stream_skip_zeros(struct stream *s);

/* Read it to its end and throw it away: a member within the budget, where holes cost nothing. False when the budget ran out or it broke
 * off. */
bool stream_drain(struct stream *s);

/* The rest, up to max bytes, into memory (NUL-terminated, malloced); NULL and *e. `cut` tells that there was more. */
char *stream_rest(struct stream *s, size_t max, size_t *len, bool *cut, struct err *e);
