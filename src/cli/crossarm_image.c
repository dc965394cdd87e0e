/* crossarm-image: the commands of images, which `crossarm` becomes. They need libcurl and libarchive, whose loading would slow down every
 * run. */
#include "cli/cmd.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "base/types.h"

static const struct command {
        const char *name;
        int (*run)(int argc, char **argv);
} commands[] = {
#define COMMAND(name, what)
#define AUDIT_COMMAND(name, what)
#define VM_COMMAND(name, what)
#define IMAGE_COMMAND(name, what) { #name, cmd_##name },
#include "cli/commands.def"
#undef VM_COMMAND
#undef COMMAND
#undef AUDIT_COMMAND
#undef IMAGE_COMMAND
};

/* Removing a deep folder holds one open file for each level. */
static void raise_file_limit(void)
{
        struct rlimit limit;
        if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
                limit.rlim_cur = limit.rlim_max;
                setrlimit(RLIMIT_NOFILE, &limit);
        }
}

int main(int argc, char **argv)
{
        signal(SIGPIPE, SIG_IGN); /* a connection that the other side closed is an error like others */
        raise_file_limit();
        /* Our name is the command when crossarm became us; else it is the first word. */
        for (int at = 0; at < argc && at < 2; at++)
                for (size_t i = 0; i < ARRAY_LEN(commands); i++)
                        if (!strcmp(argv[at], commands[i].name))
                                return commands[i].run(argc - at, argv + at);
        say_error("this program is a part of crossarm: see `crossarm --help`");
        return 2;
}
