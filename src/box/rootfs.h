/* The inside of a rootfs: what is mounted into it, and becoming its inhabitant. */
#pragma once
#include "base/types.h"
#include "base/err.h"
#include "box/keeper.h"
#include "box/scratch.h"

struct box_bind {
        const char *host, *guest;
        bool read_only;
};

/* Whose name servers the guest asks. */
enum rootfs_resolv {
        RESOLV_HOST,  /* a copy of this machine's resolv.conf */
        RESOLV_GUEST, /* the tree's own */
        RESOLV_NONE,  /* an empty one */
};

struct rootfs {
        const char *dir;
        const struct box_bind *binds;
        size_t bind_count;
        enum rootfs_resolv resolv;
        bool services;                 /* packages may start services as they are installed */
        const struct overlay *overlay; /* NULL: the tree itself is written to */
        struct held_files *held;       /* open until the box is gone; NULL: none */
        bool user_ns;                  /* we are in a user namespace of our own */
};

/*
 * Make the tree the root of this process's mount namespace with /proc, /sys, /dev, the masks and the binds in it; the working directory is
 * then "/". What is already open stays so. The tree on disk is not changed by this; see keeper.h.
 */
int rootfs_enter(const struct rootfs *r, struct err *e);
