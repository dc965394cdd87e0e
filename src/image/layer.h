/* A layer's bytes on their way: decompressed, counted, hashed, and read as a tar by libarchive. One pass, nothing kept in memory. */
#pragma once
#include "base/types.h"
#include "base/err.h"
#include "image/digest.h"

#include <archive.h>
#include <archive_entry.h>

struct layer;

/*
 * Read the blob open at fd (gzip, zstd or plain; the fd stays the caller's). `left` is what may still be unpacked of the whole image, in
 * bytes; it is lowered. `name` is for messages. NULL and *e.
 */
struct layer *layer_open(int fd, const char *name, u64 *left, struct err *e);

/* The next entry: 1, 0 at the end, -1 and *e. */
int layer_next(struct layer *l, struct archive_entry **entry, struct err *e);

/* The next block of the entry's data, which lies at *offset of the file: 1, 0 at the end, -1 and *e. */
int layer_block(struct layer *l, const void **data, size_t *len, u64 *offset, struct err *e);

/* The raw tar instead of its entries: its next piece. 1, 0 at the end, -1 and *e. */
int layer_raw(struct layer *l, const void **data, size_t *len, struct err *e);

/* Read to the end of the blob; *diff_id is then the digest of the uncompressed tar. */
int layer_finish(struct layer *l, struct digest *diff_id, struct err *e);
void layer_close(struct layer *l);
