/*
 * A tree that looks like this machine's own and cannot be written to: an empty folder, and what of / is to appear in it. An overlay over /
 * itself is not possible: the kernel makes none over a mount with others below that the namespace may not take apart.
 */
#pragma once
#include "base/err.h"
#include "box/rootfs.h"

struct host_tree {
        char *dir;              /* holds the symbolic links of / and empty folders for what is written */
        int lock;               /* on it: one that nobody holds was left by a bench that was killed, and goes with the next one */
        struct box_bind *binds; /* the folders of /, read-only */
        size_t bind_count;
};

/* 0, or -1 and *e. With `extra` binds after its own. */
int host_tree_make(struct host_tree *t, const struct box_bind *extra, size_t extra_count, struct err *e);

/* Remove the folder from the disk, too. */
void host_tree_remove(struct host_tree *t);
