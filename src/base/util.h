/* Small helpers of the hosted programs: cleanup attributes, files below a root, strings. */
#pragma once
#include "base/types.h"

#include <stdlib.h>
#include <sys/types.h>

/* unused: some variables are there only to be closed. */
#define AUTO_CLOSE __attribute__((cleanup(close_fd_var), unused))
#define AUTO_FREE  __attribute__((cleanup(free_var)))

void close_fd_var(int *fd);

static inline void free_var(void *p)
{
        free(*(void **)p);
}

/* openat2 with RESOLVE_IN_ROOT: `path` as a program inside `root_fd` would see it. -1 with errno. */
int root_open(int root_fd, const char *path, int flags, mode_t mode);

/* mkdir -p of `path` below root_fd. 0 or -1 with errno. */
int root_mkdirs(int root_fd, const char *path, mode_t mode);

/* asprintf that cannot fail: ends the process when memory is out. */
char *format(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* The whole file below dir_fd (or AT_FDCWD), NUL-terminated, at most `max` bytes; NULL with errno. */
char *read_text(int dir_fd, const char *path, size_t max);

/* Write exactly `text` to an existing file in one write(2). 0 or -1 with errno. */
int write_text(const char *path, const char *text, size_t len);

/* All `len` bytes at this place of a file that has nothing there yet; zeros become holes. 0 or -1 with errno. */
int write_sparse(int fd, const void *data, size_t len, u64 at);

/* "/proc/self/fd/N" in a buffer of the caller's. */
struct fd_path {
        char text[32];
};
struct fd_path fd_path(int fd);
