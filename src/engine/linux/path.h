/* Paths of the guest: reading them, and the prefix of -L. */
#pragma once
#include "engine/linux/linux.h"

/* `path` below the -L prefix when it is absolute and exists there (made in buf, PATH_SIZE bytes), else path itself. */
const char *path_below_prefix(const struct linux_state *ls, const char *path, char *buf);

/* Copy a guest string. Returns its length, -EFAULT, or -ENAMETOOLONG when it does not fit. */
long path_read(gaddr guest, char *buf, size_t cap);

/*
 * What a system call should use for the guest's path at `guest`: the same pointer, or `buf` when the prefix applies. Bad
 * pointers are left to the kernel.
 */
const char *path_translate(const struct linux_state *ls, gaddr guest, char *buf);

/* Does the guest's string begin with `prefix` (at most 15 bytes)? False for bad pointers. */
bool path_begins(gaddr guest, const char *prefix);
