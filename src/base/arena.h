/*
 * Memory that is handed out in one direction and taken back all at once. The address range is reserved at the
 * start, so that blocks never move; the kernel gives pages when they are touched.
 */
#pragma once
#include "base/types.h"

struct arena {
        u8 *base;
        size_t used, size;
};

/* Reserve `size` bytes (rounded up to pages). Ends the process when the kernel has none. */
void arena_init(struct arena *a, size_t size);
void arena_free(struct arena *a);

/* A block aligned to 16 bytes; zeroes before the first arena_release, afterwards undefined. Running out is a failed check. */
void *arena_alloc(struct arena *a, size_t size);
void *arena_zalloc(struct arena *a, size_t size);

/* Bytes still to be had. */
size_t arena_left(const struct arena *a);

/* Take back all that was handed out after the mark (0: everything). Pages stay for the next use. */
static inline size_t arena_mark(const struct arena *a)
{
        return a->used;
}

static inline void arena_release(struct arena *a, size_t mark)
{
        a->used = mark;
}

/* Anonymous zeroed pages outside any arena; never fails (ends the process by die()). */
void *pages_alloc(size_t size);
void pages_free(void *p, size_t size);
