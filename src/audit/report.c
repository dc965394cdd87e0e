#include "audit/report.h"

#include <string.h>

static const char *const format_names[FORMAT_COUNT] = { "elf", "pe", "mach-o", "firmware", "kernel", "static library" };

static const char *const harmless_words[] = {
        "no",
#define HARMLESS(id, name, what) name,
#include "audit/harmless.def"
#undef HARMLESS
};

static const char *role_name(enum elf_role r)
{
        static const char *const names[] = { "program", "library", "object", "core", "other" };
        return names[r];
}

/* Names in archives need not be UTF-8: what is not becomes '?'. */
static json_t *text(const char *s)
{
        json_t *j = json_string(s);
        if (j)
                return j;
        char *copy = strdup(s);
        for (char *c = copy; c && *c; c++)
                if ((u8)*c >= 0x80)
                        *c = '?';
        j = json_string(copy ? copy : "");
        free(copy);
        return j;
}

static void put(json_t *o, const char *key, const char *s)
{
        if (s)
                json_object_set_new(o, key, text(s));
}

static void put_version(json_t *o, const char *key, version v)
{
        if (v)
                put(o, key, version_text(v).text);
}

static void put_word(json_t *o, const char *key, const char *word)
{
        if (strcmp(word, "none"))
                put(o, key, word);
}

static json_t *native_json(const struct native *n)
{
        json_t *o = json_object();
        put(o, "path", n->path);
        put(o, "format", format_names[n->format]);
        put(o, "arch", machine_name(n->machine));
        put_word(o, "system", system_name(n->system));
        put_word(o, "libc", libc_name(n->libc));
        if (n->format == FORMAT_ELF)
                put(o, "role", role_name(n->role));
        if (n->harmless)
                put(o, "harmless", harmless_words[n->harmless]);
        put_word(o, "path_says", machine_name(n->said_machine));
        put_version(o, "glibc", n->glibc);
        put_version(o, "glibcxx", n->glibcxx);
        put_version(o, "cxxabi", n->cxxabi);
        put_version(o, "kernel", n->kernel);
        put(o, "interpreter", n->interpreter);
        return o;
}

static json_t *claim_json(const struct claim *c)
{
        json_t *o = json_object();
        put(o, "source", c->source);
        put(o, "arch", c->any ? "any" : machine_name(c->machine));
        put_word(o, "system", system_name(c->system));
        put_word(o, "libc", libc_name(c->libc));
        if (*c->dir)
                put(o, "below", c->dir);
        return o;
}

static json_t *finding_json(const struct finding *f)
{
        json_t *o = json_object();
        put(o, "code", rules[f->rule].code);
        put(o, "severity", severity_name(f->severity));
        put(o, "path", f->path);
        if (f->line)
                json_object_set_new(o, "line", json_integer(f->line));
        put(o, "message", f->text);
        return o;
}

static json_t *machines_json(const struct artefact *a)
{
        json_t *o = json_object();
        u32 count[MACHINE_COUNT] = { 0 };
        for (size_t i = 0; i < a->native_count; i++)
                count[a->natives[i].machine]++;
        for (int m = 1; m < MACHINE_COUNT; m++)
                if (count[m])
                        json_object_set_new(o, machine_name(m), json_integer(count[m]));
        return o;
}

static json_t *floor_json(const struct artefact *a)
{
        version glibc = 0, glibcxx = 0, cxxabi = 0, kernel = 0;
        for (size_t i = 0; i < a->native_count; i++) {
                const struct native *n = &a->natives[i];
                if (n->machine != MACHINE_ARM64 || n->harmless)
                        continue;
                glibc = n->glibc > glibc ? n->glibc : glibc;
                glibcxx = n->glibcxx > glibcxx ? n->glibcxx : glibcxx;
                cxxabi = n->cxxabi > cxxabi ? n->cxxabi : cxxabi;
                kernel = n->kernel > kernel ? n->kernel : kernel;
        }
        json_t *o = json_object();
        put_version(o, "glibc", glibc);
        put_version(o, "glibcxx", glibcxx);
        put_version(o, "cxxabi", cxxabi);
        put_version(o, "kernel", kernel);
        return o;
}

#define LIST(out, key, count, make) \
        do { \
                json_t *list = json_array(); \
                for (size_t i = 0; i < (count); i++) \
                        json_array_append_new(list, make); \
                json_object_set_new(out, key, list); \
        } while (0)

json_t *report_of(const struct artefact *a)
{
        json_t *o = json_object();
        put(o, "path", a->path);
        put(o, "type", a->type);
        put(o, "verdict", verdict_name(a->verdict));
        json_object_set_new(o, "files", json_integer((json_int_t)a->files));
        json_object_set_new(o, "machines", machines_json(a));
        json_object_set_new(o, "floor", floor_json(a));
        if (a->used)
                json_object_set_new(o, "layer", json_true());
        LIST(o, "says", a->claim_count, claim_json(&a->claims[i]));
        LIST(o, "findings", a->finding_count, finding_json(&a->findings[i]));
        LIST(o, "errors", a->error_count, text(a->errors[i]));
        LIST(o, "native", a->native_count, native_json(&a->natives[i]));
        LIST(o, "parts", a->part_count, report_of(a->parts[i]));
        return o;
}
