/*
 * What the store need not keep: blobs and trees that no name and no container leads to, halves of downloads, and trees that were half made
 * or half removed. Pulling a newer image under a name leaves the older one so.
 */
#pragma once
#include "base/types.h"
#include "base/err.h"
#include "image/store.h"

struct garbage {
        u64 bytes;
        u32 blobs, trees;
        u32 in_use; /* trees that programs run in just now, or that are being made: they stay */
};

/* Count it, and with `remove` remove it, for which the caller holds the store alone. 0, or -1 and *e. */
int garbage_collect(const struct store *s, bool remove, struct garbage *g, struct err *e);

/* Take an image's name away, of all platforms or of one. 0, or -1 and *e: code 127 when there is no such name. */
int garbage_unname(const struct store *s, const char *name, const struct platform *only, struct err *e);

/* Remove what was written in a container. 0, or -1 and *e. */
int garbage_container(const struct store *s, const char *name, u64 *bytes, struct err *e);
