/* crossarm vm start, stop, destroy, delete, autostart: a machine's life. */
#include "cli/vm_machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "cli/cmd.h"
#include "cli/json.h"
#include "vm/life.h"

static const struct option plain_options[] = { VM_OPTIONS, { 0 } };

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

int vm_start(int argc, char **argv)
{
        static const struct machine_verb verb = {
                "start",
                "Usage: crossarm vm start [OPTION...] NAME\n"
                "Start a virtual machine.\n\n" VM_OPTIONS_HELP "\nExample:\n  crossarm vm start web && crossarm vm console web\n",
                plain_options,
        };
        AUTO_MACHINE struct machine m = { 0 };
        struct err e = { 0 };
        int status = vm_machine(argc, argv, &verb, NULL, &m);
        if (status >= 0)
                return status;
        return life_start(m.domain, &e) ? vm_failed(&e) : done(&m, "running");
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

int vm_stop(int argc, char **argv)
{
        static const struct option options[] = { { "timeout", required_argument, NULL, OPT_TIMEOUT }, VM_OPTIONS, { 0 } };
        static const struct machine_verb verb = {
                "stop",
                "Usage: crossarm vm stop [OPTION...] NAME\n"
                "Ask the guest to shut down (its power button) and wait until it is off.\n\n"
                "      --timeout SECONDS  wait so long; 120 without it\n" VM_OPTIONS_HELP
                "\nExample:\n  crossarm vm stop web || crossarm vm destroy web\n",
                options,
                take_timeout,
        };
        AUTO_MACHINE struct machine m = { 0 };
        struct err e = { 0 };
        unsigned seconds = 120;
        int status = vm_machine(argc, argv, &verb, &seconds, &m);
        if (status >= 0)
                return status;
        status = life_stop(m.domain, seconds, waiting, &e);
        if (isatty(STDERR_FILENO))
                fputs("\r\033[K", stderr);
        return status ? vm_failed(&e) : done(&m, "off");
}

int vm_destroy(int argc, char **argv)
{
        static const struct machine_verb verb = {
                "destroy",
                "Usage: crossarm vm destroy [OPTION...] NAME\n"
                "Switch a virtual machine off at once, as by pulling the plug. It stays defined.\n\n" VM_OPTIONS_HELP
                "\nExample:\n  crossarm vm destroy web\n",
                plain_options,
        };
        AUTO_MACHINE struct machine m = { 0 };
        struct err e = { 0 };
        int status = vm_machine(argc, argv, &verb, NULL, &m);
        if (status >= 0)
                return status;
        return life_destroy(m.domain, &e) ? vm_failed(&e) : done(&m, "off");
}

int vm_autostart(int argc, char **argv)
{
        static const struct machine_verb verb = {
                "autostart",
                "Usage: crossarm vm autostart [OPTION...] NAME [on|off]\n"
                "Say whether a virtual machine is started with its host; without on or off, tell.\n\n" VM_OPTIONS_HELP
                "\nExample:\n  crossarm vm autostart web on\n",
                plain_options,
                NULL,
                1,
        };
        AUTO_MACHINE struct machine m = { 0 };
        struct err e = { 0 };
        int status = vm_machine(argc, argv, &verb, NULL, &m), on = 0;
        if (status >= 0)
                return status;
        if (m.count && strcmp(m.rest[0], "on") && strcmp(m.rest[0], "off")) {
                say_error("vm autostart: '%s' is neither on nor off", m.rest[0]);
                return vm_wrong_usage("autostart");
        }
        if (m.count ? life_set_autostart(m.domain, !strcmp(m.rest[0], "on"), &e) : life_autostart(m.domain, &on, &e))
                return vm_failed(&e);
        on = m.count ? !strcmp(m.rest[0], "on") : on;
        return done(&m, on ? "starts with the host" : "does not start with the host");
}
