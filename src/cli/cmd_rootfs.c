/* crossarm rootfs: trees made, imported and removed. */
#include "cli/cmd.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "box/userns.h"
#include "base/util.h"
#include "image/tree.h"
#include "rootfs/make.h"

static const char usage[] =
        "Usage: crossarm rootfs create TARGET [--arch ARCH] [--suite SUITE] [--include PACKAGE,...] [OPTION...]\n"
        "       crossarm rootfs import SOURCE TARGET [OPTION...]\n"
        "       crossarm rootfs remove DIR\n"
        "Make a tree to run in, without root.\n\n"
        "Actions:\n"
        "  create   a Debian or Ubuntu tree, by mmdebstrap\n"
        "  import   a board's: SOURCE is a folder, a tar, a squashfs, an ext2/3/4 file system or a disk image, raw or qcow2 (boot\n"
        "           and root partition), the files also compressed\n"
        "  remove   a folder whose files belong to other users of the namespace\n\n"
        "TARGET is a folder, or a file that ends in .tar (.gz, .xz, .zst), .squashfs or .ext4.\n\n"
        "      --arch ARCH         arm64 (default); others by QEMU, if this machine has one\n"
        "      --suite SUITE       bookworm (default), trixie, noble, ...\n"
        "      --include LIST      more packages\n"
        "      --variant NAME      how much there is: extract, essential, apt, minbase (default), important, standard ...: mmdebstrap(1)\n"
        "      --mirror URL        where from (default: the distribution's)\n"
        "      --components LIST   main (default), contrib, universe, ...\n"
        "      --keyring FILE      the keys that sign the archive\n"
        "      --partition N       import: the root partition of a disk image (default: the largest)\n"
        "      --no-boot           import: leave out the boot partition of a disk image\n"
        "      --max-size SIZE     import: refuse what unpacks to more (64G)\n"
        "  -q, --quiet             no progress\n"
        "  -v, --verbose           every line of mmdebstrap, apt and dpkg\n"
        "  -h, --help              this text\n";

enum { LINES_KEPT = 25 };

struct request {
        struct create_plan create;
        struct import_plan import;
        u64 max_size;
        bool quiet, verbose, terminal;
        char *kept[LINES_KEPT]; /* the last lines of the program at work, told when it fails */
        size_t line_count;
        char phase[80];
};

/* ---- progress ---- */

static void keep_line(struct request *q, const char *text)
{
        char **slot = &q->kept[q->line_count++ % LINES_KEPT];
        free(*slot);
        *slot = format("%s", text);
}

static void show_line(struct request *q, const char *text)
{
        keep_line(q, text);
        if (q->verbose)
                fprintf(stderr, "%s\n", text);
}

/* On a terminal one line that changes; else a line for each phase. */
static void show(void *to, const struct job_news *n)
{
        struct request *q = to;
        bool new_phase = strcmp(q->phase, n->phase);
        if (!n->phase[0]) {
                show_line(q, n->text);
                return;
        }
        snprintf(q->phase, sizeof q->phase, "%s", n->phase);
        if (q->quiet || q->verbose || (!q->terminal && !new_phase))
                return;
        AUTO_FREE char *percent = n->total ? format(" %3lu%%", n->done >= n->total ? 100 : n->done * 100 / n->total) : format("%s", "");
        if (q->terminal)
                fprintf(stderr, "\r\033[K%s%s %.60s", n->phase, percent, n->text);
        else
                fprintf(stderr, "%s\n", n->phase);
}

static void end_progress(const struct request *q)
{
        if (q->terminal && !q->quiet && !q->verbose)
                fputs("\r\033[K", stderr);
}

static void say_kept(struct request *q)
{
        size_t first = q->line_count > LINES_KEPT ? q->line_count - LINES_KEPT : 0;
        for (size_t i = first; i < q->line_count && !q->verbose; i++)
                fprintf(stderr, "  %s\n", q->kept[i % LINES_KEPT]);
}

static void say_notes(const char *target, const struct notes *n)
{
        if (n->devices)
                say_error("note: %u device nodes and sockets were left out of %s: only the machine's root can make them, and `crossarm "
                          "run` shows the "
                          "machine's /dev",
                        n->devices, target);
        if (n->owners)
                say_error("note: the owners of %u entries could not be kept (%s); a range in /etc/subuid and /etc/subgid lets them",
                        n->owners, n->first);
        if (n->others)
                say_error("note: attributes of %u entries could not be kept (%s)", n->others, n->first);
}

/* ---- the actions ---- */

static int run_job(struct request *q, const char *target, const void *plan, int (*work)(struct job *j, struct err *e), const char *engine)
{
        struct job_options o = { .target = target, .engine = engine, .plan = plan, .max_size = q->max_size, .tell = show, .to = q };
        struct notes notes = { 0 };
        struct err e = { 0 };
        int bad = job_run(&o, work, &notes, &e);
        end_progress(q);
        if (bad) {
                say_kept(q);
                say_error("%s", e.text);
        } else {
                say_notes(target, &notes);
        }
        for (size_t i = 0; i < LINES_KEPT; i++)
                free(q->kept[i]);
        return bad ? 1 : 0;
}

static int wrong_arguments(const char *what)
{
        say_error("%s", what);
        return wrong_usage("rootfs");
}

static int act_create(struct request *q, char **args)
{
        if (!args[0] || args[1])
                return wrong_arguments("create wants one TARGET");
        AUTO_FREE char *engine = engine_path();
        return engine ? run_job(q, args[0], &q->create, make_create, engine) : 1;
}

static int act_import(struct request *q, char **args)
{
        if (!args[0] || !args[1] || args[2])
                return wrong_arguments("import wants a SOURCE and a TARGET");
        q->import.source = args[0];
        return run_job(q, args[1], &q->import, make_import, NULL);
}

static bool looks_like_a_root(int dir)
{
        static const char *const names[] = { "etc", "usr", "bin", "lib" };
        for (size_t i = 0; i < ARRAY_LEN(names); i++)
                if (faccessat(dir, names[i], F_OK, AT_SYMLINK_NOFOLLOW) == 0)
                        return true;
        return false;
}

/* What is mounted below a folder is not the tree's to lose. The mount point, malloced, or NULL. */
static char *mounted_below(const char *folder)
{
        FILE *f = fopen("/proc/self/mountinfo", "re");
        char *line = NULL, *found = NULL, place[4096];
        size_t size = 0, n = strlen(folder);
        while (f && !found && getline(&line, &size, f) > 0)
                if (sscanf(line, "%*s %*s %*s %*s %4095s", place) == 1 && !strncmp(place, folder, n) && (place[n] == '/' || !place[n]))
                        found = format("%s", place);
        free(line);
        if (f)
                fclose(f);
        return found;
}

static int act_remove(struct request *q, char **args)
{
        struct err e = { 0 };
        if (!args[0] || args[1])
                return wrong_arguments("remove wants one DIR");
        AUTO_CLOSE int dir = open(args[0], O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (dir < 0) {
                say_error("cannot open the folder %s: %s%s", args[0], strerror(errno), errno == ENOTDIR ? "; rm removes what is none" : "");
                return 1;
        }
        AUTO_FREE char *whole = realpath(args[0], NULL);
        if (!whole) {
                say_error("cannot find out where %s is: %s", args[0], strerror(errno));
                return 1;
        }
        if (!strcmp(whole, "/") || !looks_like_a_root(dir)) {
                say_error("%s is not removed: it does not look like a rootfs", args[0]);
                return 1;
        }
        AUTO_FREE char *mount = mounted_below(whole);
        if (mount) {
                say_error("%s is not removed: something is mounted at %s; umount it first", args[0], mount);
                return 1;
        }
        if (userns_enter(USERNS_AS_ROOT, &e) < 0) {
                say_error("%s", e.text);
                return 1;
        }
        if (tree_remove(AT_FDCWD, whole) == 0)
                return 0;
        say_error("cannot remove %s: %s", args[0], strerror(errno));
        return 1;
}

/* ---- the command line ---- */

enum { OPT_ARCH = 256, OPT_SUITE, OPT_INCLUDE, OPT_VARIANT, OPT_MIRROR, OPT_COMPONENTS, OPT_KEYRING, OPT_PARTITION, OPT_NO_BOOT, OPT_MAX };

static const struct option options[] = {
        { "arch", required_argument, NULL, OPT_ARCH },
        { "suite", required_argument, NULL, OPT_SUITE },
        { "include", required_argument, NULL, OPT_INCLUDE },
        { "variant", required_argument, NULL, OPT_VARIANT },
        { "mirror", required_argument, NULL, OPT_MIRROR },
        { "components", required_argument, NULL, OPT_COMPONENTS },
        { "keyring", required_argument, NULL, OPT_KEYRING },
        { "partition", required_argument, NULL, OPT_PARTITION },
        { "no-boot", no_argument, NULL, OPT_NO_BOOT },
        { "max-size", required_argument, NULL, OPT_MAX },
        { "quiet", no_argument, NULL, 'q' },
        { "verbose", no_argument, NULL, 'v' },
        { "help", no_argument, NULL, 'h' },
        { 0 },
};

static int dispatch(struct request *q, const char *name, char **args)
{
        static const struct {
                const char *name;
                int (*act)(struct request *q, char **args);
        } actions[] = { { "create", act_create }, { "import", act_import }, { "remove", act_remove } };
        for (size_t i = 0; i < ARRAY_LEN(actions); i++)
                if (!strcmp(name, actions[i].name))
                        return actions[i].act(q, args);
        if (!*name)
                return wrong_arguments("an action is needed: create, import or remove");
        say_error("there is no action '%s'", name);
        return wrong_usage("rootfs");
}

int cmd_rootfs(int argc, char **argv)
{
        struct request q = {
                .create = { .arch = "arm64", .suite = "bookworm", .variant = "minbase" }, .max_size = 64ull << 30, .terminal = isatty(2)
        };
        for (int c; (c = getopt_long(argc, argv, "qvh", options, NULL)) != -1;) {
                switch (c) {
                case OPT_ARCH: q.create.arch = optarg; break;
                case OPT_SUITE: q.create.suite = optarg; break;
                case OPT_INCLUDE: q.create.include = optarg; break;
                case OPT_VARIANT: q.create.variant = optarg; break;
                case OPT_MIRROR: q.create.mirror = optarg; break;
                case OPT_COMPONENTS: q.create.components = optarg; break;
                case OPT_KEYRING: q.create.keyring = optarg; break;
                case OPT_PARTITION:
                        q.import.partition = atoi(optarg);
                        if (q.import.partition < 1)
                                return wrong_arguments("--partition wants a number from 1 up");
                        break;
                case OPT_NO_BOOT: q.import.no_boot = true; break;
                case OPT_MAX:
                        if (!take_size(optarg, &q.max_size))
                                return wrong_arguments("--max-size wants a number of bytes, or one with K, M, G or T");
                        break;
                case 'q': q.quiet = true; break;
                case 'v': q.verbose = true; break;
                case 'h': fputs(usage, stdout); return 0;
                default: return wrong_usage("rootfs");
                }
        }
        return dispatch(&q, optind < argc ? argv[optind] : "", argv + optind + (optind < argc));
}
