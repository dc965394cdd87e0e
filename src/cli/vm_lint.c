/* crossarm vm lint: what libvirt and QEMU would make of domain XML, rule by rule. */
#include "cli/vm_cli.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"
#include "cli/cmd.h"
#include "cli/json.h"
#include "cli/vm_domain_xml.h"
#include "vm/lint.h"

static const char usage[] =
        "Usage: crossarm vm lint [OPTION...] FILE|DOMAIN...\n"
        "       crossarm vm lint --explain CODE|all\n"
        "Say what is wrong with a virtual machine before libvirt, QEMU or the guest does: what libvirt refuses to define, what QEMU "
        "refuses to\n"
        "start, what both accept and nobody gets, and what keeps the guest from coming up. FILE is domain XML (- for standard input), "
        "DOMAIN one that\n"
        "libvirt has. What depends on the host is asked of it; without one the defaults of Debian 12 are taken.\n\n"
        "      --domcaps FILE   judge by domain capabilities that were kept (`virsh domcapabilities`), without libvirt\n"
        "      --offline        ask no host\n"
        "      --explain CODE   tell what a rule says, why, and what to do; all: of every rule\n" VM_OPTIONS_HELP
        "\nExit status: 0 nothing found (notes do not count), 1 findings, 2 an error.\n"
        "\nExamples:\n"
        "  crossarm vm lint web.xml\n"
        "  crossarm vm lint --connect qemu+ssh://root@arm-server/system web1\n"
        "  virsh dumpxml web1 | crossarm vm lint --domcaps arm-server.xml --json -\n"
        "  crossarm vm lint --explain CPU-LEFT-OUT\n";

enum { OPT_DOMCAPS = 600, OPT_OFFLINE, OPT_EXPLAIN };
static const struct option options[] = { { "domcaps", required_argument, NULL, OPT_DOMCAPS }, { "offline", no_argument, NULL, OPT_OFFLINE },
        { "explain", required_argument, NULL, OPT_EXPLAIN }, VM_OPTIONS, { 0 } };

/* What a reader is told of a fate. */
static const char *const fates[] = {
        [LINT_NOTE] = "works",
        [LINT_RISK] = "works, with a risk",
        [LINT_NOTHING] = "has no effect",
        [LINT_BOOT] = "the guest does not come up",
        [LINT_START] = "its start is refused",
        [LINT_DEFINE] = "libvirt refuses it",
};

static const char *colour(enum lint_fate fate)
{
        static const char *const of[] = { "", "\033[36m", "\033[33m", "\033[33m", "\033[31m", "\033[31m", "\033[31m" };
        return isatty(STDOUT_FILENO) ? of[fate] : "";
}

static void explain(const struct lint_rule *rule)
{
        printf("%s (%s: %s)\n  What: ", rule->code, lint_severity(rule->fate), fates[rule->fate]);
        for (const char *p = rule->what; *p; p++) {
                if (*p == '{') {
                        fputs("...", stdout);
                        p += strcspn(p, "}");
                } else {
                        putchar(*p);
                }
        }
        printf("\n  Cure: %s\n  `vm convert`: %s\n  Source: %s\n", rule->cure, *rule->fix ? "does it" : "leaves it to you", rule->source);
}

static int explain_code(const char *code)
{
        const struct lint_rule *rule = lint_rule(code);
        if (rule) {
                explain(rule);
                return 0;
        }
        if (strcmp(code, "all")) {
                say_error("lint has no rule '%s'; `crossarm vm lint --explain all` shows those it has", code);
                return 2;
        }
        for (size_t i = 0; i < lint_rule_count; i++)
                explain(&lint_rules[i]);
        return 0;
}

static void print_text(const char *name, const struct lint_host *host, const struct lint_report *report)
{
        const char *plain = isatty(STDOUT_FILENO) ? "\033[0m" : "";
        size_t notes = 0;
        for (size_t i = 0; i < report->count; i++) {
                const struct lint_finding *f = &report->findings[i];
                notes += f->rule->fate == LINT_NOTE;
                printf("%s:%ld: %s%s%s %s: %s (%s)\n    %s\n", name, f->line, colour(f->rule->fate), lint_severity(f->rule->fate), plain,
                        f->rule->code, f->what, fates[f->rule->fate], f->rule->cure);
        }
        printf("%s: %zu findings, %zu notes; judged by %s\n", name, report->count - notes, notes, host->by);
}

static void print_json(struct json *j, const char *name, const struct lint_host *host, const struct lint_report *report)
{
        json_open(j, NULL, '{');
        json_put_string(j, "name", name);
        json_put_string(j, "arch", host->caps.arch);
        json_put_string(j, "judged_by", host->by);
        json_put_string(j, "verdict", lint_fate_name(report->verdict));
        json_open(j, "findings", '[');
        for (size_t i = 0; i < report->count; i++) {
                const struct lint_finding *f = &report->findings[i];
                json_open(j, NULL, '{');
                json_put_string(j, "code", f->rule->code);
                json_put_string(j, "severity", lint_severity(f->rule->fate));
                json_put_string(j, "fate", lint_fate_name(f->rule->fate));
                json_put_number(j, "line", f->line);
                json_put_string(j, "path", f->path);
                json_put_string(j, "what", f->what);
                json_put_string(j, "cure", f->rule->cure);
                json_put_bool(j, "convert_mends", *f->rule->fix);
                json_put_string(j, "source", f->rule->source);
                json_close(j, '}');
        }
        json_close(j, ']');
        json_close(j, '}');
}

static bool has_findings(const struct lint_report *report)
{
        for (size_t i = 0; i < report->count; i++)
                if (report->findings[i].rule->fate > LINT_NOTE)
                        return true;
        return false;
}

/* 0, 1 with findings, 2 after a message. */
static int lint_one(const char *name, struct vm_judge *judge, struct json *j)
{
        struct err e = { 0 };
        AUTO_XML xmlDoc *doc = vm_domain_xml(name, judge, &e);
        AUTO_LINT_HOST struct lint_host host = { 0 };
        if (!doc || vm_judge_host(judge, doc, &host, &e) < 0) {
                say_error("%s", e.text);
                return 2;
        }
        AUTO_LINT_REPORT struct lint_report report;
        lint_run(&host, doc, &report);
        if (j)
                print_json(j, name, &host, &report);
        else
                print_text(name, &host, &report);
        return has_findings(&report);
}

int vm_lint(int argc, char **argv)
{
        struct vm_cli c = { 0 };
        AUTO_JUDGE struct vm_judge judge = { 0 };
        for (int o; (o = getopt_long(argc, argv, "c:h", options, NULL)) != -1;) {
                int status = 0;
                switch (o) {
                case 'h': fputs(usage, stdout); return 0;
                case OPT_DOMCAPS: judge.domcaps = optarg; break;
                case OPT_OFFLINE: judge.offline = true; break;
                case OPT_EXPLAIN: return explain_code(optarg);
                default: status = vm_option(&c, "lint", o, optarg);
                }
                if (status)
                        return status;
        }
        if (optind == argc) {
                say_error("lint wants a file of domain XML or the name of a virtual machine");
                return vm_wrong_usage("lint");
        }
        judge.uri = c.uri;
        struct json j = { .to = stdout };
        if (c.json)
                json_open(&j, NULL, '[');
        int worst = 0;
        for (int i = optind; i < argc; i++) {
                int status = lint_one(argv[i], &judge, c.json ? &j : NULL);
                worst = status > worst ? status : worst;
        }
        if (c.json)
                json_close(&j, ']');
        return worst;
}
