/* The shared libraries that a program and its libraries name (DT_NEEDED), looked for where its loader would (ld.so(8)). */
#pragma once
#include "base/types.h"

struct library_search {
        int root;              /* the folder that is / for the program */
        int fallback;          /* a second one, for what is not there; -1: none */
        const char *directory; /* where the program is in it, for $ORIGIN */
        const char *triplet;   /* "aarch64-linux-gnu" */
        u16 machine;           /* e_machine of what is looked for */
};

struct library_missing {
        char name[256];      /* "libfoo.so.1" */
        char wanted_by[256]; /* the library that names it; "" when it is the program itself */
};

/*
 * The first library that is not there, of the 64-bit little-endian ELF file open at fd; false when all are, or it cannot be told. What
 * RPATHs name is looked at for every library, so that nothing is missed that a loader finds.
 */
bool library_look(const struct library_search *s, int fd, struct library_missing *out);

/* What Debian's package for it is called as a rule (policy 8.1), malloced; NULL for a library without a version, which has none. */
char *library_debian(const char *name);
