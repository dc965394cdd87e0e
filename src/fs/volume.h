/*
 * Bytes that can be read at any place: of a file, of a part of one, of a disk image's disk, of a file inside of a file system. All readers
 * of file systems work on these, so that any of them can lie in any other.
 */
#pragma once
#include "base/err.h"
#include "base/types.h"

struct volume {
        /* Exactly `len` bytes, which lie inside; 0, or -1 and *e. */
        int (*read)(struct volume *v, u64 at, void *to, size_t len, struct err *e);
        void (*close)(struct volume *v);
        u64 size; /* bytes */
};

/* A file; the descriptor stays the caller's. Never NULL. */
struct volume *volume_of_fd(int fd, u64 size);

/* `size` bytes from `at` on, less when `whole` ends before. It stays open, and has to. Never NULL. */
struct volume *volume_part(struct volume *whole, u64 at, u64 size);

void volume_close(struct volume *v);

/* Exactly `len` bytes; beyond the end is an error. 0, or -1 and *e. */
int volume_read(struct volume *v, u64 at, void *to, size_t len, struct err *e);

/* As many of `len` bytes as there are; 0 when they cannot be read. */
size_t volume_peek(struct volume *v, u64 at, void *to, size_t len);
