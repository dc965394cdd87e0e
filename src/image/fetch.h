/* Blobs into a layout by a few threads at once; the caller can work on the first while the others are on their way. */
#pragma once
#include "base/types.h"
#include "base/err.h"
#include "image/source.h"

struct fetch;

struct fetch_watch {
        /* Bytes that have come, of all: called from any thread, one at a time. May be NULL. */
        void (*progress)(void *arg, u64 done, u64 total);
        void *arg;
};

/* `blobs` has to stay as it is until fetch_end(). */
struct fetch *fetch_start(
        struct source *s, const struct layout *l, const struct descriptor *blobs, size_t count, const struct fetch_watch *w);

/* Wait until blob `i` is in its place. */
int fetch_wait(struct fetch *f, size_t i, struct err *e);

/* Stop what still runs and free it. */
void fetch_end(struct fetch *f);

/* One blob, now. */
int fetch_blob(struct source *s, const struct layout *l, const struct descriptor *d, struct err *e);
