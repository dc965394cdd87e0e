/* A rootfs that is one file: unpacked once, into the cache, and entered there. */
#pragma once
#include "base/types.h"

/* Whether `path` is a file that a rootfs can be in, by its first bytes: an archive, a file system, a disk image, compressed or not. */
bool run_names_file(const char *path);

/*
 * The folder in the cache with its tree, unpacked now if it is not there as the file is now, becomes b->rootfs, and the cache is kept as it
 * is as long as the box lives. 0, or the exit status after a message.
 */
struct box;
int run_file(const char *path, struct box *b);

/* Where such trees are: below XDG_CACHE_HOME or ~/.cache; for those without a home in /var/tmp. Malloced; NULL after a message. */
char *run_file_cache(void);

/* The file there of which each box with such a tree holds a shared lock. */
#define RUN_FILE_LOCK ".lock"
