#include "box/err.h"

#include <stdarg.h>
#include <stdio.h>

int err_set(struct err *e, int exit_code, const char *fmt, ...)
{
        va_list ap;
        va_start(ap, fmt);
        vsnprintf(e->text, sizeof e->text, fmt, ap);
        va_end(ap);
        e->exit_code = exit_code;
        return -1;
}
