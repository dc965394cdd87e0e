/* Verbs that act on one machine: `crossarm vm VERB [OPTION...] NAME [ARGUMENT...]`. */
#pragma once
#include "cli/vm_cli.h"

/* One verb: its option table and help; extra options end in `take` (0, or the exit status of wrong usage). */
struct machine_verb {
        const char *word, *usage;
        const struct option *options;
        int (*take)(void *own, int option, const char *value);
        int most; /* arguments behind the name */
};

struct machine {
        struct vm_cli c;
        virConnectPtr conn;
        virDomainPtr domain;
        const char *name;
        char **rest; /* the arguments behind the name, `count` of them */
        int count;
};

/* The machine of the command line, connected and found. -1: it is there; otherwise the exit status after help or a message. */
int vm_machine(int argc, char **argv, const struct machine_verb *verb, void *own, struct machine *m);

#define AUTO_MACHINE __attribute__((cleanup(vm_machine_free)))
void vm_machine_free(struct machine *m);
