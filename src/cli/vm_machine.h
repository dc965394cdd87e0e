/* Verbs that act on one machine: `crossarm vm VERB [OPTION...] NAME [ARGUMENT...]`. */
#pragma once
#include "cli/vm_cli.h"
#include "vm/work.h"

struct machine {
        struct vm_cli c;
        virConnectPtr conn;
        virDomainPtr domain;
        const char *name;
        char **rest; /* the arguments behind the name, `count` of them */
        int count;
        struct work work; /* the machine's lock, for verbs that change it */
};

/*
 * One verb: its help, its options, what its own options do (`take`: 0, or the exit status of wrong usage), and what it does with the
 * machine
 * (`act`: the exit status, or -1 and *e). Both get the same `own`.
 */
struct machine_verb {
        const char *word, *usage;
        const struct option *options; /* NULL: those that go with every verb */
        int (*take)(void *own, int option, const char *value);
        int (*act)(struct machine *m, void *own, struct err *e);
        int most;     /* arguments behind the name */
        bool changes; /* `act` holds the lock of the machine */
        bool events;  /* and waits for events, whose loop has to be there before the connection */
};

/* Run a verb: read the command line, connect, find the machine, act, say what went wrong. Returns the exit status. */
int vm_machine(int argc, char **argv, const struct machine_verb *verb, void *own);

/* Take the lock of a machine that was found. 0, or -1 and *e: also when the machine has gone while another command had it. */
int vm_machine_lock(struct machine *m, struct err *e);
