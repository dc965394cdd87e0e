/* crossarm run: options in, one box out. */
#include "cli/cmd.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "box/box.h"
#include "base/util.h"
#include "cli/run_file.h"
#include "cli/run_image.h"

static const char usage[] = "Usage: crossarm run [OPTION...] PROGRAM [ARG...]\n"
                            "       crossarm run [OPTION...] ROOTFS-DIR [--] [CMD [ARG...]]\n"
                            "       crossarm run [OPTION...] ROOTFS-FILE [--] [CMD [ARG...]]\n"
                            "       crossarm run [OPTION...] IMAGE [--] [CMD [ARG...]]\n"
                            "Run an arm64 program. Given a folder, that folder is the root of what CMD (/bin/sh if none) sees.\n"
                            "A tar, squashfs, ext4 or disk image is unpacked into the cache first; what CMD writes is not kept.\n"
                            "An image, as `crossarm pull` names them, is pulled when it is not here; what CMD writes is not kept.\n"
                            "No root rights are needed, and nothing is registered on this machine.\n\n"
                            "  -e, --env NAME=VALUE        set a variable; NAME alone removes it\n"
                            "  -w, --workdir DIR           start in DIR\n"
                            "  -u, --user USER[:GROUP]     run as this user of the rootfs (default: root)\n"
                            "  -b, --bind HOST:GUEST[:ro]  let HOST appear at GUEST in the rootfs (also -v, --volume)\n"
                            "      --ephemeral             keep nothing: what CMD writes goes to memory, the rootfs stays as it is\n"
                            "      --resolv host|guest|none  whose /etc/resolv.conf is seen: this machine's (default), the rootfs's, none\n"
                            "      --services              let packages start services as they are installed\n"
                            "      --as-root               be root of the namespace when running a PROGRAM, as in a rootfs\n"
                            "      --no-binfmt             let the engine start every arm64 program itself, not the kernel's binfmt_misc\n"
                            "  -h, --help                  this text\n\n"
                            "Of an IMAGE:\n"
                            "      --platform OS/ARCH[/V]  which image of an index (default linux/arm64)\n"
                            "      --entrypoint PROGRAM    instead of the image's own\n"
                            "      --name NAME             keep what is written, and go on with it in the next run of that name\n"
                            "      --rm                    keep nothing, with a name either\n"
                            "      --pull always|missing|never\n"
                            "  -i, -t, --interactive, --tty\n"
                            "                              taken for docker's sake: input and terminal are the program's in any case\n\n"
                            "The exit status is the program's own; 127: not found, 126: found but could not be run, 2: wrong usage.\n"
                            "CROSSARM_ENGINE names another engine than the crossarm-aarch64 beside this program.\n";

enum {
        OPT_NO_BINFMT = 256,
        OPT_AS_ROOT,
        OPT_EPHEMERAL,
        OPT_RESOLV,
        OPT_SERVICES,
        OPT_PLATFORM,
        OPT_ENTRYPOINT,
        OPT_NAME,
        OPT_RM,
        OPT_PULL
};

static const struct option options[] = {
        { "env", required_argument, NULL, 'e' },
        { "workdir", required_argument, NULL, 'w' },
        { "user", required_argument, NULL, 'u' },
        { "bind", required_argument, NULL, 'b' },
        { "volume", required_argument, NULL, 'b' },
        { "platform", required_argument, NULL, OPT_PLATFORM },
        { "entrypoint", required_argument, NULL, OPT_ENTRYPOINT },
        { "name", required_argument, NULL, OPT_NAME },
        { "rm", no_argument, NULL, OPT_RM },
        { "pull", required_argument, NULL, OPT_PULL },
        { "interactive", no_argument, NULL, 'i' },
        { "tty", no_argument, NULL, 't' },
        { "ephemeral", no_argument, NULL, OPT_EPHEMERAL },
        { "resolv", required_argument, NULL, OPT_RESOLV },
        { "services", no_argument, NULL, OPT_SERVICES },
        { "as-root", no_argument, NULL, OPT_AS_ROOT },
        { "no-binfmt", no_argument, NULL, OPT_NO_BINFMT },
        { "help", no_argument, NULL, 'h' },
        { 0 },
};

/* HOST:GUEST[:ro], cut up in place. A path with a colon cannot be named. */
static bool parse_bind(char *text, struct box_bind *b)
{
        char *guest = strchr(text, ':');
        if (!guest || guest == text || !guest[1])
                return false;
        *guest++ = 0;
        char *mode = strchr(guest, ':');
        if (mode)
                *mode++ = 0;
        *b = (struct box_bind){ .host = text, .guest = guest, .read_only = mode && !strcmp(mode, "ro") };
        return !mode || b->read_only || !strcmp(mode, "rw");
}

static bool parse_resolv(const char *text, enum rootfs_resolv *resolv)
{
        static const char *const names[] = { [RESOLV_HOST] = "host", [RESOLV_GUEST] = "guest", [RESOLV_NONE] = "none" };
        for (size_t i = 0; i < ARRAY_LEN(names); i++)
                if (!strcmp(text, names[i])) {
                        *resolv = (enum rootfs_resolv)i;
                        return true;
                }
        return false;
}

struct request {
        struct box box;
        struct run_image image;
        struct box_bind *binds;
        char **env;
        size_t env_count;
};

static const struct overlay in_memory;

/* 0, or the exit status after a message. */
static int take_option(struct request *q, int c)
{
        struct box *b = &q->box;
        switch (c) {
        case 'e': q->env[q->env_count++] = optarg; break;
        case 'w': b->workdir = optarg; break;
        case 'u': b->user = optarg; break;
        case 'b':
        case 'v':
                if (parse_bind(optarg, &q->binds[b->bind_count++]))
                        break;
                say_error("--bind wants HOST:GUEST or HOST:GUEST:ro");
                return 2;
        case 'i':
        case 't': break;
        case OPT_PLATFORM: q->image.platform = optarg; break;
        case OPT_ENTRYPOINT: q->image.entrypoint = optarg; break;
        case OPT_NAME: q->image.name = optarg; break;
        case OPT_RM: q->image.rm = true; break;
        case OPT_PULL: q->image.pull = optarg; break;
        case OPT_EPHEMERAL: b->overlay = &in_memory; break;
        case OPT_RESOLV:
                if (parse_resolv(optarg, &b->resolv))
                        break;
                say_error("--resolv wants host, guest or none");
                return 2;
        case OPT_SERVICES: b->services = true; break;
        case OPT_AS_ROOT: b->as_root = true; break;
        case OPT_NO_BINFMT: b->no_binfmt = true; break;
        default: return wrong_usage("run");
        }
        return 0;
}

/* The operand in front of the command; "--" may stand between them. */
static const char *take_operand(struct box *b)
{
        const char *operand = *b->argv++;
        if (b->argv[0] && !strcmp(b->argv[0], "--"))
                b->argv++;
        return operand;
}

/* What the program's root is to be: a folder, a file, an image, or this machine's tree. 0, or the exit status after a message. */
static int choose_root(struct request *q)
{
        static char *shell[] = { "/bin/sh", NULL };
        struct box *b = &q->box;
        struct stat st;
        int status = 0;
        bool folder = stat(b->argv[0], &st) == 0 && S_ISDIR(st.st_mode), file = !folder && !b->as_root && run_names_file(b->argv[0]);
        if (folder) {
                b->rootfs = take_operand(b);
        } else if (file) {
                status = run_file(take_operand(b), b);
                b->overlay = &in_memory;
        } else if (!b->as_root && run_names_image(b->argv[0], &q->image)) {
                return run_image(take_operand(b), &q->image, b);
        } else if (b->user || b->bind_count || b->overlay) {
                say_error("--user, --bind and --ephemeral go with a rootfs folder or an image, and %s is none", b->argv[0]);
                return 2;
        }
        if (!b->argv[0])
                b->argv = shell;
        return status;
}

int cmd_run(int argc, char **argv)
{
        AUTO_FREE struct box_bind *binds = calloc((size_t)argc + 1, sizeof *binds);
        AUTO_FREE char **env = calloc((size_t)argc + 1, sizeof *env);
        if (!binds || !env)
                return 126;
        struct request q = { .box = { .binds = binds, .env = env }, .binds = binds, .env = env };
        int status = 0;
        for (int c; !status && (c = getopt_long(argc, argv, "+e:w:u:b:v:ith", options, NULL)) != -1;) {
                if (c == 'h') {
                        fputs(usage, stdout);
                        return 0;
                }
                status = take_option(&q, c);
        }
        if (status)
                return status;
        if (optind == argc) {
                say_error("a program or a rootfs folder or an image is needed");
                return wrong_usage("run");
        }
        AUTO_FREE char *engine = engine_path();
        if (!engine)
                return 126;
        q.box.engine = engine;
        q.box.argv = argv + optind;
        status = choose_root(&q);
        if (status)
                return status;
        struct err e = { 0 };
        box_run(&q.box, &e);
        run_image_failed(&q.image, &q.box);
        say_error("%s", e.text);
        return e.code;
}
