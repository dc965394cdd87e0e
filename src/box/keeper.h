/*
 * What a box in a rootfs leaves behind is nothing: a small process outside of the box, in a session of its own, makes the mount points that
 * the tree lacks and takes them away again when the box's program has ended, in whatever way. Then it also ends what that program left
 * running.
 */
#pragma once
#include "base/types.h"
#include "base/err.h"

struct keeper {
        int line; /* to the process; closed by execve, which tells it that all is set up */
};

/* Files, as a rule locked ones, that stay open until the box is gone. */
enum { HELD_MAX = 3 };
struct held_files {
        int fd[HELD_MAX];
        size_t count;
        void (*end)(const struct held_files *held); /* the last that the keeper does, outside of the box; NULL: nothing */
        const void *arg;                            /* for end() */
        bool kept;                                  /* a keeper was started: it will call end() */
};

/*
 * Start it for the calling process. `root` is the tree as it lies on disk. Call it inside the box's namespaces and before anything is
 * mounted in the tree. `user_ns`: the box has a user namespace of its own, else it is known by its mount namespace. `held` may be
 * NULL; the caller's descriptors are its own to close.
 */
int keeper_start(struct keeper *k, int root, bool user_ns, struct held_files *held, struct err *e);

/* Is this a mount point that a keeper made, of this box or of one that just ended? It is not the tree's own. */
struct stat;
bool keeper_made(const struct stat *st);

/* Make `path`, a folder or an empty file, with the folders above it. 0, or -1 with errno. */
int keeper_make(const struct keeper *k, const char *path, bool folder);
