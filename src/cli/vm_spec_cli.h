/* The keys of a spec as options of a verb's command line: the same names, values and help for each verb that takes a spec. */
#pragma once
#include "base/err.h"
#include "vm/spec.h"

#include <getopt.h>

enum { OPT_SPEC = 1024 }; /* the options of the keys have numbers from here on */

/* A verb's own options, then those of the spec, ended; malloced, as are the names in it: for the program's life. */
const struct option *vm_spec_options(const struct option *own);

/* The lines of --help. */
void vm_spec_help(void);

struct spec_words {
        const char *copy, *copy_size; /* an image whose copy becomes the first disk; how large it becomes, or NULL */
        struct {
                int option;
                const char *value;
        } said[256];
        size_t count;
};

/* Keep one of the options (the spec's file, which may stand behind it, comes first). False when there are too many. */
bool vm_spec_option(struct spec_words *words, int option, const char *value);

/* Read the spec's file, if `path` is not NULL, then the options, and check the whole. 0, or -1 and *e. */
int vm_spec_get(const char *path, const struct spec_words *words, struct vm_spec *spec, struct err *e);
