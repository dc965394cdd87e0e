/* crossarm hw: facts of hardware, each with its source. */
#include "cli/cmd.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"
#include "cli/hw_view.h"

static const char usage[] =
        "Usage: crossarm hw [OPTION...]\n"
        "       crossarm hw capture FILE.tar\n"
        "       crossarm hw diff [--json] TREE TREE...\n"
        "Tell what this machine's hardware really is, and where each fact comes from. What is unknown tells what would make it known.\n\n"
        "Actions:\n"
        "  capture    write a tar file of what the facts are read from; serial numbers are made illegible (- is standard output)\n"
        "  diff       compare machines by their captures (a folder or tar file each, or . for this machine), to find the odd one\n\n"
        "      --json           as JSON: see crossarm-hw(1) for the form\n"
        "      --field KEY      only the plain value of one fact, such as cpu.nominal_hz; status 1 when it is unknown\n"
        "      --sysroot TREE   of a captured tree, a folder or a tar file, instead of this machine\n"
        "      --prometheus     as metrics, for the textfile collector\n"
        "      --as TOOL        in the form of another tool: lscpu or dmidecode\n"
        "  -h, --help           this text\n\n"
        "Run it as root to have everything. Status: 0, 1 when a field is unknown or machines differ, 2 for errors.\n";

enum { OPT_JSON = 256, OPT_FIELD, OPT_SYSROOT, OPT_PROMETHEUS, OPT_AS };

static const struct option options[] = {
        { "json", no_argument, NULL, OPT_JSON },
        { "field", required_argument, NULL, OPT_FIELD },
        { "sysroot", required_argument, NULL, OPT_SYSROOT },
        { "prometheus", no_argument, NULL, OPT_PROMETHEUS },
        { "as", required_argument, NULL, OPT_AS },
        { "help", no_argument, NULL, 'h' },
        { 0 },
};

struct request {
        bool json, prometheus;
        const char *field, *sysroot, *as;
};

static int fail(const struct err *e)
{
        say_error("%s", e->text);
        return e->code;
}

/* The facts of a tree (NULL: this machine). 0, or the exit status after a message. */
static int load(const char *path, struct hw_facts *f)
{
        struct hw_tree t;
        struct err e = { 0 }, inner = { 0 };
        if (hw_tree_open(&t, path, &e) < 0)
                return fail(&e);
        int result = hw_read(&t, f, &inner);
        hw_tree_close(&t);
        if (result < 0)
                err_set(&e, inner.code, "%s: %s", path ? path : "/", inner.text);
        return result < 0 ? fail(&e) : 0;
}

static int show_field(const struct hw_facts *f, const char *key)
{
        const struct hw_fact *fact = hw_find(f, key);
        if (!fact) {
                say_error("there is no field '%s' for this machine; `crossarm hw --json` shows all, nested by the dots", key);
                return 2;
        }
        if (fact->kind == HW_UNKNOWN) {
                say_error("%s is unknown: %s", key, fact->source);
                return 1;
        }
        puts(fact->text);
        return 0;
}

static int show_dmidecode(const char *sysroot)
{
        struct hw_tree t;
        struct err e = { 0 };
        if (hw_tree_open(&t, sysroot, &e) < 0)
                return fail(&e);
        int status = hw_view_dmidecode(&t);
        hw_tree_close(&t);
        return status;
}

static int show(const struct request *q)
{
        if (q->as && !strcmp(q->as, "dmidecode"))
                return show_dmidecode(q->sysroot);
        if (q->as && strcmp(q->as, "lscpu")) {
                say_error("--as takes lscpu or dmidecode");
                return 2;
        }
        struct hw_facts f = { 0 };
        int status = load(q->sysroot, &f);
        if (status == 0) {
                if (q->field)
                        status = show_field(&f, q->field);
                else if (q->as)
                        hw_view_lscpu(&f);
                else if (q->prometheus)
                        hw_view_prometheus(&f);
                else if (q->json)
                        hw_view_json(&f);
                else
                        hw_view_text(&f);
        }
        hw_facts_free(&f);
        return status;
}

static int act_capture(char **argv)
{
        struct err e = { 0 };
        if (!argv[1] || argv[2]) {
                say_error("capture wants one file to write");
                return wrong_usage("hw");
        }
        bool to_stdout = !strcmp(argv[1], "-");
        AUTO_CLOSE int fd = to_stdout ? dup(STDOUT_FILENO) : open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
        if (fd < 0) {
                say_error("cannot write %s: %s", argv[1], strerror(errno));
                return 2;
        }
        if (hw_capture(fd, &e) < 0) {
                if (!to_stdout)
                        unlink(argv[1]);
                return fail(&e);
        }
        if (geteuid() != 0)
                say_error("captured without root: SMBIOS and the kernel's log may be missing from it");
        return 0;
}

static int act_diff(const struct request *q, int argc, char **argv)
{
        size_t count = (size_t)argc - 1;
        int status = 0;
        if (count < 2) {
                say_error("diff wants two machines or more");
                return wrong_usage("hw");
        }
        struct hw_facts *machines = calloc(count, sizeof *machines);
        if (!machines)
                abort();
        for (size_t i = 0; i < count && status == 0; i++)
                status = load(strcmp(argv[i + 1], ".") ? argv[i + 1] : NULL, &machines[i]);
        if (status == 0) {
                struct hw_difference *d;
                size_t rows = hw_diff(machines, count, &d);
                if (q->json)
                        hw_view_diff_json(d, rows, argv + 1, count);
                else
                        hw_view_diff(d, rows, argv + 1, count);
                status = rows ? 1 : 0;
                hw_diff_free(d, rows);
        }
        for (size_t i = 0; i < count; i++)
                hw_facts_free(&machines[i]);
        free(machines);
        return status;
}

int cmd_hw(int argc, char **argv)
{
        struct request q = { 0 };
        for (int c; (c = getopt_long(argc, argv, "h", options, NULL)) != -1;) {
                switch (c) {
                case OPT_JSON: q.json = true; break;
                case OPT_FIELD: q.field = optarg; break;
                case OPT_SYSROOT: q.sysroot = optarg; break;
                case OPT_PROMETHEUS: q.prometheus = true; break;
                case OPT_AS: q.as = optarg; break;
                case 'h': fputs(usage, stdout); return 0;
                default: return wrong_usage("hw");
                }
        }
        if (optind == argc)
                return show(&q);
        if (!strcmp(argv[optind], "capture"))
                return act_capture(argv + optind);
        if (!strcmp(argv[optind], "diff"))
                return act_diff(&q, argc - optind, argv + optind);
        say_error("there is no action '%s'; without one the facts are shown", argv[optind]);
        return wrong_usage("hw");
}
