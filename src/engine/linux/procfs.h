/* Files of /proc that would show the engine instead of the guest. */
#pragma once
#include "engine/linux/linux.h"

enum { PROCFS_NOT_OURS = -0x10000 };

/* Open `path` if it is one of those files. `flags` are the host's. Returns a descriptor, -errno, or PROCFS_NOT_OURS. */
long procfs_open(struct cpu *cpu, const char *path, u64 flags);

/* Is this a name of the process's own /proc/.../exe? */
bool procfs_is_exe(const char *path);
