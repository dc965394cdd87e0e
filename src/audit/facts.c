#include "audit/facts.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"

/* ---- to text: an array for each thing, its members in the order of the struct ---- */

static json_t *text_json(const char *s)
{
        return s ? json_string_nocheck(s) : json_null();
}

/* "a\0b\0\0", as in elf_facts */
static json_t *list_json(const char *list)
{
        json_t *j = json_array();
        for (const char *p = list; p && *p; p += strlen(p) + 1)
                json_array_append_new(j, json_string_nocheck(p));
        return j;
}

static json_t *native_json(const struct native *n)
{
        json_t *j = json_array();
        const u64 numbers[] = { n->format, n->machine, n->system, n->libc, n->role, n->incomplete, n->wrapper, n->glibc, n->glibcxx,
                n->cxxabi, n->kernel };
        json_array_append_new(j, text_json(n->path));
        for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
                json_array_append_new(j, json_integer((json_int_t)numbers[i]));
        json_array_append_new(j, text_json(n->interpreter));
        json_array_append_new(j, text_json(n->soname));
        json_array_append_new(j, list_json(n->needed));
        return j;
}

static json_t *claim_json(const struct claim *c)
{
        return json_pack("[o, i, i, i, b, b, o]", text_json(c->dir), c->machine, c->system, c->libc, c->any, c->weak, text_json(c->source));
}

static json_t *finding_json(const struct finding *f)
{
        return json_pack("[i, i, o, i, o]", f->rule, f->severity, text_json(f->path), (int)f->line, text_json(f->text));
}

static json_t *document_json(const struct document *d)
{
        return json_pack("[o, o]", text_json(d->path), json_stringn_nocheck(d->text, d->len));
}

#define LIST(out, key, count, make) \
        do { \
                json_t *list = json_array(); \
                for (size_t i = 0; i < (count); i++) \
                        json_array_append_new(list, make); \
                if (count) \
                        json_object_set_new(out, key, list); \
                else \
                        json_decref(list); \
        } while (0)

static bool has_errors(const struct artefact *a)
{
        bool any = a->error_count;
        for (size_t i = 0; i < a->part_count && !any; i++)
                any = has_errors(a->parts[i]);
        return any;
}

static json_t *artefact_json(const struct artefact *a)
{
        json_t *o = json_pack("{s:o, s:s, s:I, s:[b, b, b, b, b, i, i]}", "path", text_json(a->path), "type", a->type, "files",
                (json_int_t)a->files, "flags", a->downloads, a->builds, a->firmware_said, a->source_tree, a->has_arm64_entry,
                (int)a->source_signs, a->firmware);
        if (a->download_how)
                json_object_set_new(o, "download", text_json(a->download_how));
        LIST(o, "natives", a->native_count, native_json(&a->natives[i]));
        LIST(o, "claims", a->claim_count, claim_json(&a->claims[i]));
        LIST(o, "findings", a->finding_count, finding_json(&a->findings[i]));
        LIST(o, "documents", a->document_count, document_json(&a->documents[i]));
        LIST(o, "hidden", a->hidden_count, text_json(a->hidden[i]));
        LIST(o, "parts", a->part_count, artefact_json(a->parts[i]));
        return o;
}

char *facts_of(const struct artefact *a)
{
        if (has_errors(a))
                return NULL;
        json_t *o = artefact_json(a);
        char *text = json_dumps(o, JSON_COMPACT);
        json_decref(o);
        return text;
}

/* ---- and back ---- */

/* The members of an array, one after the other. */
struct row {
        const json_t *list;
        size_t at;
};

static const json_t *next(struct row *r)
{
        return json_array_get(r->list, r->at++);
}

static int number(struct row *r)
{
        const json_t *j = next(r);
        return json_is_boolean(j) ? json_is_true(j) : (int)json_integer_value(j);
}

/* Malloced, or NULL. */
static char *text(struct row *r)
{
        const char *s = json_string_value(next(r));
        return s ? format("%s", s) : NULL;
}

static char *list(struct row *r)
{
        const json_t *j = next(r);
        size_t len = 0;
        for (size_t i = 0; i < json_array_size(j); i++)
                len += json_string_length(json_array_get(j, i)) + 1;
        char *all = len ? calloc(len + 1, 1) : NULL, *to = all;
        for (size_t i = 0; i < json_array_size(j) && all; i++)
                to = stpcpy(to, json_string_value(json_array_get(j, i))) + 1;
        return all;
}

static void read_native(struct artefact *a, struct row r)
{
        AUTO_FREE char *path = text(&r);
        struct native *n = artefact_native(a, path ? path : "");
        n->format = (enum native_format)number(&r);
        n->machine = (enum machine)number(&r);
        n->system = (enum system)number(&r);
        n->libc = (enum libc)number(&r);
        n->role = (enum elf_role)number(&r);
        n->incomplete = number(&r);
        n->wrapper = number(&r);
        n->glibc = (version)json_integer_value(next(&r));
        n->glibcxx = (version)json_integer_value(next(&r));
        n->cxxabi = (version)json_integer_value(next(&r));
        n->kernel = (version)json_integer_value(next(&r));
        n->interpreter = text(&r);
        n->soname = text(&r);
        n->needed = list(&r);
}

static void read_claim(struct artefact *a, struct row r)
{
        AUTO_FREE char *dir = text(&r);
        struct claim *c = artefact_claim(a, dir ? dir : "", NULL);
        c->machine = (enum machine)number(&r);
        c->system = (enum system)number(&r);
        c->libc = (enum libc)number(&r);
        c->any = number(&r);
        c->weak = number(&r);
        c->source = text(&r);
}

static void read_finding(struct artefact *a, struct row r)
{
        enum rule_id rule = (enum rule_id)number(&r);
        enum severity severity = (enum severity)number(&r);
        AUTO_FREE char *path = text(&r);
        u32 line = (u32)number(&r);
        artefact_find_line(a, rule < RULE_COUNT ? rule : 0, path ? path : "", line, text(&r));
        a->findings[a->finding_count - 1].severity = severity;
}

static void read_document(struct artefact *a, struct row r)
{
        AUTO_FREE char *path = text(&r);
        size_t len = json_string_length(json_array_get(r.list, r.at));
        artefact_document(a, path ? path : "", text(&r), len);
}

static void read_hidden(struct artefact *a, struct row r)
{
        AUTO_FREE char *path = text(&r);
        artefact_hide(a, path ? path : "");
}

static void read_flags(struct artefact *a, struct row r)
{
        a->downloads = number(&r);
        a->builds = number(&r);
        a->firmware_said = number(&r);
        a->source_tree = number(&r);
        a->has_arm64_entry = number(&r);
        a->source_signs = (u32)number(&r);
        a->firmware = (enum machine)number(&r);
}

static struct artefact *read_artefact(const json_t *o)
{
        static const struct {
                const char *key;
                void (*read)(struct artefact *a, struct row r);
        } lists[] = {
                { "natives", read_native },
                { "claims", read_claim },
                { "findings", read_finding },
                { "documents", read_document },
        };
        const char *path = json_string_value(json_object_get(o, "path")), *type = json_string_value(json_object_get(o, "type")),
                   *download = json_string_value(json_object_get(o, "download"));
        struct artefact *a = artefact_new(path ? path : "", NULL);
        artefact_type(a, type ? type : "");
        a->files = (u64)json_integer_value(json_object_get(o, "files"));
        a->download_how = download ? format("%s", download) : NULL;
        read_flags(a, (struct row){ .list = json_object_get(o, "flags") });
        for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
                const json_t *all = json_object_get(o, lists[i].key);
                for (size_t k = 0; k < json_array_size(all); k++)
                        lists[i].read(a, (struct row){ .list = json_array_get(all, k) });
        }
        const json_t *hidden = json_object_get(o, "hidden"), *parts = json_object_get(o, "parts");
        for (size_t k = 0; k < json_array_size(hidden); k++)
                read_hidden(a, (struct row){ .list = hidden, .at = k });
        for (size_t k = 0; k < json_array_size(parts); k++)
                artefact_add_part(a, read_artefact(json_array_get(parts, k)));
        return a;
}

struct artefact *facts_read(const char *text)
{
        json_t *o = json_loads(text, JSON_ALLOW_NUL, NULL);
        struct artefact *a = json_is_object(o) ? read_artefact(o) : NULL;
        json_decref(o);
        return a;
}
