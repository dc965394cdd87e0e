#include "audit/cover.h"

#include <stdlib.h>
#include <string.h>

#include "audit/names.h"
#include "base/util.h"

struct keyed {
        char *key;
        const struct native *native;
};

static int by_key(const void *a, const void *b)
{
        return strcmp(((const struct keyed *)a)->key, ((const struct keyed *)b)->key);
}

static void higher(version *to, version v)
{
        *to = v > *to ? v : *to;
}

static void put(struct cover_group *g, const struct native *n)
{
        bool musl = n->libc == LIBC_MUSL || (!n->libc && n->said_libc == LIBC_MUSL);
        if (machine_is_x86(n->machine)) {
                g->x86 = g->x86 ? g->x86 : n;
                g->x86_musl |= musl;
                g->x86_plain |= !musl;
                g->x86_amd64 |= n->machine == MACHINE_AMD64;
                if (n->machine == MACHINE_AMD64) {
                        higher(&g->x86_glibc, n->glibc);
                        higher(&g->x86_glibcxx, n->glibcxx);
                }
        } else if (n->machine == MACHINE_ARM64) {
                g->arm64 = g->arm64 ? g->arm64 : n;
                g->arm64_musl |= musl;
                g->arm64_plain |= !musl;
                higher(&g->arm64_glibc, n->glibc);
                higher(&g->arm64_glibcxx, n->glibcxx);
        } else {
                g->other = g->other ? g->other : n;
        }
}

void cover_read(const struct artefact *a, struct cover *c)
{
        *c = (struct cover){ 0 };
        struct keyed *k = calloc(a->native_count + 1, sizeof *k);
        c->groups = calloc(a->native_count + 1, sizeof *c->groups);
        c->keys = calloc(a->native_count + 1, sizeof *c->keys);
        if (!k || !c->groups || !c->keys)
                abort();
        for (size_t i = 0; i < a->native_count; i++) {
                const struct native *n = &a->natives[i];
                if (n->harmless || n->system != SYSTEM_LINUX)
                        continue;
                k[c->key_count].native = n;
                k[c->key_count++].key = names_key(n->path);
        }
        qsort(k, c->key_count, sizeof *k, by_key);
        for (size_t i = 0; i < c->key_count; i++) {
                c->keys[i] = k[i].key;
                if (!c->count || strcmp(c->groups[c->count - 1].key, k[i].key))
                        c->groups[c->count++].key = k[i].key;
                put(&c->groups[c->count - 1], k[i].native);
        }
        free(k);
}

void cover_free(struct cover *c)
{
        for (size_t i = 0; i < c->key_count; i++)
                free(c->keys[i]);
        free(c->keys);
        free(c->groups);
}

/* A package with a tag is for one processor: that its files are not for others is no gap. */
static enum machine tagged_for(const struct artefact *a)
{
        for (size_t i = 0; i < a->claim_count; i++)
                if (a->claims[i].machine && !a->claims[i].weak && !*a->claims[i].dir)
                        return a->claims[i].machine;
        return MACHINE_NONE;
}

static void find_none(struct artefact *a, const struct cover *c, u32 x86)
{
        const struct native *first = NULL;
        for (size_t i = 0; i < c->count && !first; i++)
                first = x86 ? c->groups[i].x86 : c->groups[i].other;
        if (!first)
                return;
        u32 more = x86 ? x86 : (u32)c->count;
        artefact_find(a, x86 ? RULE_X86_ONLY : RULE_OTHER_ONLY, first->path,
                format("%u native file%s for Linux on %s, none for arm64%s", more, more == 1 ? "" : "s",
                        x86 ? "x86" : machine_name(first->machine),
                        a->builds ? "; it can be built when it is installed (binding.gyp)" : ""));
}

void cover_judge(struct artefact *a)
{
        struct cover c;
        u32 x86 = 0, arm64 = 0;
        enum machine tag = tagged_for(a);
        cover_read(a, &c);
        for (size_t i = 0; i < c.count; i++) {
                x86 += c.groups[i].x86 != NULL;
                arm64 += c.groups[i].arm64 != NULL;
        }
        if (!arm64 && c.count && (x86 || tag != MACHINE_ARM64))
                find_none(a, &c, x86);
        for (size_t i = 0; i < c.count && arm64 && !tag; i++) {
                const struct cover_group *g = &c.groups[i];
                if (g->x86 && !g->arm64)
                        artefact_find(a, RULE_PARTLY, g->x86->path, format("there is no twin for arm64 Linux"));
                else if (g->x86_musl && g->x86_plain && g->arm64 && !g->arm64_musl)
                        artefact_find(a, RULE_NO_MUSL, g->x86->path, format("x86 has a build for musl, arm64 has none"));
                else if (g->x86_plain && g->arm64_musl && !g->arm64_plain)
                        artefact_find(a, RULE_PARTLY, g->x86->path, format("the arm64 build is for musl only"));
        }
        cover_free(&c);
}

void cover_excuse(struct artefact *a)
{
        for (size_t i = 0; i < a->finding_count; i++)
                if (a->findings[i].rule == RULE_X86_ONLY || a->findings[i].rule == RULE_OTHER_ONLY)
                        a->findings[i].severity = SEVERITY_NOTE;
}

void cover_twins(struct artefact *a)
{
        struct keyed *k = calloc(a->part_count + 1, sizeof *k);
        if (!k)
                abort();
        for (size_t i = 0; i < a->part_count; i++)
                k[i].key = names_key(a->parts[i]->path);
        for (size_t i = 0; i < a->part_count; i++)
                for (size_t j = 0; a->parts[i]->verdict == VERDICT_REBUILD && j < a->part_count; j++)
                        if (a->parts[j]->verdict == VERDICT_ARM64 && !strcmp(k[i].key, k[j].key) && !a->parts[i]->twin) {
                                a->parts[i]->twin = true;
                                cover_excuse(a->parts[i]);
                        }
        for (size_t i = 0; i < a->part_count; i++)
                free(k[i].key);
        free(k);
}
