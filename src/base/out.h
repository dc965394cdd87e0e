/* Formatted text without libc: to memory or to a file descriptor. */
#pragma once
#include "base/types.h"
#include <stdarg.h>

struct out {
        int fd; /* written to when the buffer fills or on out_flush; -1: memory only, text beyond cap is cut */
        u32 len, cap;
        char *buf;
};

/* %s %c %d %u %x %lu %ld %lx %llu %zu %p %% with width, 0 and - flags, and precision for %s. */
void out_printf(struct out *o, const char *fmt, ...) PRINTF_LIKE(2, 3);
void out_vprintf(struct out *o, const char *fmt, va_list *ap);
void out_flush(struct out *o);

/* Print one line to standard error and end the process with `code`. */
_Noreturn void die(int code, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* An invariant of ours, always on: says where, and ends the process by SIGABRT. */
#define check(cond) ((cond) ? (void)0 : check_failed(#cond, __FILE__, __LINE__))
_Noreturn void check_failed(const char *cond, const char *file, int line);
