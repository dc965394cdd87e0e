/* crossarm vm define and import: from a spec to a machine that libvirt keeps. */
#include "cli/vm_cli.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"
#include "cli/cmd.h"
#include "cli/json.h"
#include "cli/vm_spec_cli.h"
#include "vm/conn.h"
#include "vm/define.h"
#include "vm/domain_xml.h"

static const char usage[] = "Usage: crossarm vm define [OPTION...] [SPEC]\n"
                            "Define a virtual machine by a spec: a YAML file (- is standard input), options of the same names, or both. "
                            "The same spec is right on\n"
                            "x86-64 and arm64 hosts: what it leaves open is decided for the host.\n\n"
                            "      --start        start it, too\n"
                            "      --why          say what was decided, and why\n"
                            "      --dry-run      decide and check everything, and change nothing\n"
                            "      --print-xml    print the domain XML instead of defining it\n"
                            "      --as-host FOLDER  decide for the host that was captured there (see crossarm-vm(1)); only with --why or "
                            "--print-xml\n" VM_OPTIONS_HELP;

static const char examples[] =
        "\nExamples:\n"
        "  crossarm vm define web.yaml --start\n"
        "  crossarm vm define --name web --arch aarch64 --memory 4G --disk size=20G --cdrom /iso/debian-12-arm64.iso\n"
        "  crossarm vm define web.yaml --machine pc --why --dry-run\n"
        "  crossarm vm define web.yaml --connect qemu+ssh://root@arm-server/system\n";

static const char import_usage[] = "Usage: crossarm vm import [OPTION...] IMAGE [SPEC]\n"
                                   "Define a virtual machine whose first disk is a copy of an image: a file here, qcow2 or raw, such as a "
                                   "distribution's cloud image. The copy\n"
                                   "goes to the host's storage pool, also when that host is another one.\n\n"
                                   "      --grow SIZE    how large the copy becomes\n"
                                   "      --start        start it, too\n"
                                   "      --why          say what was decided, and why\n"
                                   "      --dry-run      decide and check everything, and change nothing\n"
                                   "      --print-xml    print the domain XML instead of defining it\n"
                                   "      --as-host FOLDER  decide for the host that was captured there (see crossarm-vm(1)); only with "
                                   "--why or --print-xml\n" VM_OPTIONS_HELP;

static const char import_examples[] = "\nExample:\n"
                                      "  crossarm vm import debian-12-generic-arm64.qcow2 --name web --arch aarch64 --grow 20G \\\n"
                                      "      --cloud-init-user admin --cloud-init-ssh-key ~/.ssh/id_ed25519.pub --start\n";

enum { OPT_START = OPT_VM_JSON + 1, OPT_WHY, OPT_DRY_RUN, OPT_PRINT_XML, OPT_AS_HOST, OPT_GROW };

static const struct option own_options[] = {
        { "start", no_argument, NULL, OPT_START },
        { "why", no_argument, NULL, OPT_WHY },
        { "dry-run", no_argument, NULL, OPT_DRY_RUN },
        { "print-xml", no_argument, NULL, OPT_PRINT_XML },
        { "as-host", required_argument, NULL, OPT_AS_HOST },
        { "grow", required_argument, NULL, OPT_GROW },
        VM_OPTIONS,
        { 0 },
};

struct request {
        const char *word; /* "define", "import" */
        struct vm_cli c;
        bool start, why, dry_run, print_xml;
        const char *as_host, *file;
        struct spec_words words;
};

static bool is_import(const struct request *r)
{
        return !strcmp(r->word, "import");
}

/* -1: go on; otherwise the exit status. */
static int take_option(struct request *r, int option)
{
        switch (option) {
        case OPT_START: r->start = true; return -1;
        case OPT_WHY: r->why = true; return -1;
        case OPT_DRY_RUN: r->dry_run = true; return -1;
        case OPT_PRINT_XML: r->print_xml = true; return -1;
        case OPT_AS_HOST: r->as_host = optarg; return -1;
        case OPT_GROW: r->words.copy_size = optarg; return -1;
        case 'h':
                fputs(is_import(r) ? import_usage : usage, stdout);
                vm_spec_help();
                fputs(is_import(r) ? import_examples : examples, stdout);
                return 0;
        }
        if (option >= OPT_SPEC)
                return vm_spec_option(&r->words, option, optarg) ? -1 : vm_wrong_usage(r->word);
        int status = vm_option(&r->c, r->word, option, optarg);
        return status ? status : -1;
}

/* What is wrong with the whole of them; NULL when nothing is. `words` of them are behind the options (and the image). */
static const char *wrong_arguments(const struct request *r, int words)
{
        bool looks = r->print_xml || r->why || r->dry_run;
        if (is_import(r) && !r->words.copy)
                return "import wants an image";
        if (!is_import(r) && r->words.copy_size)
                return "--grow goes with import; a new disk's size is a key of it";
        if (!r->file && !r->words.count)
                return is_import(r) ? "import wants a name for the machine: --name" : "define wants a spec: a file, or options";
        if (words > 1)
                return "there is one spec";
        if (r->as_host && (!looks || r->start))
                return "--as-host goes with --why, --dry-run and --print-xml, not with --start: that host is not there";
        return NULL;
}

static int take_arguments(struct request *r, int argc, char **argv)
{
        const struct option *options = vm_spec_options(own_options);
        for (int o; (o = getopt_long(argc, argv, "c:h", options, NULL)) != -1;) {
                int status = take_option(r, o);
                if (status >= 0)
                        return status;
        }
        if (is_import(r))
                r->words.copy = optind < argc ? argv[optind++] : NULL;
        r->file = optind < argc ? argv[optind] : NULL;
        const char *wrong = wrong_arguments(r, argc - optind);
        if (wrong)
                say_error("%s", wrong);
        return wrong ? vm_wrong_usage(r->word) : -1;
}

static void print_reasons(const struct vm_design *d, FILE *to)
{
        for (size_t i = 0; i < d->reason_count; i++)
                fprintf(to, "%-16s %s: %s\n", d->reasons[i].what, d->reasons[i].value, d->reasons[i].why);
}

static void print_json(const struct vm_design *d, const char *xml, bool defined, bool started)
{
        struct json j = { .to = stdout };
        json_open(&j, NULL, '{');
        json_put_string(&j, "name", d->spec->top.name);
        json_put_string(&j, "uuid", *d->uuid ? d->uuid : NULL);
        json_put_bool(&j, "defined", defined);
        json_put_bool(&j, "started", started);
        json_open(&j, "choices", '[');
        for (size_t i = 0; i < d->reason_count; i++) {
                json_open(&j, NULL, '{');
                json_put_string(&j, "key", d->reasons[i].what);
                json_put_string(&j, "value", d->reasons[i].value);
                json_put_string(&j, "why", d->reasons[i].why);
                json_close(&j, '}');
        }
        json_close(&j, ']');
        json_put_string(&j, "xml", xml);
        json_close(&j, '}');
}

/* What was decided, to where it does not disturb what was asked for. */
static void show(const struct request *r, const struct vm_design *d, bool defined, bool started)
{
        AUTO_XML xmlDoc *doc = domain_xml(d);
        AUTO_FREE char *xml = xml_print(doc);
        if (r->c.json) {
                print_json(d, xml, defined, started);
                return;
        }
        if (r->why)
                print_reasons(d, r->print_xml ? stderr : stdout);
        if (r->print_xml)
                fputs(xml, stdout);
        else if (!defined)
                printf("%s: would be defined; nothing was changed\n", d->spec->top.name);
        else
                printf("%s: defined%s\n", d->spec->top.name, started ? " and started" : "");
}

static int only_look(const struct request *r, const struct vm_spec *spec, const struct vm_host *host, struct err *e)
{
        AUTO_DESIGN struct vm_design d = { 0 };
        if (vm_choose(spec, host, NULL, &d, e))
                return vm_failed(e);
        if (r->dry_run && host->conn && define_check(host->conn, &d, e))
                return vm_failed(e);
        show(r, &d, false, false);
        return 0;
}

static void say_step(const char *what)
{
        fprintf(stderr, "%s\n", what);
}

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
        interrupted = 1;
}

/* An interrupted copy is taken back, so the signal must not end us. */
static void catch_signals(void)
{
        struct sigaction action = { .sa_handler = on_signal };
        sigaction(SIGINT, &action, NULL);
        sigaction(SIGTERM, &action, NULL);
}

/* Only what takes long is seen on the way, and only by a person. */
static bool say_progress(u64 done, u64 all)
{
        static unsigned shown = 101;
        unsigned percent = (unsigned)(100 * done / all);
        if (isatty(STDERR_FILENO) && percent != shown)
                fprintf(stderr, "\r%3u %% of %llu MiB%s", percent, (unsigned long long)all >> 20, done == all ? "\n" : "");
        shown = percent;
        return !interrupted;
}

static int define(const struct request *r, const struct vm_spec *spec, const struct vm_host *host, struct err *e)
{
        AUTO_DESIGN struct vm_design d = { 0 };
        const struct define_view view = { say_step, say_progress };
        catch_signals();
        if (define_machine(spec, host, r->start, &view, &d, e))
                return vm_failed(e);
        show(r, &d, true, r->start);
        return 0;
}

static int run(const char *word, int argc, char **argv)
{
        struct request r = { .word = word };
        struct err e = { 0 };
        int status = take_arguments(&r, argc, argv);
        if (status >= 0)
                return status;
        AUTO_SPEC struct vm_spec spec;
        spec_init(&spec);
        if (vm_spec_get(r.file, &r.words, &spec, &e))
                return vm_failed(&e);
        AUTO_CONN virConnectPtr conn = r.as_host ? NULL : vm_connect(r.c.uri, &e);
        AUTO_HOST struct vm_host host = { 0 };
        if (r.as_host ? host_of_folder(r.as_host, &host, &e) : !conn || host_of_connection(conn, &host, &e))
                return vm_failed(&e);
        return r.dry_run || r.print_xml || r.as_host ? only_look(&r, &spec, &host, &e) : define(&r, &spec, &host, &e);
}

int vm_define(int argc, char **argv)
{
        return run("define", argc, argv);
}

int vm_import(int argc, char **argv)
{
        return run("import", argc, argv);
}
