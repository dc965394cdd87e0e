/* The inside of a rootfs: what is mounted into it, and becoming its inhabitant. */
#pragma once
#include "base/types.h"
#include "base/err.h"

struct box_bind {
        const char *host, *guest;
        bool read_only;
};

/*
 * Make `dir` the root of this process's mount namespace with /proc, /sys, /dev, resolv.conf and `binds` in it;
 * the working directory is then "/". What is already open stays so.
 */
int rootfs_enter(const char *dir, const struct box_bind *binds, size_t bind_count, struct err *e);

/* Hide /etc/ld.so.preload below root_fd when it names a library that exists and is no arm64 ELF file. */
void rootfs_mask_preload(int root_fd);
