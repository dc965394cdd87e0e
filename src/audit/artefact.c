#include "audit/artefact.h"

#include <stdlib.h>
#include <string.h>

#include "base/util.h"

static const char *const verdict_names[VERDICT_COUNT] = {
        [VERDICT_PORTABLE] = "portable",
        [VERDICT_HARMLESS] = "harmless",
        [VERDICT_ARM64] = "arm64",
        [VERDICT_NOT_READ] = "not looked into",
        [VERDICT_UNKNOWN] = "unknown",
        [VERDICT_FLOOR] = "floor too high",
        [VERDICT_PARTLY] = "partly covered",
        [VERDICT_PORT] = "needs porting",
        [VERDICT_REBUILD] = "needs rebuild",
        [VERDICT_MISLABELLED] = "mislabelled",
};

const struct rule rules[RULE_COUNT] = {
#define RULE(id, code, severity, title, explain) { code, SEVERITY_##severity, title, explain },
#include "audit/rules.def"
#undef RULE
};

const char *verdict_name(enum verdict v)
{
        return verdict_names[v];
}

const char *severity_name(enum severity s)
{
        return s == SEVERITY_ERROR ? "error" : s == SEVERITY_WARNING ? "warning" : "note";
}

const struct rule *rule_find(const char *code)
{
        for (size_t i = 0; i < RULE_COUNT; i++)
                if (!strcmp(code, rules[i].code))
                        return &rules[i];
        return NULL;
}

/* One more item at the end of an array whose capacity is the next power of two. */
static void *one_more(void *array, size_t count, size_t size)
{
        if (count && (count & (count - 1)))
                return array;
        void *a = realloc(array, (count ? count * 2 : 1) * size);
        if (!a)
                abort();
        return a;
}

#define ADD(a, field, count) ((a)->field = one_more((a)->field, (a)->count, sizeof *(a)->field), &(a)->field[(a)->count++])

struct artefact *artefact_new(const char *path, const char *type)
{
        struct artefact *a = calloc(1, sizeof *a);
        if (!a)
                abort();
        a->path = format("%s", path);
        a->type = type;
        return a;
}

struct artefact *artefact_part(struct artefact *a, const char *path, const char *type)
{
        struct artefact *part = artefact_new(path, type);
        artefact_add_part(a, part);
        return part;
}

void artefact_add_part(struct artefact *a, struct artefact *part)
{
        *ADD(a, parts, part_count) = part;
}

void artefact_type(struct artefact *a, const char *type)
{
        free(a->own_type);
        a->type = a->own_type = format("%s", type);
}

struct native *artefact_native(struct artefact *a, const char *path)
{
        struct native *n = ADD(a, natives, native_count);
        *n = (struct native){ .path = format("%s", path) };
        return n;
}

struct claim *artefact_claim(struct artefact *a, const char *dir, char *source)
{
        struct claim *c = ADD(a, claims, claim_count);
        *c = (struct claim){ .dir = format("%s", dir), .source = source };
        return c;
}

void artefact_find(struct artefact *a, enum rule_id rule, const char *path, char *text)
{
        *ADD(a, findings, finding_count) =
                (struct finding){ .rule = rule, .severity = rules[rule].severity, .path = format("%s", path), .text = text };
}

void artefact_find_line(struct artefact *a, enum rule_id rule, const char *path, u32 line, char *text)
{
        artefact_find(a, rule, path, text);
        a->findings[a->finding_count - 1].line = line;
}

/* The order stays. The array's capacity follows from its count, so it is never made smaller than that. */
void artefact_drop_finding(struct artefact *a, size_t at)
{
        free(a->findings[at].path);
        free(a->findings[at].text);
        memmove(&a->findings[at], &a->findings[at + 1], (a->finding_count - at - 1) * sizeof *a->findings);
        a->finding_count--;
}

void artefact_error(struct artefact *a, const char *path, const char *text)
{
        *ADD(a, errors, error_count) = *path ? format("%s: %s", path, text) : format("%s", text);
}

void artefact_document(struct artefact *a, const char *path, char *text, size_t len)
{
        *ADD(a, documents, document_count) = (struct document){ .path = format("%s", path), .text = text, .len = len };
}

void artefact_hide(struct artefact *a, const char *path)
{
        *ADD(a, hidden, hidden_count) = format("%s", path);
}

#define MOVE(to, from, field, count) \
        for (size_t i = 0; i < (from)->count; i++) \
                *ADD(to, field, count) = (from)->field[i]; \
        (from)->count = 0

void artefact_merge(struct artefact *to, struct artefact *from)
{
        MOVE(to, from, natives, native_count);
        MOVE(to, from, claims, claim_count);
        MOVE(to, from, findings, finding_count);
        MOVE(to, from, errors, error_count);
        MOVE(to, from, documents, document_count);
        MOVE(to, from, hidden, hidden_count);
        MOVE(to, from, parts, part_count);
        to->downloads |= from->downloads;
        to->builds |= from->builds;
        to->source_tree |= from->source_tree;
        to->source_signs |= from->source_signs;
        tree_facts_merge(&to->source_facts, from->source_facts);
        from->source_facts = NULL;
        to->firmware_said |= from->firmware_said;
        to->firmware = from->firmware ? from->firmware : to->firmware;
        to->files += from->files;
        if (!to->download_how) {
                to->download_how = from->download_how;
                from->download_how = NULL;
        }
        artefact_free(from);
}

void artefact_free(struct artefact *a)
{
        if (!a)
                return;
        for (size_t i = 0; i < a->native_count; i++) {
                free(a->natives[i].path);
                free(a->natives[i].interpreter);
                free(a->natives[i].soname);
                free(a->natives[i].needed);
        }
        for (size_t i = 0; i < a->claim_count; i++) {
                free(a->claims[i].dir);
                free(a->claims[i].source);
        }
        for (size_t i = 0; i < a->finding_count; i++) {
                free(a->findings[i].path);
                free(a->findings[i].text);
        }
        for (size_t i = 0; i < a->error_count; i++)
                free(a->errors[i]);
        for (size_t i = 0; i < a->document_count; i++) {
                free(a->documents[i].path);
                free(a->documents[i].text);
        }
        for (size_t i = 0; i < a->hidden_count; i++)
                free(a->hidden[i]);
        for (size_t i = 0; i < a->part_count; i++)
                artefact_free(a->parts[i]);
        free(a->natives);
        free(a->claims);
        free(a->findings);
        free(a->errors);
        free(a->documents);
        free(a->hidden);
        free(a->parts);
        tree_facts_free(a->source_facts);
        free(a->download_how);
        free(a->own_type);
        free(a->path);
        free(a);
}
