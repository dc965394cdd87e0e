/* crossarm bench: who runs it, what is run, how it is shown. The measuring is in src/bench. */
#include "cli/cmd.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/bench.h"
#include "bench/emulator.h"
#include "bench/host_tree.h"
#include "base/util.h"
#include "cli/bench_program.h"
#include "cli/bench_tree.h"
#include "cli/bench_view.h"

static const char usage[] =
        "Usage: crossarm bench [OPTION...] [ROOTFS|FILE|IMAGE] [-- CMD [ARG...]]\n"
        "       crossarm bench [OPTION...] PROGRAM [ARG...]\n"
        "Run the same command as a native program, on our engine and under each QEMU there is, in turns, and compare times and results.\n"
        "Without CMD: a built-in set of work. Without a tree: the one that `make demo` has made. What CMD writes is never kept.\n\n"
        "      --native TREE           what the native programs are taken from: an amd64 ROOTFS, FILE or IMAGE (default: this machine);\n"
        "                              with an arm64 PROGRAM, the native program that does the same (default: none)\n"
        "      --no-native             compare with our engine's time\n"
        "      --qemu PROGRAM          this QEMU, too (can be repeated); without, each qemu-aarch64[-static] in PATH\n"
        "      --rounds N              how often each is run; the least time counts (default 5)\n"
        "      --timeout SECONDS       end what takes longer (default 300)\n"
        "      --json                  as JSON: see crossarm-bench(1) for the form\n"
        "      --svg FILE              draw a bar chart, too\n"
        "  -e, --env NAME=VALUE        set a variable for CMD; NAME alone removes it\n"
        "  -w, --workdir DIR           run CMD in DIR of the tree\n"
        "  -b, --bind HOST:GUEST       let HOST appear at GUEST in each tree\n"
        "  -h, --help                  this text\n\n"
        "Status: 0; 1 when a result differs or our engine could not run something; 2 wrong usage; 126 and 127 as crossarm run.\n";

enum { OPT_NATIVE = 256, OPT_NO_NATIVE, OPT_QEMU, OPT_ROUNDS, OPT_TIMEOUT, OPT_JSON, OPT_SVG };

static const struct option options[] = {
        { "native", required_argument, NULL, OPT_NATIVE },
        { "no-native", no_argument, NULL, OPT_NO_NATIVE },
        { "qemu", required_argument, NULL, OPT_QEMU },
        { "rounds", required_argument, NULL, OPT_ROUNDS },
        { "timeout", required_argument, NULL, OPT_TIMEOUT },
        { "json", no_argument, NULL, OPT_JSON },
        { "svg", required_argument, NULL, OPT_SVG },
        { "env", required_argument, NULL, 'e' },
        { "workdir", required_argument, NULL, 'w' },
        { "bind", required_argument, NULL, 'b' },
        { "help", no_argument, NULL, 'h' },
        { 0 },
};

struct request {
        const char *native, *svg, *workdir;
        bool no_native, json;
        int rounds, timeout;
        char **qemu, **env;
        struct box_bind *binds;
        size_t qemu_count, env_count, bind_count;
};

/* Everything writes to memory, so that each run begins with the same tree. */
static const struct overlay in_memory = { 0 };

static bool parse_number(const char *text, int most, int *n)
{
        char *end;
        long value = strtol(text, &end, 10);
        *n = (int)value;
        return end != text && !*end && value > 0 && value <= most;
}

static int parse(int argc, char **argv, struct request *q)
{
        for (int c; (c = getopt_long(argc, argv, "+e:w:b:h", options, NULL)) != -1;) {
                char *colon;
                switch (c) {
                case OPT_NATIVE: q->native = optarg; break;
                case OPT_NO_NATIVE: q->no_native = true; break;
                case OPT_QEMU: q->qemu[q->qemu_count++] = optarg; break;
                case OPT_ROUNDS:
                        if (!parse_number(optarg, 10000, &q->rounds)) {
                                say_error("--rounds wants a number from 1 to 10000");
                                return 2;
                        }
                        break;
                case OPT_TIMEOUT:
                        if (!parse_number(optarg, 1000000, &q->timeout)) {
                                say_error("--timeout wants a number of seconds from 1 to 1000000");
                                return 2;
                        }
                        break;
                case OPT_JSON: q->json = true; break;
                case OPT_SVG: q->svg = optarg; break;
                case 'e': q->env[q->env_count++] = optarg; break;
                case 'w': q->workdir = optarg; break;
                case 'b':
                        colon = strchr(optarg, ':');
                        if (!colon || colon == optarg || !colon[1]) {
                                say_error("--bind wants HOST:GUEST");
                                return 2;
                        }
                        *colon = 0;
                        q->binds[q->bind_count++] = (struct box_bind){ .host = optarg, .guest = colon + 1, .read_only = true };
                        break;
                case 'h': fputs(usage, stdout); return -1;
                default: return wrong_usage("bench");
                }
        }
        if (q->no_native && q->native) {
                say_error("--native and --no-native exclude each other");
                return 2;
        }
        return 0;
}

static char *joined_words(char *const *argv)
{
        char *text = format("%s", "");
        for (; *argv; argv++) {
                char *more = format("%s%s%s", text, *text ? " " : "", *argv);
                free(text);
                text = more;
        }
        return text;
}

/* Progress on one line of a terminal, which is empty again when all is done. */
static void tell_progress(void *arg, int round, const char *work, const char *runner)
{
        const int *rounds = arg;
        fprintf(stderr, "\r\033[Kround %d of %d: %.40s, %s", round + 1, *rounds, work, runner);
        fflush(stderr);
}

static int draw(const struct bench *b, const struct bench_title *t, const char *path)
{
        FILE *to = fopen(path, "we");
        bool failed = !to || bench_view_svg(b, t, to) < 0;
        if (to && fclose(to) != 0)
                failed = true;
        if (failed)
                say_error("cannot write %s: %s", path, strerror(errno));
        return failed ? 126 : 0;
}

static int verdict(const struct bench *b)
{
        bool any = false;
        for (size_t w = 0; w < b->work_count; w++)
                for (size_t i = 0; i < b->runner_count; i++) {
                        const struct bench_result *r = bench_at(b, w, i);
                        bool lacks = r->skipped && b->work[w].needs; /* the built-in set takes what there is */
                        any |= r->done && !r->skipped && b->runners[i].kind == RUNNER_OURS;
                        if (r->differs || (r->skipped && !lacks && b->runners[i].kind == RUNNER_OURS))
                                return 1;
                }
        return any ? 0 : 1;
}

static int measure(struct bench *b, const struct bench_title *t, const struct request *q)
{
        struct err e = { 0 };
        struct bench_progress p = { .tell = isatty(2) ? tell_progress : NULL, .arg = &b->rounds };
        int ended = bench_run(b, &p, &e);
        if (p.tell)
                fputs("\r\033[K", stderr);
        if (ended < 0) {
                say_error("%s", e.text);
                return e.code;
        }
        if (ended > 0) {
                raise(ended); /* it is blocked until all is cleaned up, and then ends us, and so a shell's loop, too */
                return 128 + ended;
        }
        if (q->json)
                bench_view_json(b, t);
        else
                bench_view_text(b, t);
        int status = q->svg ? draw(b, t, q->svg) : 0;
        if (fflush(stdout) != 0 && !status) {
                say_error("cannot write the results: %s", strerror(errno));
                status = 126;
        }
        return status ? status : verdict(b);
}

/* A runner whose programs are this machine's, or lie on it, without a way to write to it. */
static void use_this_machine(struct bench_runner *r, const struct host_tree *host)
{
        r->look_in = "/";
        r->box.rootfs = host->dir;
        r->box.binds = host->binds;
        r->box.bind_count = host->bind_count;
        r->box.overlay = &in_memory;
        r->box.resolv = RESOLV_GUEST;
        r->box.services = true;
}

/* Whose trees they are: 0, or the exit status after a message. */
static int set_trees(struct request *q, const char *tree, struct bench_runner *ours, struct bench_runner *native, struct host_tree *host)
{
        struct err e = { 0 };
        bool program = bench_names_program(tree);
        int status = program ? bench_program_places(tree, q->native, q->binds, &q->bind_count)
                             : bench_find_tree(tree, "linux/arm64", &ours->box);
        ours->look_in = ours->box.rootfs;
        if (status == 0 && q->native && !program)
                status = bench_find_tree(q->native, "linux/amd64", &native->box);
        native->look_in = native->box.rootfs;
        sigset_t stops = bench_stops();
        sigprocmask(SIG_BLOCK, &stops, NULL); /* from here on there is something to clean up */
        if (status || (!program && (q->native || q->no_native)))
                return status;
        if (host_tree_make(host, q->binds, q->bind_count, &e) < 0) {
                say_error("%s", e.text);
                return e.code;
        }
        use_this_machine(native, host);
        if (program) {
                use_this_machine(ours, host);
                native->argv0 = q->native;
        }
        return 0;
}

/* The same box as ours with another engine. r->name is malloced. */
static void set_qemu(struct bench_runner *r, const struct emulator *qemu, const struct bench_runner *ours)
{
        *r = (struct bench_runner){ .kind = RUNNER_QEMU,
                .name = format("QEMU%s%s", *qemu->version ? " " : "", qemu->version),
                .program = qemu->path,
                .version = qemu->version,
                .skipped = qemu->skipped,
                .look_in = ours->look_in,
                .box = ours->box };
        r->box.engine = qemu->path;
}

/* Who takes part: native, ours, then the QEMUs. 0, or the exit status. */
static int bench_trees(struct request *q, const char *tree, const struct bench_work *work, size_t work_count, const char *engine)
{
        struct emulator *qemus;
        size_t qemu_count = emulator_list(getenv("PATH"), q->qemu, q->qemu_count, &qemus);
        struct bench_runner *runners = calloc(qemu_count + 2, sizeof *runners);
        if (!runners)
                abort();
        struct bench_title title = { .tree = tree, .native = q->no_native ? NULL : q->native ? q->native : "this machine" };
        if (!q->native && bench_names_program(tree))
                title.native = NULL;
        struct box plain = { .engine = engine, .binds = q->binds, .bind_count = q->bind_count, .workdir = q->workdir, .env = q->env };
        struct host_tree host = { 0 };
        struct bench_runner ours = {
                .kind = RUNNER_OURS, .name = "crossarm", .program = engine, .version = CROSSARM_VERSION, .box = plain
        };
        size_t n = 0;
        struct bench_runner native = { .kind = RUNNER_NATIVE, .name = "native", .box = plain };
        sigset_t before;
        sigprocmask(SIG_BLOCK, NULL, &before);
        int status = set_trees(q, tree, &ours, &native, &host);
        if (title.native)
                runners[n++] = native;
        runners[n++] = ours;
        for (size_t i = 0; i < qemu_count; i++)
                set_qemu(&runners[n++], &qemus[i], &ours);
        if (!qemu_count)
                say_error("there is no qemu-aarch64-static in PATH (Debian: qemu-user-static): no comparison with QEMU");
        struct bench b = { .runners = runners,
                .runner_count = n,
                .work = work,
                .work_count = work_count,
                .rounds = q->rounds,
                .timeout_ms = q->timeout * 1000 };
        if (status == 0)
                status = measure(&b, &title, q);
        bench_free(&b);
        for (size_t i = 0; i < n; i++)
                if (runners[i].kind == RUNNER_QEMU)
                        free((char *)runners[i].name);
        free(runners);
        host_tree_remove(&host);
        emulator_list_free(qemus, qemu_count);
        sigprocmask(SIG_SETMASK, &before, NULL);
        return status;
}

int cmd_bench(int argc, char **argv)
{
        AUTO_FREE char **qemu = calloc((size_t)argc + 1, sizeof *qemu), **env = calloc((size_t)argc + 2, sizeof *env);
        AUTO_FREE struct box_bind *binds = calloc((size_t)argc + 1 + BENCH_PROGRAM_PLACES, sizeof *binds);
        if (!qemu || !env || !binds)
                abort();
        /* The trees may not have the user's locale, and would then behave differently. */
        env[0] = "LC_ALL=C";
        struct request q = { .rounds = 5, .timeout = 300, .qemu = qemu, .env = env, .env_count = 1, .binds = binds };
        int status = parse(argc, argv, &q);
        if (status)
                return status < 0 ? 0 : status;
        /* getopt_long has taken a "--" that stands before everything. */
        bool has_tree = optind < argc && strcmp(argv[optind - 1], "--");
        char **command = argv + optind + has_tree;
        if (has_tree && command[0] && !strcmp(command[0], "--"))
                command++;
        AUTO_FREE char *here = NULL, *program = NULL, *native = NULL, *name = NULL;
        if (has_tree && bench_names_program(argv[optind])) { /* it is its own command */
                *--command = argv[optind];
                name = joined_words(command);
                if (!(program = bench_program_path(argv[optind])) || (q.native && !(native = bench_program_path(q.native))))
                        return 127;
                argv[optind] = command[0] = program;
                q.native = native;
                if (!q.workdir)
                        q.workdir = here = realpath(".", NULL);
        }
        AUTO_FREE char *engine = engine_path(), *demo = has_tree || !engine ? NULL : bench_demo_tree();
        if (!engine || (!has_tree && !demo))
                return engine ? 2 : 126;
        name = name ? name : joined_words(command);
        struct bench_work given = { .name = name, .argv = command };
        const char *tree = has_tree ? argv[optind] : demo;
        return command[0] ? bench_trees(&q, tree, &given, 1, engine) : bench_trees(&q, tree, builtin_work, builtin_work_count, engine);
}
