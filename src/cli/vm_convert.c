/* crossarm vm convert: domain XML of one architecture made into one of another, with a reason for each change. */
#include "cli/vm_cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"
#include "cli/cmd.h"
#include "cli/json.h"
#include "cli/vm_domain_xml.h"
#include "vm/convert.h"
#include "vm/diff.h"

static const char usage[] =
        "Usage: crossarm vm convert [OPTION...] FILE|DOMAIN --to aarch64|x86_64\n"
        "Make the definition of a virtual machine into one for the other architecture: what the other machine has not is replaced or taken "
        "out, each\n"
        "change with its rule and reason, until `crossarm vm lint` finds nothing more. The difference is shown; -o writes the result. The "
        "definition is\n"
        "all that is converted: what the disks hold is still for the old processor.\n\n"
        "      --to ARCH        aarch64 or x86_64; the domain's own: only mend what lint finds\n"
        "  -o, --output FILE    write the result (- for standard output, without the report); a file that is there is not overwritten\n"
        "      --force          overwrite it\n"
        "      --domcaps FILE   the host that it is for, by its domain capabilities (`virsh domcapabilities --arch aarch64 --machine "
        "virt`)\n"
        "      --offline        ask no host\n" VM_OPTIONS_HELP
        "\nExit status: 0 converted, 1 converted but something is left that only you can know, 2 an error.\n"
        "\nExamples:\n"
        "  crossarm vm convert web.xml --to aarch64 --connect qemu+ssh://root@arm-server/system -o web-arm.xml\n"
        "  crossarm vm convert web1 --to arm64 --domcaps arm-server.xml\n";

enum { OPT_TO = 600, OPT_FORCE, OPT_DOMCAPS, OPT_OFFLINE };
static const struct option options[] = { { "to", required_argument, NULL, OPT_TO }, { "output", required_argument, NULL, 'o' },
        { "force", no_argument, NULL, OPT_FORCE }, { "domcaps", required_argument, NULL, OPT_DOMCAPS },
        { "offline", no_argument, NULL, OPT_OFFLINE }, VM_OPTIONS, { 0 } };

struct request {
        const char *name, *to, *output;
        bool json, force;
        struct vm_judge judge;
};

struct outcome {
        xmlDoc *doc;
        char *before, *after; /* the documents' texts */
        struct lint_host host;
        struct convert_result changes;
        struct lint_report left;
};

static void outcome_free(struct outcome *o)
{
        lint_report_free(&o->left);
        convert_free(&o->changes);
        lint_host_free(&o->host);
        xml_free_var(&o->doc);
        free(o->before);
        free(o->after);
}

/* The document's numbers of lines become those of what is written. */
static int judge_again(struct outcome *o, const char *name, struct err *e)
{
        xmlDoc *doc = xml_parse(o->after, strlen(o->after), name, e);
        if (!doc)
                return -1;
        xmlFreeDoc(o->doc);
        o->doc = doc;
        lint_run(&o->host, doc, &o->left);
        return 0;
}

static int convert(struct request *r, struct outcome *o, struct err *e)
{
        const char *arch = convert_arch(r->to);
        if (!arch)
                return err_set(e, 2, "there is no conversion to '%s', only to aarch64 and x86_64", r->to);
        o->doc = vm_domain_xml(r->name, &r->judge, e);
        if (!o->doc)
                return -1;
        o->before = xml_print(o->doc);
        AUTO_FREE char *old = lint_arch(o->doc);
        bool other = strcmp(old, arch);
        if (other)
                convert_retarget(o->doc, arch, &o->changes);
        if (vm_judge_host(&r->judge, o->doc, &o->host, e) < 0 || convert_apply(&o->host, o->doc, other, &o->changes, e) < 0)
                return -1;
        o->after = xml_print(o->doc);
        return judge_again(o, r->name, e);
}

static bool is_left(const struct lint_finding *f)
{
        return f->rule->fate > LINT_NOTE;
}

static size_t count_left(const struct outcome *o)
{
        size_t left = 0;
        for (size_t i = 0; i < o->left.count; i++)
                left += is_left(&o->left.findings[i]);
        return left;
}

static void print_diff_line(void *arg, enum diff_kind kind, const char *text, size_t len)
{
        static const char marks[] = { [DIFF_SAME] = ' ', [DIFF_OLD] = '-', [DIFF_NEW] = '+' };
        static const char *const colours[] = {
                [DIFF_SAME] = "", [DIFF_OLD] = "\033[31m", [DIFF_NEW] = "\033[32m", [DIFF_HUNK] = "\033[36m"
        };
        bool colour = *(const bool *)arg && *colours[kind];
        printf("%s%.*s%.*s%s\n", colour ? colours[kind] : "", kind != DIFF_HUNK, &marks[kind == DIFF_HUNK ? 0 : kind], (int)len, text,
                colour ? "\033[0m" : "");
}

static void print_text(const struct request *r, const struct outcome *o)
{
        bool colour = isatty(STDOUT_FILENO);
        for (size_t i = 0; i < o->changes.count; i++) {
                const struct convert_change *c = &o->changes.changes[i];
                printf("%s:%ld: %s: %s; now: %s\n    (%s)\n", r->name, c->line, c->rule->code, c->what, c->rule->cure, c->rule->source);
        }
        if (strcmp(o->before, o->after)) {
                printf("--- %s\n+++ %s\n", r->name, r->output ? r->output : r->to);
                diff_unified(o->before, o->after, print_diff_line, &colour);
        }
        for (size_t i = 0; i < o->left.count; i++)
                if (is_left(&o->left.findings[i]))
                        printf("left to you: %s: %s\n    %s\n", o->left.findings[i].rule->code, o->left.findings[i].what,
                                o->left.findings[i].rule->cure);
        printf("%s: %zu changes, %zu left to you; judged by %s\n", r->name, o->changes.count, count_left(o), o->host.by);
}

static void print_json(const struct request *r, const struct outcome *o)
{
        struct json j = { .to = stdout };
        json_open(&j, NULL, '{');
        json_put_string(&j, "name", r->name);
        json_put_string(&j, "arch", o->host.caps.arch);
        json_put_string(&j, "judged_by", o->host.by);
        json_open(&j, "changes", '[');
        for (size_t i = 0; i < o->changes.count; i++) {
                const struct convert_change *c = &o->changes.changes[i];
                json_open(&j, NULL, '{');
                json_put_string(&j, "code", c->rule->code);
                json_put_number(&j, "line", c->line);
                json_put_string(&j, "what", c->what);
                json_put_string(&j, "now", c->rule->cure);
                json_put_string(&j, "source", c->rule->source);
                json_close(&j, '}');
        }
        json_close(&j, ']');
        json_open(&j, "left", '[');
        for (size_t i = 0; i < o->left.count; i++)
                if (is_left(&o->left.findings[i])) {
                        json_open(&j, NULL, '{');
                        json_put_string(&j, "code", o->left.findings[i].rule->code);
                        json_put_string(&j, "what", o->left.findings[i].what);
                        json_put_string(&j, "cure", o->left.findings[i].rule->cure);
                        json_close(&j, '}');
                }
        json_close(&j, ']');
        json_put_string(&j, "xml", o->after);
        json_close(&j, '}');
}

/* A new file beside the old one, then renamed over it: nothing half-written is ever called `path`. */
static int write_file(const char *path, const char *text, bool force, struct err *e)
{
        AUTO_FREE char *new = format("%s.XXXXXX", path);
        AUTO_CLOSE int fd = mkstemp(new);
        if (fd < 0)
                return err_set(e, 2, "cannot write %s: %s", path, err_name(errno));
        size_t len = strlen(text);
        bool good = write(fd, text, len) == (ssize_t)len && fchmod(fd, 0644) == 0 && (force ? rename(new, path) : link(new, path)) == 0;
        int why = errno;
        if (!good || !force)
                unlink(new);
        if (!good && why == EEXIST)
                return err_set(e, 2, "%s is there already; --force overwrites it", path);
        return good ? 0 : err_set(e, 2, "cannot write %s: %s", path, err_name(why));
}

static int run(struct request *r, struct outcome *o, struct err *e)
{
        if (convert(r, o, e) < 0)
                return -1;
        if (r->output && !strcmp(r->output, "-")) {
                fputs(o->after, stdout);
                return 0;
        }
        if (r->output && write_file(r->output, o->after, r->force, e) < 0)
                return -1;
        r->json ? print_json(r, o) : print_text(r, o);
        return 0;
}

int vm_convert(int argc, char **argv)
{
        struct vm_cli c = { 0 };
        struct request r = { 0 };
        for (int o; (o = getopt_long(argc, argv, "c:ho:", options, NULL)) != -1;) {
                int status = 0;
                switch (o) {
                case 'h': fputs(usage, stdout); return 0;
                case 'o': r.output = optarg; break;
                case OPT_TO: r.to = optarg; break;
                case OPT_FORCE: r.force = true; break;
                case OPT_DOMCAPS: r.judge.domcaps = optarg; break;
                case OPT_OFFLINE: r.judge.offline = true; break;
                default: status = vm_option(&c, "convert", o, optarg);
                }
                if (status)
                        return status;
        }
        if (optind != argc - 1 || !r.to) {
                say_error(r.to ? "convert wants one file of domain XML or the name of a virtual machine"
                               : "convert wants to know --to which architecture");
                return vm_wrong_usage("convert");
        }
        r.name = argv[optind];
        r.judge.uri = c.uri;
        r.json = c.json;
        struct err e = { 0 };
        struct outcome o = { 0 };
        int status = run(&r, &o, &e) < 0 ? 2 : count_left(&o) > 0;
        outcome_free(&o);
        vm_judge_close(&r.judge);
        if (status == 2)
                say_error("%s", e.text);
        return status;
}
