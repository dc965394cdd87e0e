/* What the verbs of `crossarm vm` have in common. Each takes its own arguments (argv[0] is its word) and returns the exit status. */
#pragma once
#include "base/err.h"
#include "base/types.h"

#include <getopt.h>
#include <libvirt/libvirt.h>

#define VERB(name, word, what) int vm_##name(int argc, char **argv);
#include "cli/vm_verbs.def"
#undef VERB

struct vm_cli {
        const char *uri; /* --connect; NULL: libvirt's choice */
        bool json;
};

enum { OPT_VM_JSON = 512 };

/* For the options table of a verb, and the lines of its help. */
#define VM_OPTIONS \
        { "connect", required_argument, NULL, 'c' }, { "json", no_argument, NULL, OPT_VM_JSON }, \
        { \
                "help", no_argument, NULL, 'h' \
        }
#define VM_CONNECT_HELP \
        "  -c, --connect URI  the libvirt to speak to (its own default: qemu:///system for root, qemu:///session for others)\n"
#define VM_HELP_HELP "  -h, --help         this text\n"
#define VM_OPTIONS_HELP \
        VM_CONNECT_HELP \
        "      --json         print JSON\n" VM_HELP_HELP

/* One of the options above: 0, or the exit status after a message about wrong usage of `word`. */
int vm_option(struct vm_cli *c, const char *word, int option, const char *value);

/* Print the sentence and return the exit status. */
int vm_failed(const struct err *e);

/* Print where the help of a verb is and return the exit status of wrong usage. */
int vm_wrong_usage(const char *word);

/* Whether the daemon of --connect is a user's own, which looks into the home folder too. One that runs as root does not. */
bool vm_is_session(const char *uri);
