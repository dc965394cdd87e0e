/* The guest's first stack: strings, auxiliary vector, environment, arguments. */
#pragma once
#include "engine/linux/loader.h"

/* What the new program is given. */
struct start_args {
        int argc;
        const char *const *argv;
        const char *const *envp;
        const char *execfn;
        const u64 *host_auxv; /* pairs, ended by AT_NULL */
};

/* Make the stack. Returns the stack pointer for the program's first instruction, or 0 with a sentence. */
gaddr stack_create(struct linux_state *ls, const struct loaded *prog, const struct start_args *args, struct err *e);

/* The environment with -E and -U applied. */
const char *const *stack_make_env(const struct options *o, char *const *envp);

/* A value of an auxiliary vector, `otherwise` when it is not there. */
u64 auxv_get(const u64 *auxv, u64 type, u64 otherwise);
