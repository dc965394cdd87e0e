/* A binfmt_misc instance of our own, inside our user namespace (kernel 6.7 and later). */
#pragma once
#include "base/types.h"

/* The handlers that were visible before, as register lines. */
struct binfmt_set {
        char **lines;
        size_t count;
};

/* Read the handlers below `dir` (/proc/sys/fs/binfmt_misc), all but the disabled ones and those that take arm64 programs. */
void binfmt_read(const char *dir, struct binfmt_set *set);
void binfmt_free(struct binfmt_set *set);

/* One handler's file turned into the line that registers it; NULL when it is disabled, odd, or takes arm64 programs. */
char *binfmt_line(const char *name, const char *text);

/*
 * Mount an instance at /proc/sys/fs/binfmt_misc, register `set` and the engine. Call it inside the user namespace.
 * false with errno when this kernel has no private instances: the outer ones then stay as they are.
 */
bool binfmt_install(const struct binfmt_set *set, const char *engine_path, int engine_fd);
