/* A rootfs that is one file: unpacked once, into the cache, and entered there. */
#pragma once
#include "base/types.h"

/* Whether `path` is a file that a rootfs can be in, by its first bytes: an archive, a file system, a disk image, compressed or not. */
bool run_names_file(const char *path);

/* The folder in the cache with its tree, unpacked now if it is not there as the file is now. Malloced; NULL after a message. */
char *run_file(const char *path);
