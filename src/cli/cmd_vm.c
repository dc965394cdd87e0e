/* crossarm vm: finds the verb; each verb, or family of verbs, has a file of its own: vm_*.c. */
#include "cli/cmd.h"

#include <stdio.h>
#include <string.h>

#include "base/types.h"
#include "cli/vm_cli.h"

static const struct verb {
        const char *word;
        int (*run)(int argc, char **argv);
        const char *what;
} verbs[] = {
#define VERB(name, word, what) { word, vm_##name, what },
#include "cli/vm_verbs.def"
#undef VERB
};

static void help(void)
{
        puts("Usage: crossarm vm ACTION [ARGUMENT...]\n"
             "Virtual machines of Arm and x86 from one definition, over libvirt.\n\n"
             "Actions:");
        for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
                printf("  %-12s %s\n", verbs[i].word, verbs[i].what);
        puts("\n`crossarm vm ACTION --help` tells more about one. See also crossarm-vm(1).\n\n"
             "  -h, --help   this text");
}

int cmd_vm(int argc, char **argv)
{
        const char *word = argc > 1 ? argv[1] : "";
        if (!strcmp(word, "--help") || !strcmp(word, "-h") || !strcmp(word, "help")) {
                help();
                return 0;
        }
        for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
                if (!strcmp(word, verbs[i].word))
                        return verbs[i].run(argc - 1, argv + 1);
        if (*word)
                say_error("vm has no action '%s'; `crossarm vm --help` lists them", word);
        else
                say_error("vm wants an action; `crossarm vm --help` lists them");
        return 2;
}
