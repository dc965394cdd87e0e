#include "audit/unpack.h"

#include <lzma.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "audit/stream.h"

enum { MAGIC_MAX = 6, MEMORY_MAX = 1 << 30 };

struct piece {
        u8 *at;
        size_t left;
};

struct codec {
        /* Whether a frame begins here. */
        bool (*starts)(const u8 *head, size_t len);
        bool zeros_between;
        /* The state is in memory of zeros; true when it can begin a frame. */
        bool (*begin)(struct unpacker *u);
        /* Move both ends on. 1 at the end of a frame, 0, -1 and *e. */
        int (*step)(struct unpacker *u, struct piece *out, struct err *e);
        void (*end)(struct unpacker *u);
};

struct unpacker {
        const struct codec *codec;
        struct stream *from;
        const u8 *in; /* of the piece that was taken last */
        size_t in_left;
        bool ended;
        struct err why; /* its code is 0 as long as nothing failed */
        lzma_stream xz;
        ZSTD_DStream *zstd;
};

/* ---- xz ---- */

static bool xz_starts(const u8 *head, size_t len)
{
        return len >= 6 && !memcmp(head, "\xfd\x37zXZ\0", 6);
}

static bool xz_begin(struct unpacker *u)
{
        return lzma_stream_decoder(&u->xz, MEMORY_MAX, 0) == LZMA_OK;
}

static int xz_step(struct unpacker *u, struct piece *out, struct err *e)
{
        u->xz.next_in = u->in;
        u->xz.avail_in = u->in_left;
        u->xz.next_out = out->at;
        u->xz.avail_out = out->left;
        lzma_ret r = lzma_code(&u->xz, LZMA_RUN);
        u->in = u->xz.next_in;
        u->in_left = u->xz.avail_in;
        *out = (struct piece){ u->xz.next_out, u->xz.avail_out };
        if (r == LZMA_OK || r == LZMA_BUF_ERROR)
                return 0;
        if (r == LZMA_STREAM_END)
                return 1;
        return err_set(e, 2, "%s",
                r == LZMA_MEMLIMIT_ERROR ? "needs more than 1 GiB of memory to be unpacked"
                                         : "is damaged: what xz packed there makes no sense");
}

static void xz_end(struct unpacker *u)
{
        lzma_end(&u->xz);
}

/* ---- zstd ---- */

/* Frames, and such as are to be skipped: pzstd writes these in front. */
static bool zstd_starts(const u8 *head, size_t len)
{
        return len >= 4 && (!memcmp(head, "\x28\xb5\x2f\xfd", 4) || (head[0] >> 4 == 5 && !memcmp(head + 1, "\x2a\x4d\x18", 3)));
}

static bool zstd_begin(struct unpacker *u)
{
        return (u->zstd || (u->zstd = ZSTD_createDStream())) && !ZSTD_isError(ZSTD_initDStream(u->zstd));
}

static int zstd_step(struct unpacker *u, struct piece *out, struct err *e)
{
        ZSTD_inBuffer in = { u->in, u->in_left, 0 };
        ZSTD_outBuffer to = { out->at, out->left, 0 };
        size_t r = ZSTD_decompressStream(u->zstd, &to, &in);
        u->in += in.pos;
        u->in_left -= in.pos;
        *out = (struct piece){ out->at + to.pos, out->left - to.pos };
        if (ZSTD_isError(r))
                return err_set(e, 2, "is damaged: what zstd packed there makes no sense (%s)", ZSTD_getErrorName(r));
        return r == 0;
}

static void zstd_end(struct unpacker *u)
{
        ZSTD_freeDStream(u->zstd);
}

static const struct codec codecs[] = {
        { xz_starts, true, xz_begin, xz_step, xz_end },
        { zstd_starts, false, zstd_begin, zstd_step, zstd_end },
};

/* ---- both ---- */

static bool frame_comes(struct stream *from, const struct codec *codec)
{
        struct err e;
        const u8 *head;
        i64 len = stream_peek(from, MAGIC_MAX, &head, &e);
        return len > 0 && codec->starts(head, (size_t)len);
}

struct unpacker *unpack_open(struct stream *from)
{
        const struct codec *codec = NULL;
        for (size_t i = 0; i < ARRAY_LEN(codecs) && !codec; i++)
                if (frame_comes(from, &codecs[i]))
                        codec = &codecs[i];
        if (!codec)
                return NULL;
        struct unpacker *u = calloc(1, sizeof *u);
        if (!u)
                abort();
        *u = (struct unpacker){ .codec = codec, .from = from, .xz = LZMA_STREAM_INIT };
        if (!codec->begin(u))
                abort();
        return u;
}

void unpack_close(struct unpacker *u)
{
        u->codec->end(u);
        free(u);
}

/* At the end of a frame: what was not used goes back, and if another frame follows it goes on. */
static void next_frame(struct unpacker *u)
{
        u->ended = !stream_give_back(u->from, u->in_left);
        u->in_left = 0;
        if (!u->ended && u->codec->zeros_between)
                stream_skip_zeros(u->from);
        u->ended = u->ended || !frame_comes(u->from, u->codec);
        if (!u->ended && !u->codec->begin(u))
                abort();
}

static int step(struct unpacker *u, struct piece *out, struct err *e)
{
        int r = u->in_left ? 1 : stream_next(u->from, &u->in, &u->in_left, e);
        if (r == 0)
                return err_set(e, 2, "is damaged: it is cut off");
        if (r > 0)
                r = u->codec->step(u, out, e);
        if (r > 0)
                next_frame(u);
        return r;
}

i64 unpack_read(struct unpacker *u, u8 *to, size_t cap, struct err *e)
{
        struct piece out = { to, cap };
        while (out.left && !u->ended && !u->why.code)
                step(u, &out, &u->why);
        /* What came before the damage is good. */
        if (out.left < cap || !u->why.code)
                return (i64)(cap - out.left);
        *e = u->why;
        return -1;
}
