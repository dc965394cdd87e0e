/*
 * Why something does not run here, and the one command that makes it run. Looks and tries, and changes nothing. What "runs" means: the
 * kernel starts it by itself, from this very namespace.
 */
#pragma once
#include "base/err.h"
#include "base/util.h"

enum finding_mark {
        FINDING_FINE,
        FINDING_NOTE,  /* it runs, and yet */
        FINDING_WRONG, /* it does not run, or not as it should */
};

struct finding {
        const char *cause; /* a word that stays the same: doc/doctor.md lists them */
        enum finding_mark mark;
        char *text; /* a sentence without its full stop */
        char *fix;  /* one command for a shell, or NULL */
};

struct findings {
        struct finding *at;
        size_t count;
};

#define AUTO_FINDINGS __attribute__((cleanup(findings_free)))

/* The finding becomes the list's. */
void findings_add(struct findings *f, const struct finding *one);
void findings_free(struct findings *f);

/* Whether one of them is wrong. */
bool findings_wrong(const struct findings *f);

/* A word that a shell takes as it is. Malloced. */
char *quoted(const char *word);

/* A program or a script. `engine`: the path of crossarm-aarch64. 0, or -1 with a sentence when it cannot be looked at. */
int doctor_file(const char *path, const char *engine, struct findings *f, struct err *e);

/* A tree with a system in it. */
int doctor_tree(const char *path, const char *engine, struct findings *f, struct err *e);

/* Programs of that machine, from a container: its e_machine, and what to call them ("the image X is for arm64"). */
void doctor_container(u16 machine, const char *name, const char *what, struct findings *f);

/* The machine itself: a line for each thing, fine ones too. */
void doctor_machine(const char *engine, struct findings *f);
