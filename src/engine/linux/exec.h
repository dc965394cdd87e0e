/* An execve being prepared: which file, is it for the engine, with which arguments. */
#pragma once
#include "engine/linux/linux.h"

enum {
        EXEC_HEAD_SIZE = 256, /* as much of a #! line as the kernel reads */
        EXEC_SCRIPT_DEPTH = 5, /* a script's interpreter may be a script: the kernel's limit */
        EXEC_PREFIX_ARGS = 32, /* engine, options, -0, --, scripts' interpreters and their arguments */
        EXEC_NATIVE = 1, /* not for us: the host's execve decides */
};

/* An execve being prepared. */
struct exec {
        struct cpu *cpu;
        int dirfd;
        u64 flags;
        gaddr guest_path, argv, envp;
        char path[PATH_SIZE];        /* what to run, readable from anywhere */
        char script[2 * EXEC_HEAD_SIZE * EXEC_SCRIPT_DEPTH]; /* texts of #! lines */
        size_t script_len;
        const char *insert[2 * EXEC_SCRIPT_DEPTH]; /* interpreters and arguments of scripts, the last script first */
        int insert_count;
        bool is_script;              /* argv[0] is replaced by what is in insert and script_path */
        char script_path[PATH_SIZE];
        bool set_id;
        int exec_fd;                 /* a copy of dirfd that the next engine loads from, -1 when the path will do */
};

/* Turn (dirfd, path) into x->path. Returns 0 or -errno. */
long exec_resolve_path(struct exec *x);

/* What x->path is, following scripts: 0 when it is for the engine, x->path being the program then; else EXEC_NATIVE. */
long exec_classify(struct exec *x);

/* The number of guest arguments, or -errno. A missing vector counts as an empty one. */
long exec_count_args(gaddr argv);

/*
 * The next engine's arguments: its options, the program's name for itself, the program, scripts, the guest's own. There is room
 * for argc + EXEC_PREFIX_ARGS; numbers become text in `texts` (at least 160 bytes). Returns 0 or -errno.
 */
long exec_fill_args(struct exec *x, const char **args, long argc, char *texts, size_t texts_size);
