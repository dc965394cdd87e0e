/* crossarm: arm64 Linux programs on x86-64. This file finds the command; each command has a file of its own. */
#include "cli/cmd.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/types.h"
#include "base/util.h"

#ifdef __x86_64__
#define PURPOSE "Run arm64 Linux programs on this x86-64 machine.\n\n"
#else
#define PURPOSE "Tell about software and machines on the way to arm64.\n\n"
#endif

static const struct command {
        const char *name;
        int (*run)(int argc, char **argv); /* NULL: it is in a program of its own */
        const char *program, *what;
} commands[] = {
#define COMMAND(name, what)       { #name, cmd_##name, NULL, what },
#define IMAGE_COMMAND(name, what) { #name, NULL, "crossarm-image", what },
#define AUDIT_COMMAND(name, what) { #name, NULL, "crossarm-audit", what },
#define VM_COMMAND(name, what)    { #name, NULL, "crossarm-vm", what },
#include "cli/commands.def"
#undef VM_COMMAND
#undef COMMAND
#undef IMAGE_COMMAND
#undef AUDIT_COMMAND
};

/* Commands that need more libraries are in programs of their own: this one starts in a fraction of their time. */
static int become(const char *name, char **argv)
{
        AUTO_FREE char *program = beside_us(name);
        execv(program, argv);
        say_error("cannot start %s: %s; it belongs beside crossarm", program, strerror(errno));
        return errno == ENOENT ? 127 : 126;
}

static void help(void)
{
        puts("Usage: crossarm COMMAND [ARGUMENT...]\n" PURPOSE "Commands:");
        for (size_t i = 0; i < ARRAY_LEN(commands); i++)
                printf("  %-10s %s\n", commands[i].name, commands[i].what);
        puts("\n`crossarm COMMAND --help` tells more about one. See also crossarm(1) and crossarm-COMMAND(1).\n\n"
             "  --help      this text\n"
             "  --version   the version");
}

int main(int argc, char **argv)
{
        const char *name = argc > 1 ? argv[1] : "";
        if (!strcmp(name, "--help") || !strcmp(name, "-h") || !strcmp(name, "help")) {
                help();
                return 0;
        }
        if (!strcmp(name, "--version") || !strcmp(name, "-V")) {
                puts("crossarm " CROSSARM_VERSION);
                return 0;
        }
        for (size_t i = 0; i < ARRAY_LEN(commands); i++)
                if (!strcmp(name, commands[i].name))
                        return commands[i].run ? commands[i].run(argc - 1, argv + 1) : become(commands[i].program, argv + 1);
        if (*name)
                say_error("there is no command '%s'; `crossarm --help` lists them", name);
        else
                say_error("a command is needed; `crossarm --help` lists them");
        return 2;
}
