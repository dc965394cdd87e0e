/* crossarm: arm64 Linux programs on x86-64. This file finds the command; each command has a file of its own. */
#include "cli/cmd.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/types.h"

static const struct command {
        const char *name;
        int (*run)(int argc, char **argv);
        const char *what;
} commands[] = {
        { "run", cmd_run, "run an arm64 program, or a command of an arm64 rootfs" },
};

void say_error(const char *fmt, ...)
{
        va_list ap;
        fputs("crossarm: ", stderr);
        va_start(ap, fmt);
        vfprintf(stderr, fmt, ap);
        va_end(ap);
        fputc('\n', stderr);
}

static void help(void)
{
        puts("Usage: crossarm COMMAND [ARGUMENT...]\n"
             "Run arm64 Linux programs on this x86-64 machine.\n\n"
             "Commands:");
        for (size_t i = 0; i < ARRAY_LEN(commands); i++)
                printf("  %-8s %s\n", commands[i].name, commands[i].what);
        puts("\n`crossarm COMMAND --help` tells more about one. See also crossarm(1).\n\n"
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
                        return commands[i].run(argc - 1, argv + 1);
        if (*name)
                say_error("there is no command '%s'; `crossarm --help` lists them", name);
        else
                say_error("a command is needed; `crossarm --help` lists them");
        return 2;
}
