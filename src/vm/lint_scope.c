#include "vm/lint_scope.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/xpathInternals.h>

#include "base/out.h"
#include "base/util.h"

static void set(xmlXPathContext *context, const char *name, xmlXPathObject *value)
{
        check(value && xmlXPathRegisterVariable(context, (const xmlChar *)name, value) == 0);
}

static void set_text(xmlXPathContext *context, const char *name, const char *value)
{
        set(context, name, xmlXPathNewCString(value ? value : ""));
}

static void set_bool(xmlXPathContext *context, const char *name, bool value)
{
        set(context, name, xmlXPathNewBoolean(value));
}

static unsigned guest(xmlDoc *doc)
{
        AUTO_FREE char *arch = lint_arch(doc);
        return !strcmp(arch, "aarch64") ? ON_A64 : !strcmp(arch, "armv7l") ? ON_A32 : ON_X86;
}

static bool starts(const char *text, const char *with)
{
        return !strncmp(text, with, strlen(with));
}

void lint_scope_open(struct lint_scope *scope, const struct lint_host *host, xmlDoc *doc)
{
        xmlNode *root = xmlDocGetRootElement(doc);
        *scope = (struct lint_scope){ .host = host, .doc = doc, .on = guest(doc), .context = xmlXPathNewContext(doc) };
        xmlXPathContext *c = scope->context;
        check(c);
        AUTO_FREE char *machine = xml_text(root, "string(os/type/@machine)");
        AUTO_FREE char *type = xml_text(root, "string(@type)");
        /* What an alias ("pc", "q35", "virt") or nothing stands for. */
        const char *effective = *machine || scope->on != ON_X86 ? machine : "pc";
        set(c, "caps", xmlXPathNewNodeSet(xmlDocGetRootElement(host->caps.doc)));
        set_bool(c, "arm", scope->on & ON_ARM);
        set_bool(c, "a32", scope->on == ON_A32);
        set_bool(c, "kvm", !strcmp(type, "kvm"));
        set_bool(c, "q35", !strcmp(effective, "q35") || starts(effective, "pc-q35"));
        set_bool(c, "pc",
                !strcmp(effective, "pc") || starts(effective, "pc-i440fx") || starts(effective, "pc-0") || starts(effective, "pc-1"));
        set_bool(c, "virt", !strcmp(effective, "virt") || starts(effective, "virt-"));
        set_bool(c, "local", host->local);
        set(c, "libvirt", xmlXPathNewFloat(host->libvirt));
        set(c, "qemu", xmlXPathNewFloat(host->qemu));
        set_text(c, "machine", machine);
        set_text(c, "refused", host->machine && !strcmp(host->machine, machine) ? host->machine_refused : NULL);
        set_text(c, "kvm-refused", host->kvm_refused);
}

void lint_scope_close(struct lint_scope *scope)
{
        xmlXPathFreeContext(scope->context);
}

static xmlXPathObject *evaluate(const struct lint_scope *scope, xmlNode *at, const char *xpath)
{
        scope->context->node = at;
        xmlXPathObject *found = xmlXPathEvalExpression((const xmlChar *)xpath, scope->context);
        check(found); /* the expressions are lint.def's */
        return found;
}

static void add(const struct lint_scope *scope, const struct lint_rule *rule, xmlNode *node, struct lint_hit **hits, size_t *count)
{
        char *detail = NULL;
        if (rule->when && !rule->when(scope, node, &detail)) {
                free(detail);
                return;
        }
        *hits = realloc(*hits, (*count + 1) * sizeof **hits);
        check(*hits);
        (*hits)[(*count)++] = (struct lint_hit){ node, detail };
}

size_t lint_scope_find(const struct lint_scope *scope, const struct lint_rule *rule, struct lint_hit **hits)
{
        size_t count = 0;
        *hits = NULL;
        if (!(rule->on & scope->on))
                return 0;
        xmlNode *root = xmlDocGetRootElement(scope->doc);
        xmlXPathObject *found = evaluate(scope, root, rule->xpath);
        if (found->type == XPATH_NODESET)
                for (int i = 0; found->nodesetval && i < found->nodesetval->nodeNr; i++)
                        add(scope, rule, found->nodesetval->nodeTab[i], hits, &count);
        else if (xmlXPathCastToBoolean(found))
                add(scope, rule, root, hits, &count);
        xmlXPathFreeObject(found);
        return count;
}

void lint_hits_free(struct lint_hit *hits, size_t count)
{
        for (size_t i = 0; i < count; i++)
                free(hits[i].detail);
        free(hits);
}

/* A control character: of ASCII, or of the second set (U+0080 to U+009f), which terminals obey too. */
static bool is_control(const xmlChar *at)
{
        return *at < ' ' || *at == 127 || (*at == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0);
}

/* What stands in the domain may be long or hold newlines; a sentence holds neither, and no half of a character. */
static void print_value(FILE *to, const xmlChar *value)
{
        enum { MOST = 160 };
        size_t i = 0;
        while (value[i] && i < MOST) {
                int len = 4, code = xmlGetUTF8Char(value + i, &len);
                if (code < 0 || is_control(value + i))
                        fputc(' ', to);
                else
                        fwrite(value + i, 1, (size_t)len, to);
                i += code < 0 ? 1 : (size_t)len;
        }
        if (value[i])
                fputs("...", to);
}

char *lint_scope_fill(const struct lint_scope *scope, const struct lint_hit *hit, const char *what)
{
        char *text = NULL;
        size_t size;
        FILE *to = open_memstream(&text, &size);
        check(to);
        set_text(scope->context, "detail", hit->detail);
        while (*what) {
                size_t plain = strcspn(what, "{");
                fwrite(what, 1, plain, to);
                what += plain;
                if (!*what)
                        break;
                size_t length = strcspn(what, "}");
                AUTO_FREE char *xpath = format("string(%.*s)", (int)length - 1, what + 1);
                xmlXPathObject *value = evaluate(scope, hit->node, xpath);
                print_value(to, value->stringval);
                xmlXPathFreeObject(value);
                what += length + 1;
        }
        fclose(to);
        return text;
}
