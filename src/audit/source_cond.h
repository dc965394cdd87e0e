/*
 * The C preprocessor's conditions (C11 6.10.1) as a compiler for arm64 Linux sees them, as far as they can be told without the rest of the
 * build: five steps between "never" and "always".
 */
#pragma once
#include "audit/source_words.h"

/*
 * UNSET: a macro that nobody is known to define, so it is false unless the build defines it; BY_DEFAULT is its contrary. MAYBE: it is the
 * build's choice (HAVE_X, ENABLE_X), or it cannot be told. Their order is that of the logic: "and" is the lower, "or" the higher one.
 */
enum truth { NEVER, UNSET, MAYBE, BY_DEFAULT, ALWAYS };

enum { COND_NESTING = 64, COND_MACROS = 1024 };

struct cond_level {
        enum truth outer; /* of the conditions around it */
        enum truth taken; /* whether a branch before this one was taken */
        enum truth now;   /* whether this branch is compiled */
        bool x86;         /* a branch up to here asked for x86 or its features */
        bool arm;         /* ... for Arm */
        bool system;      /* ... for another system */
        bool else_what;   /* ... for something that names no processor: another way may be meant by it */
};

struct cond {
        struct cond_level levels[COND_NESTING];
        int depth, beyond; /* beyond: levels that were too many; what is in them is MAYBE */
        u32 seen;          /* the words_in() of all conditions of the file */
        struct {
                u32 hash;
                u8 defined, value;
                bool x86;      /* its replacement is for x86 */
        } macros[COND_MACROS]; /* that the file itself defined */
        u32 macro_count;
};

/* Whether an arm64 compiler would get to the current line. */
enum truth cond_now(const struct cond *c);

/* #if, #ifdef, #ifndef, #elif, #else, #endif, #define and #undef; p is behind the #, len up to the end of the (continued) line. False:
 * another. */
bool cond_directive(struct cond *c, const char *p, size_t len);

/* Whether the file has defined this name where arm64 would see it. */
bool cond_defines(const struct cond *c, const char *name, size_t len);

/* A macro of the file whose replacement is for x86: where it is used counts. */
void cond_mark_x86(struct cond *c, const char *name, size_t len);
bool cond_is_x86(const struct cond *c, const char *name, size_t len);

/* The expression of an #if. */
enum truth cond_value(const struct cond *c, const char *text, size_t len);
