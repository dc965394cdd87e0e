/* Work inside a folder that outsiders fill: names are resolved below it by the kernel (openat2), never by us. */
#pragma once
#include "base/types.h"
#include "base/err.h"

/* Remove `name` in the folder at_fd and all below it; links are removed, not followed. 0 also when it is not there; -1 with errno. */
int tree_remove(int at_fd, const char *name);

/* Call `entry` for each entry of an open folder until it gives other than 0, and return that. Takes the descriptor over. -1 with errno. */
int tree_each(int fd, int (*entry)(int at, const char *name, const void *arg), const void *arg);

/* Bytes on disk of `name` in the folder at_fd and all below it, as far as it can be read; a hard link counts each time. */
u64 tree_usage(int at_fd, const char *name);

/* A path of an archive in its plain form: no "./", no doubled or leading '/'. False when it is too long, or climbs with "..". */
bool tree_path(const char *said, char out[4096]);
