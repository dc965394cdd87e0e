/* As multiarch/qemu-user-static, that is `register.sh` with the options of QEMU's qemu-binfmt-conf.sh. */
#include "cli/dropin.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "binfmt/register.h"
#include "binfmt/sample.h"
#include "base/util.h"
#include "cli/cmd.h"
#include "cli/handlers.h"

static const char usage[] =
        "Usage: crossarm-binfmt [--reset] [OPTION...]\n"
        "Register arm64 for crossarm, and every architecture this machine has a static QEMU for.\n\n"
        "      --reset               remove every handler qemu-* first\n"
        "      --check               change nothing: status 0 when programs of every registered architecture run\n"
        "  -Q, --qemu-path DIR       where QEMU is (QEMU_BIN_DIR, or /usr/bin)\n"
        "  -F, --qemu-suffix SUFFIX  how its file names end (-static)\n"
        "  -p, --persistent yes|no   open the interpreter now, so that it works in every container (flag F; default yes)\n"
        "  -c, --credential yes|no   setuid programs get their rights, of every tree on the machine (flag C; default no)\n"
        "  -g, --preserve-argv0 yes|no  programs see their own argv[0] (flag P; default yes)\n"
        "  -s, --systemd CPU|ALL     write binfmt.d files instead of registering\n"
        "  -d, --debian              write files for update-binfmts instead of registering\n"
        "  -e, --exportdir DIR       where to (/etc/binfmt.d, /usr/share/binfmts)\n"
        "  -h, --help                this text\n";

struct request {
        bool reset, check, debian, persistent, credential, argv0;
        const char *systemd, *exportdir;
        struct interpreter_places places;
};

static bool yes(const char *value)
{
        return !strcmp(value, "yes");
}

static int reset(void)
{
        struct handler_list found;
        struct err e = { 0 };
        int status = 0;
        handler_list_read(BINFMT_DIR, &found);
        for (size_t i = 0; i < found.count; i++)
                if (!strncmp(found.at[i].name, "qemu-", 5) && handler_remove(BINFMT_DIR, found.at[i].name, &e) < 0)
                        status = fprintf(stderr, "%s\n", e.text) > 0;
        handler_list_free(&found);
        return status;
}

/* What the old image could not: tell without touching anything. */
static int check(void)
{
        struct handler_list found;
        int status = 1;
        handler_list_read(BINFMT_DIR, &found);
        for (const struct arch *a = archs; a->name; a++) {
                u8 head[ARCH_HEAD];
                const struct handler *h = NULL;
                arch_head(a, false, head);
                for (size_t i = 0; i < found.count && !h; i++)
                        if (handler_takes(&found.at[i], head, sizeof head))
                                h = &found.at[i];
                if (!h)
                        continue;
                bool works = sample_run(a, false).outcome == SAMPLE_WORKS;
                printf("%s: %s (%s, flags %s)\n", h->name, works ? "works" : "does not work", h->interpreter, h->flags);
                status = (status & 2) | (works ? 0 : 2);
        }
        handler_list_free(&found);
        if (status == 1)
                puts("no handler for any known architecture is registered");
        return status != 0;
}

static void write_debian(FILE *f, const struct request *q, const struct arch *a, const struct handler *h)
{
        AUTO_FREE char *magic = handler_escaped(h->magic, h->size), *mask = handler_escaped(h->mask, h->size);
        fprintf(f, "package qemu-%s\ninterpreter %s\nmagic %s\noffset 0\nmask %s\n", a->qemu, h->interpreter, magic, mask);
        fprintf(f, "credentials %s\npreserve %s\nfix_binary %s\n", q->credential ? "yes" : "no", q->argv0 ? "yes" : "no",
                q->persistent ? "yes" : "no");
}

/* One file per architecture, for systemd or for update-binfmts. */
static int export_file(const struct request *q, const struct arch *a, const struct handler *h, int count)
{
        const char *dir = q->exportdir ? q->exportdir : q->systemd ? "/etc/binfmt.d" : "/usr/share/binfmts";
        AUTO_FREE char *path = format("%s/qemu-%s%s", dir, a->qemu, q->systemd ? ".conf" : "");
        FILE *f = fopen(path, "we");
        if (!f)
                return fprintf(stderr, "cannot write %s: %s\n", path, strerror(errno)) > 0;
        if (q->debian)
                write_debian(f, q, a, h);
        for (int i = 0; i < count && !q->debian; i++) {
                AUTO_FREE char *line = handler_line(&h[i]);
                fprintf(f, "%s\n", line ? line : "");
        }
        bool failed = ferror(f);
        return (fclose(f) || failed) && fprintf(stderr, "cannot write %s: %s\n", path, strerror(errno)) > 0;
}

static int do_arch(const struct request *q, const struct arch *a)
{
        AUTO_FREE char *flags = format("O%s%s%s", q->credential ? "C" : "", q->argv0 ? "P" : "", q->persistent ? "F" : "");
        struct handler h[HANDLERS_PER_ARCH];
        struct err e = { 0 };
        int count = handlers_for(h, a, &q->places, flags, &e);
        if (count < 0 && a->runs != ARCH_OURS)
                return 0; /* this machine has no QEMU for it */
        if (count < 0)
                return fprintf(stderr, "%s\n", e.text) > 0;
        if (q->systemd && strcasecmp(q->systemd, "ALL") && arch_find(q->systemd) != a)
                return 0;
        if (q->systemd || q->debian)
                return export_file(q, a, h, count);
        printf("Setting %s as binfmt interpreter for %s\n", h->interpreter, a->qemu);
        fflush(stdout);
        return handlers_put(h, count, &e) < 0 && fprintf(stderr, "%s\n", e.text) > 0;
}

static int no_binfmt(const struct err *e)
{
        puts("No binfmt support in the kernel.\n  Try: '/sbin/modprobe binfmt_misc' from the host");
        fprintf(stderr, "%s\n", e->text);
        return 1;
}

static int act(const struct request *q)
{
        struct err e = { 0 };
        if (q->check)
                return check();
        bool registers = !q->systemd && !q->debian;
        if ((registers || q->reset) && handlers_instance(&e) < 0)
                return no_binfmt(&e);
        int status = q->reset ? reset() : 0;
        if (registers && q->credential)
                fputs("warning: with -c yes every setuid file of a foreign architecture on this machine gets its rights, whoever put it "
                      "there\n",
                        stderr);
        for (const struct arch *a = archs; a->name; a++)
                if (a->runs != ARCH_KERNEL)
                        status |= do_arch(q, a);
        return status;
}

int dropin_multiarch(int argc, char **argv)
{
        enum { OPT_RESET = 256, OPT_CHECK };
        static const struct option options[] = {
                { "reset", no_argument, NULL, OPT_RESET },
                { "check", no_argument, NULL, OPT_CHECK },
                { "qemu-path", required_argument, NULL, 'Q' },
                { "qemu-suffix", required_argument, NULL, 'F' },
                { "persistent", required_argument, NULL, 'p' },
                { "credential", required_argument, NULL, 'c' },
                { "preserve-argv0", required_argument, NULL, 'g' },
                { "systemd", required_argument, NULL, 's' },
                { "debian", no_argument, NULL, 'd' },
                { "exportdir", required_argument, NULL, 'e' },
                { "help", no_argument, NULL, 'h' },
                { 0 },
        };
        struct request q = { .persistent = true, .argv0 = true, .places = { .qemu_dir = getenv("QEMU_BIN_DIR"), .suffix = "-static" } };
        for (int c; (c = getopt_long(argc, argv, "Q:F:p:c:g:s:de:h", options, NULL)) != -1;) {
                switch (c) {
                case OPT_RESET: q.reset = true; break;
                case OPT_CHECK: q.check = true; break;
                case 'Q': q.places.qemu_dir = optarg; break;
                case 'F': q.places.suffix = optarg; break;
                case 'p': q.persistent = yes(optarg); break;
                case 'c': q.credential = yes(optarg); break;
                case 'g': q.argv0 = yes(optarg); break;
                case 's': q.systemd = optarg; break;
                case 'd': q.debian = true; break;
                case 'e': q.exportdir = optarg; break;
                case 'h': fputs(usage, stdout); return 0;
                default: fputs("`crossarm-binfmt --reset --help` tells how it is used.\n", stderr); return 2;
                }
        }
        AUTO_FREE char *engine = engine_path();
        q.places.engine = engine;
        return engine ? act(&q) : 1;
}
