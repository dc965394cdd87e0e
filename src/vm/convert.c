#include "vm/convert.h"

#include <stdlib.h>
#include <string.h>

#include "base/out.h"
#include "base/util.h"
#include "vm/fix.h"
#include "vm/lint_scope.h"
#include "vm/lint_words.h"
#include "vm/plan.h"

const struct lint_rule convert_rules[] = {
#define RULE(code, fate, on, xpath, what, cure, fix, source) { code, LINT_##fate, ON_##on, xpath, NULL, what, cure, fix, source },
#include "vm/convert.def"
#undef RULE
};
const size_t convert_rule_count = ARRAY_LEN(convert_rules);

/* More changes than this no domain of 8 MiB deserves. */
enum { MOST_CHANGES = 20000, SPARE_PORTS = 4 };

static const char *const archs[][2] = { { "aarch64", "aarch64" }, { "arm64", "aarch64" }, { "x86_64", "x86_64" }, { "amd64", "x86_64" } };

const char *convert_arch(const char *name)
{
        for (size_t i = 0; i < ARRAY_LEN(archs); i++)
                if (!strcmp(name, archs[i][0]))
                        return archs[i][1];
        return NULL;
}

static const struct lint_rule retarget_rule = {
        .code = "CONVERT-ARCH",
        .fate = LINT_BOOT,
        .cure = "the other architecture, on the machine virt or q35",
        .source = VIRT_BOARD "; docs/system/target-i386.rst",
};

static void add_change(struct convert_result *result, const struct lint_rule *rule, long line, char *what)
{
        result->changes = realloc(result->changes, (result->count + 1) * sizeof *result->changes);
        check(result->changes);
        result->changes[result->count++] = (struct convert_change){ rule, line, what };
}

void convert_retarget(xmlDoc *doc, const char *arch, struct convert_result *result)
{
        xmlNode **type = xml_nodes(xmlDocGetRootElement(doc), "os/type");
        check(type[0]); /* lint_domain_check() saw it */
        AUTO_FREE char *old = lint_arch(doc);
        AUTO_FREE char *machine = xml_text(type[0], "string(@machine)");
        add_change(result, &retarget_rule, xmlGetLineNo(type[0]), format("the guest is one of %s, machine '%.60s'", old, machine));
        xmlSetProp(type[0], (const xmlChar *)"arch", (const xmlChar *)arch);
        xmlSetProp(type[0], (const xmlChar *)"machine", (const xmlChar *)(strcmp(arch, "x86_64") ? "virt" : "q35"));
        free(type);
}

/*
 * One rule, until it finds no more than what its fix does not help: a fix may take out other culprits too, so that each is looked for anew.
 * True when anything was changed.
 */
static bool apply(const struct lint_host *host, xmlDoc *doc, const struct lint_rule *rule, struct convert_result *result)
{
        size_t before = result->count, last = SIZE_MAX;
        if (!*rule->fix)
                return false;
        while (result->count < MOST_CHANGES) {
                struct lint_scope scope;
                struct lint_hit *hits;
                lint_scope_open(&scope, host, doc);
                size_t count = lint_scope_find(&scope, rule, &hits);
                bool more = count && count < last;
                if (more) {
                        add_change(result, rule, xmlGetLineNo(hits[0].node), lint_scope_fill(&scope, &hits[0], rule->what));
                        lint_fix(&scope, rule, hits[0].node);
                }
                lint_hits_free(hits, count);
                lint_scope_close(&scope);
                if (!more)
                        break;
                last = count;
        }
        return result->count > before;
}

static bool apply_all(const struct lint_host *host, xmlDoc *doc, const struct lint_rule *rules, size_t count, struct convert_result *result)
{
        bool changed = false;
        for (size_t i = 0; i < count; i++)
                changed |= apply(host, doc, &rules[i], result);
        return changed;
}

static void add_port(xmlNode *devices, unsigned index)
{
        xmlNode *controller = xmlNewChild(devices, NULL, (const xmlChar *)"controller", NULL);
        AUTO_FREE char *number = format("%u", index);
        xmlSetProp(controller, (const xmlChar *)"type", (const xmlChar *)"pci");
        xmlSetProp(controller, (const xmlChar *)"index", (const xmlChar *)number);
        xmlSetProp(controller, (const xmlChar *)"model", (const xmlChar *)(index ? "pcie-root-port" : "pcie-root"));
}

/* Root ports cannot be added later: some more than the devices take. */
static int spare_ports(xmlDoc *doc, struct convert_result *result, struct err *e)
{
        xmlNode *root = xmlDocGetRootElement(doc);
        AUTO_PLAN struct plan plan = { 0 };
        if (plan_make(root, 0, &plan, e) < 0)
                return -1;
        unsigned ports = plan.port_count - plan.free_ports + SPARE_PORTS;
        result->ports = ports < plan.limit.root_ports ? ports : plan.limit.root_ports;
        result->ports_free = result->ports > ports - SPARE_PORTS ? result->ports - (ports - SPARE_PORTS) : 0;
        if (!xml_has(root, "devices"))
                xmlNewChild(root, NULL, (const xmlChar *)"devices", NULL);
        xmlNode **devices = xml_nodes(root, "devices[not(controller[@type='pci'])]");
        for (unsigned i = 0; devices[0] && i <= result->ports; i++)
                add_port(devices[0], i);
        free(devices);
        return 0;
}

int convert_apply(const struct lint_host *host, xmlDoc *doc, bool retargeted, struct convert_result *result, struct err *e)
{
        if (retargeted)
                apply_all(host, doc, convert_rules, convert_rule_count, result);
        enum { MOST_ROUNDS = 8 };
        for (int round = 0; apply_all(host, doc, lint_rules, lint_rule_count, result) && round < MOST_ROUNDS;)
                round++;
        if (result->count >= MOST_CHANGES)
                return err_set(e, 2, "the domain needs more than %d changes: look whether it is one", MOST_CHANGES);
        return retargeted ? spare_ports(doc, result, e) : 0;
}

void convert_free(struct convert_result *result)
{
        for (size_t i = 0; i < result->count; i++)
                free(result->changes[i].what);
        free(result->changes);
}
