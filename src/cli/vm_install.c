/* crossarm vm install: Debian into a 32-bit Arm guest, unattended. */
#include "cli/vm_cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "cli/cmd.h"
#include "cli/json.h"
#include "cli/vm_spec_cli.h"
#include "vm/conn.h"
#include "vm/define.h"
#include "vm/install.h"

static const char usage[] = "Usage: crossarm vm install debian [OPTION...] [SPEC]\n"
                            "Install Debian into a new 32-bit Arm guest (arch armhf), unattended. Its /boot is a folder of the host, "
                            "boot.bootdir of the spec, which is\n"
                            "empty and belongs to QEMU's user. Debian's own installer runs in the guest: look at it by `crossarm vm "
                            "console`. It ends in a reboot, and\n"
                            "`crossarm vm watch` then starts the installed system.\n\n"
                            "      --suite NAME          bookworm (default), bullseye\n"
                            "      --mirror URL          http://deb.debian.org/debian; the guest uses it, too\n"
                            "      --keyring FILE        the keys that sign it (/usr/share/keyrings/debian-archive-keyring.gpg)\n"
                            "      --password-hash HASH  root's password, as `openssl passwd -6` makes it\n"
                            "      --preseed FILE        more answers for the installer, which win over ours\n"
                            "      --show-answers        print the answers, and do nothing\n" VM_OPTIONS_HELP;

static const char examples[] =
        "\nExample:\n"
        "  install -d -o libvirt-qemu -m 700 /srv/arm1-boot\n"
        "  crossarm vm install debian --name arm1 --arch armhf --memory 1G --disk size=8G --boot-bootdir /srv/arm1-boot \\\n"
        "      --password-hash \"$(openssl passwd -6)\"\n";

enum { OPT_SUITE = 600, OPT_MIRROR, OPT_KEYRING, OPT_HASH, OPT_PRESEED, OPT_SHOW };

static const struct option own_options[] = {
        { "suite", required_argument, NULL, OPT_SUITE },
        { "mirror", required_argument, NULL, OPT_MIRROR },
        { "keyring", required_argument, NULL, OPT_KEYRING },
        { "password-hash", required_argument, NULL, OPT_HASH },
        { "preseed", required_argument, NULL, OPT_PRESEED },
        { "show-answers", no_argument, NULL, OPT_SHOW },
        VM_OPTIONS,
        { 0 },
};

struct request {
        struct vm_cli c;
        struct install install;
        struct spec_words words;
        const char *file;
        bool show;
};

static void say_step(const char *what)
{
        fprintf(stderr, "%s\n", what);
}

/* -1: go on; otherwise the exit status. */
static int take_option(struct request *r, int option)
{
        switch (option) {
        case OPT_SUITE: r->install.suite = optarg; return -1;
        case OPT_MIRROR: r->install.mirror = optarg; return -1;
        case OPT_KEYRING: r->install.keyring = optarg; return -1;
        case OPT_HASH: r->install.password_hash = optarg; return -1;
        case OPT_PRESEED: r->install.preseed = optarg; return -1;
        case OPT_SHOW: r->show = true; return -1;
        case 'h':
                fputs(usage, stdout);
                vm_spec_help();
                fputs(examples, stdout);
                return 0;
        }
        if (option >= OPT_SPEC)
                return vm_spec_option(&r->words, option, optarg) ? -1 : vm_wrong_usage("install");
        int status = vm_option(&r->c, "install", option, optarg);
        return status ? status : -1;
}

static int take_arguments(struct request *r, int argc, char **argv)
{
        const struct option *options = vm_spec_options(own_options);
        for (int o; (o = getopt_long(argc, argv, "c:h", options, NULL)) != -1;) {
                int status = take_option(r, o);
                if (status >= 0)
                        return status;
        }
        const char *what = optind < argc ? argv[optind++] : NULL;
        r->file = optind < argc ? argv[optind++] : NULL;
        if (what && !strcmp(what, "debian") && optind >= argc)
                return -1;
        say_error(what ? "vm install knows how to install debian, and takes one spec" : "vm install wants to know what: debian");
        return vm_wrong_usage("install");
}

/* What the installation takes for granted. */
static int check_spec(struct vm_spec *spec, struct err *e)
{
        const char *arch = spec->top.arch;
        if (!arch || (strcmp(arch, "armhf") && strcmp(arch, "armv7l")))
                return err_set(e, 2,
                        "this installs 32-bit Arm guests: --arch armhf; others install from a CD-ROM image (`crossarm vm define --cdrom`)");
        if (!spec->boot.bootdir)
                return err_set(e, 2, "the guest's /boot has to be shared with the host: --boot-bootdir FOLDER");
        if (!spec->disk_count)
                return err_set(e, 2, "there is no disk to install to: --disk size=8G");
        if (!spec->boot.cmdline)
                spec->boot.cmdline = format("%s", INSTALL_CMDLINE);
        return 0;
}

static void say_done(const struct request *r, const struct vm_design *d)
{
        const char *name = d->spec->top.name;
        if (r->c.json) {
                struct json j = { .to = stdout };
                json_open(&j, NULL, '{');
                json_put_string(&j, "name", name);
                json_put_string(&j, "uuid", d->uuid);
                json_put_string(&j, "share", r->install.share);
                json_close(&j, '}');
                return;
        }
        printf("%s: the installer runs; `crossarm vm console %s` shows it, and `crossarm vm watch` starts the installed system after it\n",
                name, name);
}

static int install(struct request *r, const struct vm_spec *spec, struct err *e)
{
        AUTO_CONN virConnectPtr conn = vm_connect(r->c.uri, e);
        AUTO_HOST struct vm_host host = { 0 };
        AUTO_DESIGN struct vm_design d = { 0 }, look = { 0 };
        const struct define_view view = { say_step, NULL };
        if (!conn || host_of_connection(conn, &host, e))
                return vm_failed(e);
        if (!host.here) {
                err_set(e, 1, "the installation begins on the host itself, where its /boot is: run this there");
                return vm_failed(e);
        }
        /* Before anything is fetched: can it be defined? */
        if (vm_choose(spec, &host, NULL, &look, e) || define_check(conn, &look, e) || install_prepare(&r->install, e))
                return vm_failed(e);
        if (define_machine(spec, &host, true, &view, &d, e)) {
                install_undo(&r->install);
                return vm_failed(e);
        }
        say_done(r, &d);
        return 0;
}

int vm_install(int argc, char **argv)
{
        struct err e = { 0 };
        struct request r = { .install = {
                                     .suite = "bookworm",
                                     .mirror = "http://deb.debian.org/debian",
                                     .keyring = "/usr/share/keyrings/debian-archive-keyring.gpg",
                                     .say = say_step,
                             } };
        int status = take_arguments(&r, argc, argv);
        if (status >= 0)
                return status;
        AUTO_SPEC struct vm_spec spec;
        spec_init(&spec);
        if (vm_spec_get(r.file, &r.words, &spec, &e) || check_spec(&spec, &e))
                return vm_failed(&e);
        r.install.share = spec.boot.bootdir;
        r.install.hostname = spec.top.name;
        if (r.show) {
                AUTO_FREE char *answers = install_answers(&r.install);
                fputs(answers, stdout);
                return 0;
        }
        return install(&r, &spec, &e);
}
