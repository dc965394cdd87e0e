/* crossarm vm why: what keeps a machine from coming up, and what helps. */
#include "cli/vm_cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "cli/cmd.h"
#include "cli/json.h"
#include "vm/console.h"
#include "vm/why.h"

static const char usage[] =
        "Usage: crossarm vm why [OPTION...] MACHINE|FILE\n"
        "Look at the console of a machine that does not come up, and say what it is and what helps. The console is read from the file that "
        "keeps it (see\n"
        "console-log in a spec), else listened to for a while; nothing is typed. FILE, or - for standard input: a console's text that was "
        "kept; also\n"
        "QEMU's own messages.\n\n"
        "      --seconds N    how long to listen (20)\n" VM_OPTIONS_HELP
        "\nExit status: 0 the guest has come up, or went down by itself; 1 there is a trouble, or nothing that is known; 2 wrong usage.\n\n"
        "Examples:\n"
        "  crossarm vm why web1\n"
        "  crossarm vm why ./console.log --json\n";

enum { OPT_SECONDS = OPT_VM_JSON + 1, MAX_SECONDS = 3600 };

static const struct option options[] = { { "seconds", required_argument, NULL, OPT_SECONDS }, VM_OPTIONS, { 0 } };

static void print_why(const char *name, const struct why *w)
{
        printf("%s: %s\n", name, w->what);
        if (w->report.verdict)
                printf("  seen     %s\n", w->report.line);
        if (w->cure)
                printf("  helps    %s\n", w->cure);
        if (w->state)
                printf("  state    %s\n", w->state);
        if (w->console)
                printf("  console  %s%s\n", w->console, w->report.silent ? ": nothing" : "");
        if (w->report.boots > 1)
                printf("  boots    %u in it; this is about the last\n", w->report.boots);
        for (size_t i = 0; i < CONSOLE_NOTES && w->report.notes[i]; i++)
                printf("  note     %s\n", w->report.notes[i]->what);
}

static void json_why(const char *name, const struct why *w)
{
        struct json j = { .to = stdout };
        json_open(&j, NULL, '{');
        json_put_string(&j, "name", name);
        json_put_string(&j, "state", w->state);
        json_put_string(&j, "console", w->console);
        json_put_string(&j, "verdict", w->report.verdict ? w->report.verdict->name : w->report.silent ? "silent" : NULL);
        json_put_bool(&j, "trouble", w->trouble);
        json_put_string(&j, "what", w->what);
        json_put_string(&j, "cure", w->cure);
        json_put_string(&j, "line", w->report.verdict ? w->report.line : NULL);
        json_put_string(&j, "stage", console_stage_name(w->report.stage));
        json_put_number(&j, "boots", w->report.boots);
        json_open(&j, "notes", '[');
        for (size_t i = 0; i < CONSOLE_NOTES && w->report.notes[i]; i++)
                json_put_string(&j, NULL, w->report.notes[i]->what);
        json_close(&j, ']');
        json_close(&j, '}');
}

/* A name with a slash, or - : a file. Else a machine. */
static int look(const struct vm_cli *c, const char *name, unsigned seconds, struct why *w, struct err *e)
{
        if (strchr(name, '/') || !strcmp(name, "-"))
                return why_of_file(name, w, e);
        AUTO_SOURCE struct vm_source source = { 0 };
        if (console_events(e) < 0 || vm_source_open(c->uri, name, &source, e) < 0)
                return -1;
        if (!source.domain)
                return err_set(e, 2, "%s is a definition, not a console; give the machine's name, or a file of its console's text", name);
        return why_of_domain(&source, seconds, w, e);
}

int vm_why(int argc, char **argv)
{
        struct vm_cli c = { 0 };
        struct err e = { 0 };
        unsigned long seconds = 20;
        for (int o; (o = getopt_long(argc, argv, "c:h", options, NULL)) != -1;) {
                if (o == 'h') {
                        fputs(usage, stdout);
                        return 0;
                }
                int status = 0;
                if (o == OPT_SECONDS)
                        seconds = strtoul(optarg, NULL, 10);
                else
                        status = vm_option(&c, "why", o, optarg);
                if (status)
                        return status;
        }
        if (argc - optind != 1 || !seconds || seconds > MAX_SECONDS) {
                say_error(seconds && seconds <= MAX_SECONDS ? "why wants one machine, or a file of a console's text"
                                                            : "--seconds takes 1 to 3600");
                return vm_wrong_usage("why");
        }
        AUTO_WHY struct why w = { 0 };
        if (look(&c, argv[optind], (unsigned)seconds, &w, &e) < 0)
                return vm_failed(&e);
        c.json ? json_why(argv[optind], &w) : print_why(argv[optind], &w);
        return w.trouble;
}
