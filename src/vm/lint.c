#include "vm/lint.h"

#include <stdlib.h>
#include <string.h>

#include "base/out.h"
#include "base/util.h"
#include "vm/lint_check.h"
#include "vm/lint_scope.h"
#include "vm/lint_words.h"

const struct lint_rule lint_rules[] = {
#define RULE(code, fate, on, xpath, what, cure, fix, source)          { code, LINT_##fate, ON_##on, xpath, NULL, what, cure, fix, source },
#define RULE_IF(code, fate, on, xpath, when, what, cure, fix, source) { code, LINT_##fate, ON_##on, xpath, when, what, cure, fix, source },
#include "vm/lint.def"
#undef RULE
#undef RULE_IF
};
const size_t lint_rule_count = ARRAY_LEN(lint_rules);

const char *lint_fate_name(enum lint_fate fate)
{
        static const char *const names[] = { "ok", "note", "risk", "nothing", "boot", "start", "define" };
        return names[fate];
}

const char *lint_severity(enum lint_fate fate)
{
        return fate <= LINT_NOTE ? "note" : fate <= LINT_NOTHING ? "warning" : "error";
}

const struct lint_rule *lint_rule(const char *code)
{
        for (size_t i = 0; i < lint_rule_count; i++)
                if (!strcasecmp(lint_rules[i].code, code))
                        return &lint_rules[i];
        return NULL;
}

/* Other names of the architectures: those of Debian, of the kernel, of Go. */
static const char *const arch_names[][2] = {
        { "arm64", "aarch64" },
        { "armhf", "armv7l" },
        { "arm", "armv7l" },
        { "armv6l", "armv7l" },
        { "amd64", "x86_64" },
        { "i686", "x86_64" },
};

char *lint_arch(xmlDoc *doc)
{
        AUTO_FREE char *said = xml_text(xmlDocGetRootElement(doc), "string(os/type/@arch)");
        for (size_t i = 0; i < ARRAY_LEN(arch_names); i++)
                if (!strcmp(said, arch_names[i][0]))
                        return format("%s", arch_names[i][1]);
        return format("%s", *said ? said : "x86_64");
}

int lint_domain_check(xmlDoc *doc, struct err *e)
{
        xmlNode *root = xmlDocGetRootElement(doc);
        if (strcmp((const char *)root->name, "domain"))
                return err_set(
                        e, 2, "the file holds <%.60s>, no <domain>: domain XML is what `virsh dumpxml` prints", (const char *)root->name);
        AUTO_FREE char *type = xml_text(root, "string(@type)");
        if (strcmp(type, "kvm") && strcmp(type, "qemu"))
                return err_set(e, 2, "the domain is of type '%.60s'; only those of QEMU are judged: 'kvm' and 'qemu'", type);
        if (!xml_has(root, "os/type[normalize-space(.)='hvm']"))
                return err_set(e, 2, "the domain says no <os><type>hvm</type></os>: it is no machine of QEMU");
        AUTO_FREE char *arch = lint_arch(doc);
        if (strcmp(arch, "aarch64") && strcmp(arch, "armv7l") && strcmp(arch, "x86_64"))
                return err_set(e, 2, "the domain is for '%.60s'; the rules are for aarch64, armv7l and x86_64", arch);
        return 0;
}

static void report_add(struct lint_report *report, const struct lint_scope *scope, const struct lint_rule *rule, const struct lint_hit *hit)
{
        report->findings = realloc(report->findings, (report->count + 1) * sizeof *report->findings);
        check(report->findings);
        xmlChar *path = xmlGetNodePath(hit->node);
        report->findings[report->count++] = (struct lint_finding){
                .rule = rule,
                .node = hit->node,
                .path = format("%s", path ? (const char *)path : "/domain"),
                .what = lint_scope_fill(scope, hit, rule->what),
                .line = xmlGetLineNo(hit->node),
        };
        xmlFree(path);
        if (rule->fate >= LINT_NOTHING && rule->fate > report->verdict)
                report->verdict = rule->fate;
}

static int by_line(const void *a, const void *b)
{
        const struct lint_finding *x = a, *y = b;
        return x->line != y->line ? (x->line > y->line) - (x->line < y->line) : (x->rule > y->rule) - (x->rule < y->rule);
}

void lint_run(const struct lint_host *host, xmlDoc *doc, struct lint_report *report)
{
        *report = (struct lint_report){ 0 };
        struct lint_scope scope;
        lint_scope_open(&scope, host, doc);
        for (size_t i = 0; i < lint_rule_count; i++) {
                struct lint_hit *hits;
                scope.worst = report->verdict;
                size_t count = lint_scope_find(&scope, &lint_rules[i], &hits);
                for (size_t k = 0; k < count; k++)
                        report_add(report, &scope, &lint_rules[i], &hits[k]);
                lint_hits_free(hits, count);
        }
        lint_scope_close(&scope);
        if (report->count)
                qsort(report->findings, report->count, sizeof *report->findings, by_line);
}

void lint_report_free(struct lint_report *report)
{
        for (size_t i = 0; i < report->count; i++) {
                free(report->findings[i].path);
                free(report->findings[i].what);
        }
        free(report->findings);
}
