/*
 * xz and zstd by their own libraries. libarchive, which unpacks the rest, reads on behind the end of these two and takes what it finds
 * there for damage; in an initramfs that is where the next archive is.
 */
#pragma once
#include "base/err.h"
#include "base/types.h"

struct stream;
struct unpacker;

/* What `from` goes on with, NULL when it is neither of the two. `from` has to stay. */
struct unpacker *unpack_open(struct stream *from);
void unpack_close(struct unpacker *u);

/*
 * Up to `cap` unpacked bytes; 0 at the end: frames behind each other, with zeros between those of xz, are one. `from` is then at the first
 * byte behind them. -1 and *e when it is damaged, cut off, or wants more than 1 GiB of memory.
 */
i64 unpack_read(struct unpacker *u, u8 *to, size_t cap, struct err *e);
