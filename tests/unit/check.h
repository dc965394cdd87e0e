/* What a test program holds to be true: what is not is printed with its place, and makes check_status() 1, in which main() ends. */
#pragma once
#include <stdarg.h>
#include <stdio.h>

#include "base/types.h"

static unsigned check_failures;

static inline void check_true(bool ok, const char *file, int line, const char *words, ...) PRINTF_LIKE(4, 5);
static inline void check_true(bool ok, const char *file, int line, const char *words, ...)
{
        if (ok)
                return;
        va_list ap;
        va_start(ap, words);
        printf("%s:%d: ", file, line);
        vprintf(words, ap);
        putchar('\n');
        va_end(ap);
        check_failures++;
}

static inline int check_status(void)
{
        return check_failures > 0;
}

#define CHECK(cond) check_true(cond, __FILE__, __LINE__, "%s", #cond)

/* The same in a loop: the case at work is told, too, as printf() does. */
#define CHECK_CASE(cond, words, ...) check_true(cond, __FILE__, __LINE__, "%s: " words, #cond, __VA_ARGS__)
