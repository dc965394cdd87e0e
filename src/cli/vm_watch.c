/* crossarm vm watch: the service that starts rebooted guests again. */
#include "cli/vm_cli.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/util.h"
#include "cli/cmd.h"
#include "cli/json.h"
#include "vm/watch.h"

static const char usage[] =
        "Usage: crossarm vm watch [OPTION...]\n"
        "Start guests again when they have rebooted: those whose kernel comes from their own /boot (see `crossarm vm bootdir --help`), so "
        "that the\n"
        "newly installed kernel runs. A guest that has powered off stays off. Runs until it is ended by SIGTERM or SIGINT; as a service:\n"
        "systemctl enable --now crossarm-vm-watch.\n\n"
        "      --steady SECONDS  a guest that has run so long has started well (120)\n"
        "      --limit N         so many reboots in a row that came earlier, and it goes back to the kernel before, or stays off (6)\n"
        "      --wait SECONDS    before the third of them in a row; doubled each time, at most a minute (2)\n"
        "      --memory FILE     where it notes which guests run, so that its own restart misses nothing\n" VM_OPTIONS_HELP "\nExamples:\n"
        "  crossarm vm watch --connect qemu:///session\n"
        "  journalctl -u crossarm-vm-watch\n";

enum { OPT_STEADY = 600, OPT_LIMIT, OPT_WAIT, OPT_MEMORY, MAX_NUMBER = 1000000 };

static const struct option options[] = {
        { "steady", required_argument, NULL, OPT_STEADY },
        { "limit", required_argument, NULL, OPT_LIMIT },
        { "wait", required_argument, NULL, OPT_WAIT },
        { "memory", required_argument, NULL, OPT_MEMORY },
        VM_OPTIONS,
        { 0 },
};

/* One line for each thing that happens: the journal has the time. */
static void say_text(void *to, const char *guest, const char *what, const char *text)
{
        printf("%s: %s\n", what, text);
        fflush(stdout);
}

static void say_json(void *to, const char *guest, const char *what, const char *text)
{
        struct json j = { .to = stdout };
        json_open(&j, NULL, '{');
        json_put_string(&j, "event", what);
        json_put_string(&j, "guest", guest);
        json_put_string(&j, "text", text);
        json_close(&j, '}');
        fflush(stdout);
}

/* The folder that systemd made, the user's, or the machine's. Malloced. */
static char *default_memory(void)
{
        const char *unit = getenv("RUNTIME_DIRECTORY"), *user = getenv("XDG_RUNTIME_DIR");
        if (unit && *unit)
                return format("%s/running", unit);
        return geteuid() != 0 && user && *user ? format("%s/crossarm-vm-watch", user) : format("/run/crossarm-vm-watch.running");
}

static int read_number(const char *option, const char *value, i64 *number)
{
        char *end;
        errno = 0;
        *number = strtoll(value, &end, 10);
        if (*value && !*end && !errno && *number >= 0 && *number <= MAX_NUMBER)
                return 0;
        say_error("%s wants a number from 0 to %d, not '%s'", option, MAX_NUMBER, value);
        return vm_wrong_usage("watch");
}

static int run(const struct watch *w)
{
        struct err e = { 0 };
        return watch_run(w, &e) < 0 ? vm_failed(&e) : 0;
}

int vm_watch(int argc, char **argv)
{
        struct vm_cli c = { 0 };
        i64 steady = 120, limit = 6, wait = 2;
        const char *memory = NULL;
        for (int o; (o = getopt_long(argc, argv, "c:h", options, NULL)) != -1;) {
                int wrong = 0;
                switch (o) {
                case 'h': fputs(usage, stdout); return 0;
                case OPT_STEADY: wrong = read_number("--steady", optarg, &steady); break;
                case OPT_LIMIT: wrong = read_number("--limit", optarg, &limit); break;
                case OPT_WAIT: wrong = read_number("--wait", optarg, &wait); break;
                case OPT_MEMORY: memory = optarg; break;
                default: wrong = vm_option(&c, "watch", o, optarg); break;
                }
                if (wrong)
                        return wrong;
        }
        if (optind < argc) {
                say_error("vm watch takes no argument '%s'", argv[optind]);
                return vm_wrong_usage("watch");
        }
        sigset_t ends;
        sigemptyset(&ends);
        sigaddset(&ends, SIGTERM);
        sigaddset(&ends, SIGINT);
        sigprocmask(SIG_BLOCK, &ends, NULL);
        AUTO_FREE char *path = memory ? format("%s", memory) : default_memory();
        AUTO_CLOSE int stop = signalfd(-1, &ends, SFD_CLOEXEC);
        struct watch w = {
                .uri = c.uri,
                .memory = path,
                .limits = { .steady_ms = steady * 1000, .wait_ms = wait * 1000, .most = (u32)limit },
                .say = c.json ? say_json : say_text,
                .stop = stop,
        };
        return run(&w);
}
