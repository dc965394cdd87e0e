/* crossarm vm bootdir: guests whose kernel comes from their own /boot, a 9p share. */
#include "cli/vm_cli.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"
#include "cli/cmd.h"
#include "cli/vm_bootdir_view.h"
#include "vm/bootdir_domain.h"
#include "vm/bootdir_hook.h"

static const char usage[] =
        "Usage: crossarm vm bootdir resolve DIR [--arch ARCH] [--keep NAME]\n"
        "       crossarm vm bootdir check DIR [--arch ARCH]\n"
        "       crossarm vm bootdir status [NAME]\n"
        "       crossarm vm bootdir rollback|forget NAME\n"
        "       crossarm vm bootdir install|uninstall\n"
        "Guests whose kernel comes from their own /boot: a folder of the host that they mount by 9p (accessmode='mapped', tag "
        "virtio-boot).\n\n"
        "Actions:\n"
        "  resolve    say which kernel and initramfs the guest's links name, after checking them; with --keep take them as the guest's\n"
        "             current pair\n"
        "  check      the same, and what is in the folder, entry by entry\n"
        "  status     the pairs that are kept, and whether the hook is installed\n"
        "  rollback   go back to the pair before; the one that is left is taken again only when the guest has made it anew\n"
        "  forget     remove what is kept of a guest\n"
        "  install    install the hook program that does `resolve --keep` before each start of such a guest (for qemu:///system)\n"
        "  uninstall  remove it\n"
        "  hook       what the hook program runs\n\n"
        "      --arch ARCH    the guest's architecture: armv7l, aarch64, x86_64 (default: whatever the kernel is for)\n"
        "      --keep NAME    the guest's name\n"
        "      --session      the pairs of qemu:///session (default unless you are root)\n"
        "      --store DIR    where the pairs are kept, another folder than libvirt's guests use\n"
        "      --hooks DIR    where libvirt's hooks are (/etc/libvirt/hooks)\n" VM_OPTIONS_HELP "\nExamples:\n"
        "  crossarm vm bootdir check /srv/arm1-boot --arch armv7l\n"
        "  sudo crossarm vm bootdir install && sudo systemctl reload libvirtd\n"
        "  crossarm vm bootdir status --json\n";

enum { OPT_ARCH = 600, OPT_KEEP, OPT_SESSION, OPT_STORE, OPT_HOOKS, MAX_XML = 8 << 20 };

static const struct option options[] = {
        { "arch", required_argument, NULL, OPT_ARCH },
        { "keep", required_argument, NULL, OPT_KEEP },
        { "session", no_argument, NULL, OPT_SESSION },
        { "store", required_argument, NULL, OPT_STORE },
        { "hooks", required_argument, NULL, OPT_HOOKS },
        VM_OPTIONS,
        { 0 },
};

struct request {
        struct vm_cli cli;
        const char *arch, *keep, *hooks;
        char *root; /* of the store */
        bool session;
        char **words; /* after the action */
        int count;
};

/* ---- resolve, check ---- */

/* A file without a name, for copies that are only looked at. */
static int nameless_file(void)
{
        const char *folder = getenv("TMPDIR");
        return open(folder && *folder ? folder : "/var/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
}

static int look(const struct request *q, struct bootdir_found *found, struct err *e)
{
        AUTO_CLOSE int share = bootdir_open(q->words[0], e);
        AUTO_CLOSE int kernel = nameless_file();
        AUTO_CLOSE int initrd = nameless_file();
        if (share < 0)
                return -1;
        if (kernel < 0 || initrd < 0)
                return err_set(e, 1, "cannot make a temporary file; let TMPDIR name a folder with some space");
        return bootdir_take(share, q->arch, kernel, initrd, found, e);
}

static int resolve(const struct request *q)
{
        struct err e = { 0 };
        struct bootdir_update u = { .outcome = BOOTDIR_NEW };
        int status = q->keep ? bootdir_store_update(q->root, q->keep, q->words[0], q->arch, &u, &e) : look(q, &u.found, &e);
        if (status < 0)
                return vm_failed(&e);
        if (q->cli.json)
                bootdir_view_update_json(q->words[0], q->keep, &u);
        else
                bootdir_view_update(q->words[0], q->keep, &u);
        return u.outcome == BOOTDIR_KEPT ? u.why_kept.code : 0;
}

static int check_share(const struct request *q)
{
        struct err e = { 0 }, why = { 0 };
        AUTO_CLOSE int share = bootdir_open(q->words[0], &e);
        if (share < 0)
                return vm_failed(&e);
        struct bootdir_found found;
        bool good = look(q, &found, &why) == 0;
        if (bootdir_view_check(share, q->words[0], good ? &found : NULL, &why, q->cli.json, &e) < 0)
                return vm_failed(&e);
        return good ? 0 : why.code;
}

/* ---- what is kept ---- */

static int status(const struct request *q)
{
        struct err e = { 0 };
        return bootdir_view_status(q->root, q->count ? q->words[0] : NULL, q->hooks, q->cli.json, &e) < 0 ? vm_failed(&e) : 0;
}

static int rollback(const struct request *q)
{
        struct err e = { 0 };
        struct bootdir_found now;
        if (bootdir_store_rollback(q->root, q->words[0], &now, &e) < 0)
                return vm_failed(&e);
        printf("%s starts from Linux %s again\n", q->words[0], now.release);
        return 0;
}

static int forget(const struct request *q)
{
        struct err e = { 0 };
        return bootdir_store_remove(q->root, q->words[0], &e) < 0 ? vm_failed(&e) : 0;
}

/* ---- the hook ---- */

static int install(const struct request *q)
{
        struct err e = { 0 };
        AUTO_FREE char *program = beside_us("crossarm");
        int done = bootdir_hook_install(q->hooks, program, &e);
        if (done < 0)
                return vm_failed(&e);
        puts(done ? "The hook is installed. libvirt sees it after `systemctl reload libvirtd` (or virtqemud)."
                  : "The hook is installed already.");
        return 0;
}

static int uninstall(const struct request *q)
{
        struct err e = { 0 };
        int done = bootdir_hook_uninstall(q->hooks, &e);
        if (done < 0)
                return vm_failed(&e);
        puts(done ? "The hook is removed." : "There is no hook of ours.");
        return 0;
}

static char *read_input(size_t *len)
{
        char *text = NULL;
        *len = 0;
        for (size_t n = 1; n && *len < MAX_XML; *len += n) {
                text = realloc(text, *len + 65537);
                if (!text)
                        abort();
                n = fread(text + *len, 1, 65536, stdin);
        }
        text[*len] = 0;
        return text;
}

/* libvirt calls: GUEST prepare begin -, the domain's XML at standard input; what is printed to standard error is in its error message. */
static int hook(const struct request *q)
{
        struct err e = { 0 };
        struct bootdir_update u;
        if (q->count < 3 || strcmp(q->words[1], "prepare") || strcmp(q->words[2], "begin"))
                return 0;
        size_t len;
        AUTO_FREE char *xml = read_input(&len);
        AUTO_BOOTDIR_DOMAIN struct bootdir_domain d = { 0 };
        int ours = bootdir_domain_read(xml, len, &d, &e);
        if (ours <= 0)
                return ours ? vm_failed(&e) : 0;
        if (bootdir_store_update(d.root, d.name, d.share, d.arch, &u, &e) < 0)
                return vm_failed(&e);
        if (u.outcome == BOOTDIR_KEPT)
                say_error("%s starts from Linux %s as before: %s", d.name, u.found.release, u.why_kept.text);
        return 0;
}

/* ---- the verb ---- */

static const struct action {
        const char *word;
        int least, most; /* words that follow */
        int (*run)(const struct request *q);
} actions[] = {
        { "resolve", 1, 1, resolve },
        { "check", 1, 1, check_share },
        { "status", 0, 1, status },
        { "rollback", 1, 1, rollback },
        { "forget", 1, 1, forget },
        { "install", 0, 0, install },
        { "uninstall", 0, 0, uninstall },
        { "hook", 0, 16, hook },
};

static int run_action(struct request *q, int argc, char **argv)
{
        for (size_t i = 0; i < ARRAY_LEN(actions) && argc; i++) {
                const struct action *a = &actions[i];
                if (strcmp(argv[0], a->word))
                        continue;
                q->words = argv + 1;
                q->count = argc - 1;
                if (q->count >= a->least && q->count <= a->most)
                        return a->run(q);
                say_error("vm bootdir %s wants %s", a->word, !a->most ? "no argument" : a->least ? "one argument" : "one argument at most");
                return vm_wrong_usage("bootdir");
        }
        if (argc)
                say_error("vm bootdir has no action '%s'", argv[0]);
        else
                say_error("vm bootdir wants an action");
        return vm_wrong_usage("bootdir");
}

int vm_bootdir(int argc, char **argv)
{
        struct request q = { .hooks = "/etc/libvirt/hooks", .session = geteuid() != 0 };
        const char *store = NULL;
        for (int o; (o = getopt_long(argc, argv, "c:h", options, NULL)) != -1;) {
                int wrong = 0;
                switch (o) {
                case 'h': fputs(usage, stdout); return 0;
                case OPT_ARCH: q.arch = optarg; break;
                case OPT_KEEP: q.keep = optarg; break;
                case OPT_SESSION: q.session = true; break;
                case OPT_STORE: store = optarg; break;
                case OPT_HOOKS: q.hooks = optarg; break;
                default: wrong = vm_option(&q.cli, "bootdir", o, optarg); break;
                }
                if (wrong)
                        return wrong;
        }
        q.root = store ? realpath(store, NULL) : bootdir_store_root(q.session);
        if (!q.root) {
                say_error("there is no folder %s", store);
                return 2;
        }
        int exit_status = run_action(&q, argc - optind, argv + optind);
        free(q.root);
        return exit_status;
}
