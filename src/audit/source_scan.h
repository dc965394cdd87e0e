/* Shared by the scanners of program text. */
#pragma once
#include "audit/source.h"

/* What the text of a tree shows as a whole: reasons to believe that there is a way for other processors. */
enum source_sign {
        SIGN_ARM = 1,      /* code or build rules for Arm */
        SIGN_GUARD = 2,    /* code for x86 under a condition */
        SIGN_GENERIC = 4,  /* files called generic, scalar, portable... */
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

/* A word, in lower case, that names a processor, or one of their features. */
enum word { WORD_NONE, WORD_X86, WORD_ARM, WORD_OTHER_CPU, WORD_CHOICE };
enum word word_of(const char *word);

/* The classes of all words in a piece of text, as bits 1 << enum word. Identifiers are split at underscores and other signs. */
u32 words_in(const char *text, size_t len);

bool text_has(const char *text, size_t len, const char *what);

void source_scan_c(const struct source *s);
void source_scan_lines(const struct source *s);
