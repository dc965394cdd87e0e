/* The built-in set of work, from work.def: what any Debian-like tree has the programs for. */
#pragma once
#include "base/types.h"

struct bench_work {
        const char *name;
        char *const *argv;
        const char *needs; /* programs, with blanks between; NULL: nothing is known of it */
};

extern const struct bench_work builtin_work[];
extern const size_t builtin_work_count;

/* The first program of w->needs that the tree does not have in its usual folders; malloced, NULL: it has all. */
char *work_lacks(const struct bench_work *w, const char *tree);
