/* A failure as a whole sentence, printed once by the command that asked. */
#pragma once
#include "base/types.h"

struct err {
        int exit_code; /* what a shell would give: 127 not found, 126 found but cannot run, 2 wrong usage */
        char text[1024];
};

/* Fill *e and return -1, so that `return err_set(...)` reads well. */
int err_set(struct err *e, int exit_code, const char *fmt, ...) PRINTF_LIKE(3, 4);
