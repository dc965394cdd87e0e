/*
 * Running one arm64 program on this machine, in a namespace of its own, in this process: box_run() ends in execve, so that the exit
 * status, the signals and the process id are the program's own.
 */
#pragma once
#include "base/types.h"
#include "base/err.h"
#include "box/rootfs.h"

struct box {
        const char *engine;  /* path of crossarm-aarch64 */
        const char *rootfs;  /* folder to make the root; NULL: the program is run in the host's tree */
        const char *workdir; /* NULL: "/" in a rootfs, unchanged without */
        const char *user;    /* USER[:GROUP] of the rootfs; NULL: root in a rootfs, unchanged without */
        const struct box_bind *binds;
        size_t bind_count;
        enum rootfs_resolv resolv;
        bool services;                 /* packages may start services as they are installed */
        const struct overlay *overlay; /* over the rootfs, which is then not written to; NULL: none */
        struct held_files *held;       /* with a rootfs: open until the box is gone; NULL: none */
        bool own_env;                  /* with a rootfs: nothing of this machine's environment but its terminal and what steers us */
        char *const *env;              /* NAME=VALUE, or NAME to drop it; NULL-terminated */
        char **argv;
        bool as_root;   /* without a rootfs: be root of the namespace, as in a rootfs */
        bool no_binfmt; /* do as if the kernel had no private binfmt_misc: the engine starts guest programs itself */
        /*
         * NULL, or called when all is set up, right before the program; `binfmt`: the kernel gives arm64 programs to the engine. A negative
         * answer, with *e, is box_run's own.
         */
        int (*ready)(void *arg, bool binfmt, struct err *e);
        void *ready_arg;
};

/* Does not return when it works. */
int box_run(const struct box *b, struct err *e);
