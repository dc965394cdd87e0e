/* Whether programs of an architecture run here: found by running one. */
#pragma once
#include "binfmt/arch.h"

enum sample_outcome {
        SAMPLE_WORKS,
        SAMPLE_NO_HANDLER,     /* ENOEXEC: the kernel knows nothing to do with it */
        SAMPLE_NO_INTERPRETER, /* ENOENT: a handler's interpreter is not in this root and was not kept open (flag F) */
        SAMPLE_REFUSED,        /* another errno: `error` */
        SAMPLE_WENT_WRONG,     /* it ran and ended otherwise than it should: `status` as of waitpid */
        SAMPLE_HUNG,           /* still running after five seconds; killed */
};

struct sample {
        enum sample_outcome outcome;
        int error, status;
};

/* Run the sample of `a` in this very namespace, with nothing of the environment and /dev/null for the standard files. */
struct sample sample_run(const struct arch *a, bool appimage);

/* The first line that `program --version` prints, cut to cap; "" when it prints none within five seconds. */
void sample_version(const char *program, char *out, size_t cap);
