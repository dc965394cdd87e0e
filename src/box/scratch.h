/* File systems in memory that nobody else sees, and an overlay on one: gone with the namespace. */
#pragma once
#include "base/types.h"
#include "base/err.h"

#include <sys/types.h>

/* A tmpfs, not attached anywhere. Its folder as a descriptor, or -1 with errno. */
int scratch_tmpfs(void);

/* A copy, not attached anywhere, of what is mounted from the folder open at fd downwards. -1 with errno. */
int scratch_clone(int fd);

/* Attach a mount that is open at fd on top of the folder `name` in the one open at `at`; "" is that one itself. */
int scratch_attach(int fd, int at, const char *name);

/* A file of an attached tmpfs, with this content: as a descriptor to bind from, or -1 with errno. */
int scratch_file(int tmpfs, const char *name, const char *text, mode_t mode);

struct overlay {
        const char *upper, *work; /* folders that take what is written and stay; NULL: memory, and nothing stays */
};

/*
 * An overlay over the folder open at `lower`, not attached: as a descriptor, or -1 and *e. What goes to memory goes to the attached tmpfs.
 * `user_ns`: we are in a user namespace of our own.
 */
int overlay_mount(int lower, int tmpfs, const struct overlay *o, bool user_ns, struct err *e);
