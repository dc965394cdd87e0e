#include "audit/floor.h"

#include <stdio.h>
#include <string.h>

#include "audit/cover.h"
#include "base/util.h"

/* arm64 began with these: nothing older can be asked for (the ports' first releases, glibc 2.17 and GCC 4.8). */
static const version first_glibc = 2 << 20 | 17 << 10, first_glibcxx = 3 << 20 | 4 << 10 | 19;

static bool too_new(version needs, version has)
{
        return needs && has && needs > has;
}

static void judge_file(struct artefact *a, const struct native *n, const struct target *t)
{
        const struct {
                const char *name;
                version needs, has;
        } rows[] = {
                { "GLIBC", n->glibc, t->glibc },
                { "GLIBCXX", n->glibcxx, t->glibcxx },
                { "CXXABI", n->cxxabi, t->cxxabi },
                { "Linux", n->kernel, t->kernel },
        };
        char text[256] = "";
        size_t len = 0;
        for (size_t i = 0; i < ARRAY_LEN(rows); i++)
                if (too_new(rows[i].needs, rows[i].has))
                        len += (size_t)snprintf(text + len, sizeof text - len, "%sneeds %s %s, %s has %s", len ? "; " : "", rows[i].name,
                                version_text(rows[i].needs).text, t->name, version_text(rows[i].has).text);
        if (t->musl && n->libc == LIBC_GLIBC)
                len += (size_t)snprintf(text + len, sizeof text - len, "%sneeds glibc, %s has musl", len ? "; " : "", t->name);
        if (len)
                artefact_find(a, RULE_FLOOR, n->path, format("%s", text));
        if (n->incomplete)
                artefact_find(a, RULE_UNREADABLE_NEEDS, n->path, format("its dynamic section or version table could not be read"));
}

/* The package brings some of its libraries itself. */
static bool brings(const struct artefact *a, const char *name)
{
        for (size_t i = 0; i < a->native_count; i++) {
                const struct native *n = &a->natives[i];
                const char *base = strrchr(n->path, '/');
                if (n->machine == MACHINE_ARM64 && ((n->soname && !strcmp(n->soname, name)) || !strcmp(base ? base + 1 : n->path, name)))
                        return true;
        }
        return false;
}

static void judge_needed(struct artefact *a, const struct native *n, const struct target *t)
{
        if (n->interpreter && !target_has_library(t, n->interpreter) &&
                !brings(a, strrchr(n->interpreter, '/') ? strrchr(n->interpreter, '/') + 1 : ""))
                artefact_find(a, RULE_MISSING, n->path, format("its loader %s is not in %s", n->interpreter, t->name));
        for (const char *s = n->needed; s && *s; s += strlen(s) + 1) {
                const char *base = strrchr(s, '/');
                if (!target_has_library(t, base ? base + 1 : s) && !brings(a, base ? base + 1 : s))
                        artefact_find(a, RULE_MISSING, n->path, format("it needs %s, which is not in %s", s, t->name));
        }
}

static void compare(struct artefact *a)
{
        struct cover c;
        cover_read(a, &c);
        for (size_t i = 0; i < c.count; i++) {
                const struct cover_group *g = &c.groups[i];
                bool libc = g->arm64_glibc > g->x86_glibc && g->arm64_glibc > first_glibc;
                bool cxx = g->arm64_glibcxx > g->x86_glibcxx && g->arm64_glibcxx > first_glibcxx;
                if (!g->arm64 || !g->x86_amd64 || (!libc && !cxx))
                        continue;
                struct version_text arm = version_text(libc ? g->arm64_glibc : g->arm64_glibcxx);
                struct version_text x86 = version_text(libc ? g->x86_glibc : g->x86_glibcxx);
                const char *what = libc ? "GLIBC" : "GLIBCXX";
                bool none = !(libc ? g->x86_glibc : g->x86_glibcxx);
                artefact_find(a, RULE_FLOOR_ABOVE_X86, g->arm64->path,
                        format("the arm64 file needs %s %s, the x86-64 one %s", what, arm.text, none ? "none" : x86.text));
        }
        cover_free(&c);
}

void floor_judge(struct artefact *a, const struct target *t)
{
        for (size_t i = 0; t && i < a->native_count; i++) {
                const struct native *n = &a->natives[i];
                if (n->machine != MACHINE_ARM64 || n->system != SYSTEM_LINUX || n->harmless || n->role == ELF_ROLE_OBJECT)
                        continue;
                judge_file(a, n, t);
                if (t->libraries)
                        judge_needed(a, n, t);
        }
        compare(a);
}
