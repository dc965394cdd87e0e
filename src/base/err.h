/* A whole sentence that says what went wrong and what to do next. Filled where it happens, printed once by main. */
#pragma once
#include "base/types.h"

struct err {
        int code; /* exit code as shells expect: 126 cannot execute, 127 not found */
        char text[480];
};

/* Store the sentence. Always returns -1, so that a caller can `return err_set(...)`. */
int err_set(struct err *e, int code, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* "No such file or directory" for ENOENT and so on; "error" for numbers we have no words for. */
const char *err_name(long errno_value);
