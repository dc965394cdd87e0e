/* The last step: from a command's name to execve, by way of the kernel's binfmt_misc or of the engine. */
#pragma once
#include "base/types.h"
#include "base/err.h"

struct launch {
        int engine_fd;      /* O_CLOEXEC is cleared by nobody: execveat */
        const char *engine; /* its path, for argv[0] */
        bool binfmt;        /* arm64 programs can be given to execve */
        const char *where;  /* the rootfs's name for messages, or NULL */
};

/* The file `name` stands for: itself with a slash in it, else the first executable in PATH. NULL and *e (126, 127). */
char *launch_find(const struct launch *l, const char *name, struct err *e);

/* Run it; returns only when that fails. */
int launch_exec(const struct launch *l, const char *path, char **argv, struct err *e);
