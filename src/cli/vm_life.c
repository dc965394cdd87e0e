/* crossarm vm start, stop, destroy, autostart: a machine's life. */
#include "cli/vm_machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "cli/cmd.h"
#include "cli/json.h"
#include "vm/life.h"

/* What was done: a line, or JSON. */
static int done(const struct machine *m, const char *state)
{
        if (m->c.json) {
                struct json j = { .to = stdout };
                json_open(&j, NULL, '{');
                json_put_string(&j, "name", virDomainGetName(m->domain));
                json_put_string(&j, "state", state);
                json_close(&j, '}');
        } else
                printf("%s: %s\n", virDomainGetName(m->domain), state);
        return 0;
}

static int start(struct machine *m, void *own, struct err *e)
{
        return life_start(m->domain, e) ? -1 : done(m, "running");
}

int vm_start(int argc, char **argv)
{
        static const struct machine_verb verb = {
                .word = "start",
                .usage = "Usage: crossarm vm start [OPTION...] NAME\n"
                         "Start a virtual machine.\n\n" VM_OPTIONS_HELP "\nExample:\n  crossarm vm start web && crossarm vm console web\n",
                .act = start,
                .changes = true,
        };
        return vm_machine(argc, argv, &verb, NULL);
}

enum { OPT_TIMEOUT = OPT_VM_JSON + 1 };

static int take_timeout(void *own, int option, const char *value)
{
        u64 seconds;
        if (option != OPT_TIMEOUT || !str_u64(value, &seconds) || seconds > 86400) {
                say_error("--timeout wants a number of seconds");
                return vm_wrong_usage("stop");
        }
        *(unsigned *)own = (unsigned)seconds;
        return 0;
}

static void waiting(unsigned second)
{
        if (isatty(STDERR_FILENO))
                fprintf(stderr, "\rshutting down, %u s ", second);
}

static int stop(struct machine *m, void *own, struct err *e)
{
        int status = life_stop(m->domain, *(unsigned *)own, waiting, e);
        if (isatty(STDERR_FILENO))
                fputs("\r\033[K", stderr);
        return status ? -1 : done(m, "off");
}

int vm_stop(int argc, char **argv)
{
        static const struct option options[] = { { "timeout", required_argument, NULL, OPT_TIMEOUT }, VM_OPTIONS, { 0 } };
        static const struct machine_verb verb = {
                .word = "stop",
                .usage = "Usage: crossarm vm stop [OPTION...] NAME\n"
                         "Ask the guest to shut down (its power button) and wait until it is off.\n\n"
                         "      --timeout SECONDS  wait so long; 120 without it\n" VM_OPTIONS_HELP
                         "\nExample:\n  crossarm vm stop web || crossarm vm destroy web\n",
                .options = options,
                .take = take_timeout,
                .act = stop,
        };
        unsigned seconds = 120;
        return vm_machine(argc, argv, &verb, &seconds);
}

static int destroy(struct machine *m, void *own, struct err *e)
{
        return life_destroy(m->domain, e) ? -1 : done(m, "off");
}

int vm_destroy(int argc, char **argv)
{
        static const struct machine_verb verb = {
                .word = "destroy",
                .usage = "Usage: crossarm vm destroy [OPTION...] NAME\n"
                         "Switch a virtual machine off at once, as by pulling the plug. It stays defined.\n\n" VM_OPTIONS_HELP
                         "\nExample:\n  crossarm vm destroy web\n",
                .act = destroy,
        };
        return vm_machine(argc, argv, &verb, NULL);
}

static int autostart(struct machine *m, void *own, struct err *e)
{
        int on = m->count && !strcmp(m->rest[0], "on");
        if (m->count && !on && strcmp(m->rest[0], "off")) {
                say_error("vm autostart: '%s' is neither on nor off", m->rest[0]);
                return vm_wrong_usage("autostart");
        }
        if (m->count ? life_set_autostart(m->domain, on, e) : life_autostart(m->domain, &on, e))
                return -1;
        return done(m, on ? "starts with the host" : "does not start with the host");
}

int vm_autostart(int argc, char **argv)
{
        static const struct machine_verb verb = {
                .word = "autostart",
                .usage = "Usage: crossarm vm autostart [OPTION...] NAME [on|off]\n"
                         "Say whether a virtual machine is started with its host; without on or off, tell.\n\n" VM_OPTIONS_HELP
                         "\nExample:\n  crossarm vm autostart web on\n",
                .act = autostart,
                .most = 1,
        };
        return vm_machine(argc, argv, &verb, NULL);
}
