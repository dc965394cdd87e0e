/* Shared by the scanners of program text. */
#pragma once
#include "audit/source.h"
#include "audit/source_tree.h"
#include "audit/source_words.h"

/* What the text of a tree shows as a whole: reasons to believe that there is a way for other processors. */
enum source_sign {
        SIGN_ARM = 1,      /* code or build rules for Arm */
        SIGN_GUARD = 2,    /* code for x86 under a condition */
        SIGN_GENERIC = 4,  /* files called generic, scalar, portable... */
        SIGN_NEON = 16,    /* Arm intrinsics */
        SIGN_EMULATED = 8, /* simde or sse2neon: x86 intrinsics on Arm */
};

/* One file being read. */
struct source {
        struct artefact *a;
        const char *path;
        const char *text;
        size_t len;
        bool x86_file;   /* its path says that it is for x86 */
        bool other_file; /* or that it is for another processor: what looks like x86 is a mistake of ours */
        bool minor;      /* a test, an example: what is wrong there stops nobody */
};

/* At most one finding of a rule for each file. */
void source_found(const struct source *s, enum rule_id rule, u32 line, char *text);

void source_scan_c(const struct source *s);
void source_scan_asm(const struct source *s);
void source_scan_go(const struct source *s);
void source_scan_go_asm(const struct source *s);
void source_scan_lines(const struct source *s);
void source_scan_packaging(const struct source *s); /* debian/control, RPM spec */

/*
 * A build file's conditions (make, CMake, meson, shell, m4), line by line.
 */
enum { BUILD_NESTING = 32 };

struct build_level {
        bool cases;  /* a case of the shell */
        bool body;   /* of a function, which may never be called */
        bool last;   /* in its else, or *) */
        bool not_it; /* the branch is for what its condition does not say: ifneq, if(NOT ...) */
        bool open;   /* nobody has to choose this branch: ifndef NAME */
        bool both;   /* make reads each branch in turn: a kernel module's Makefile, by itself and by the kernel's */
        u32 asked;   /* words of all branches up to here */
        u32 now;     /* of this branch's condition */
};

struct build {
        struct build_level levels[BUILD_NESTING];
        int depth, beyond;
        u32 statement; /* words of the first line of a statement that goes on over several */
        int brackets;  /* that it has open */
        bool continued;
        bool released; /* it lists what only goes into releases (EXTRA_DIST) */
};

/* Takes a line: conditions (where the language has some with an end), names of compiled files, refusals. */
void build_line(struct build *b, const struct source *s, const char *line, size_t len, u32 number, bool conditions);
bool build_has_condition(const struct build *b);

/* The path of a C or assembly file: whether it is one of several for different processors. */
void source_take_family(const struct source *s);

/* After all files: such files are there for x86 and further processors, and neither for Arm nor for all. */
bool source_family_lacks_arm(const struct artefact *a, const char *path);

/* The text without comments, of the same length, in memory of its own; the lines stay, strings are left alone. */
char *source_without_comments(const char *text, size_t len);

/* The logical line at p: up to the line end that no backslash precedes. */
size_t source_logical_line(const char *p);

/* From the bracket at p to behind the one that closes it; strings may hold brackets. 0: it does not end. */
size_t source_bracket(const char *p);
