/* libarchive as this folder uses it: one compressed stream in memory (gzip, xz, zstd, lz4, bzip2, lzma), no archive formats, no helper
 * programs. */
#pragma once
#include "base/err.h"
#include "base/types.h"

/*
 * Unpack `data` and give the plain bytes to take() piece by piece, until it returns non-zero or the stream ends. 0; or what take()
 * returned; or -1 and *e (code 2): damaged, cut, or more than `max` bytes.
 */
int unpack_stream(const u8 *data, size_t len, u64 max, int (*take)(void *to, const u8 *piece, size_t len), void *to, struct err *e);

/* The same into one malloced block. */
int unpack_whole(const u8 *data, size_t len, u64 max, u8 **plain, size_t *plain_len, struct err *e);
