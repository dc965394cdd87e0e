/* What kind of thing a file is, as far as running it goes. Reads headers only, believes none of them. */
#pragma once
#include "base/types.h"

enum program_kind {
        PROGRAM_ARM64,   /* 64-bit little-endian AArch64 ELF, ET_EXEC or ET_DYN */
        PROGRAM_HOST,    /* x86-64 or i386 ELF: the kernel runs it */
        PROGRAM_FOREIGN, /* ELF of another machine, or not an executable */
        PROGRAM_SCRIPT,  /* begins with #! */
        PROGRAM_BROKEN,  /* begins as an ELF and is cut off or contradicts itself */
        PROGRAM_OTHER,   /* anything else */
};

struct program {
        enum program_kind kind;
        u16 machine;          /* e_machine of an ELF */
        char interp[256];     /* PT_INTERP of an ELF, or the interpreter of a script; "" without one */
        char interp_arg[256]; /* a script's one argument; "" without one */
        const char *why;      /* BROKEN, FOREIGN: what is wrong, as the end of a sentence */
};

/* Read the kind of the file open at fd. 0, or -1 with errno when it cannot be read. */
int probe_program(int fd, struct program *p);
