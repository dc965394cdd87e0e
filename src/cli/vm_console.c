/* crossarm vm console: a machine's serial console. */
#include "cli/vm_machine.h"

#include <stdio.h>
#include <unistd.h>

#include "cli/cmd.h"
#include "vm/console.h"
#include "vm/life.h"

static const char usage[] = "Usage: crossarm vm console [OPTION...] NAME\n"
                            "Join this terminal with the machine's serial console. Ctrl-] gives the terminal back; the machine goes on. "
                            "Without a terminal (a pipe),\n"
                            "everything is passed on as it is, until the machine is off.\n\n"
                            "      --start        start the machine, so that nothing of its console is missed\n"
                            "      --force        take the console from whoever has it\n" VM_CONNECT_HELP VM_HELP_HELP "\nExamples:\n"
                            "  crossarm vm console web\n"
                            "  crossarm vm console --start web </dev/null | tee web.log\n";

enum { OPT_FORCE = OPT_VM_JSON + 1, OPT_START };

struct wish {
        bool force, start;
};

static int take(void *own, int option, const char *value)
{
        struct wish *w = own;
        *(option == OPT_FORCE ? &w->force : &w->start) = true;
        return 0;
}

static const struct option options[] = { { "force", no_argument, NULL, OPT_FORCE }, { "start", no_argument, NULL, OPT_START },
        { "connect", required_argument, NULL, 'c' }, { "help", no_argument, NULL, 'h' }, { 0 } };

/* The lock is for the start only: the console may be held for days. */
static int start(struct machine *m, struct err *e)
{
        if (vm_machine_lock(m, e) || (virDomainIsActive(m->domain) == 0 && life_start(m->domain, e)))
                return -1;
        work_end(&m->work);
        return 0;
}

static int join(struct machine *m, void *own, struct err *e)
{
        static const char *const ends[] = {
                [CONSOLE_LEFT] = "the console goes on without this terminal",
                [CONSOLE_GUEST_OFF] = "the machine is off",
                [CONSOLE_SIGNAL] = "ended by a signal",
        };
        const struct wish *w = own;
        enum console_end end;
        if (w->start && start(m, e))
                return -1;
        if (isatty(STDIN_FILENO))
                fprintf(stderr, "%s: Ctrl-] gives the terminal back\n", m->name);
        if (console_run(m->domain, STDIN_FILENO, STDOUT_FILENO, w->force, &end, e))
                return -1;
        fprintf(stderr, "\n%s: %s\n", m->name, ends[end]);
        return end == CONSOLE_SIGNAL;
}

int vm_console(int argc, char **argv)
{
        static const struct machine_verb verb = {
                .word = "console",
                .usage = usage,
                .options = options,
                .take = take,
                .act = join,
                .events = true,
        };
        struct wish w = { 0 };
        return vm_machine(argc, argv, &verb, &w);
}
