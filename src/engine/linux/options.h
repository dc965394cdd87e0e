/* Options of the engine: from the command line, and from the environment unless the exec was a secure one. */
#pragma once
#include "base/err.h"
#include "engine/run/process.h"

enum { OPTION_ENV_MAX = 64 };

struct options {
        struct process_options process;
        const char *prefix;       /* -L: prefix of guest paths, NULL for none */
        const char *argv0;        /* -0 */
        const char *code_cache;   /* --code-cache: absolute path of the folder for translations, NULL: a usual one, if it is there */
        u64 stack_size;           /* -s, 0: the limit of RLIMIT_STACK */
        bool strace;
        bool coverage, syscalls, version, help;
        i32 engine_fd;            /* --engine-fd: our executable, handed on by the engine before us; -1 for none */
        i32 exec_fd;              /* --exec-fd: the program's file, when it has no name any more (fexecve of a memfd); -1 for none */
        u32 env_count;
        struct {
                const char *text; /* NAME=VALUE to set, NAME to unset */
                bool unset;
        } env[OPTION_ENV_MAX];
};

/*
 * Read options from argv[1] on. Returns the index of the first argument that is none (the program), or -1 with a sentence.
 * envp is NULL in a secure exec.
 */
int options_parse(struct options *o, int argc, char **argv, char *const *envp, struct err *e);

/* Only what the environment says: under binfmt_misc the arguments are all the program's. */
int options_from_env(struct options *o, char *const *envp, struct err *e);

void options_print_help(void);
void options_print_version(void);

/*
 * The options as arguments for the engine that runs the next program (execve), without -0, -E and -U. Writes at most `cap` pointers
 * into argv; texts that have to be made lie in buf. Returns their number.
 */
int options_to_args(const struct options *o, const char **argv, int cap, char *buf, size_t buf_size);
