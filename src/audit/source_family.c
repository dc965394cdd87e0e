/* Files that there is one of for each processor: "arch/x86_64/switch.S" and "arch/ppc64/switch.S". */
#include "audit/source_scan.h"

#include <ctype.h>
#include <string.h>

#include "base/util.h"

static const struct {
        const char *spelling;
        u32 flag;
} spellings[] = {
#define FAMILY(spelling, class) { spelling, FAMILY_##class },
#include "audit/source_family.def"
#undef FAMILY
};

/* The last processor in a path: its place, length and class. */
struct mark {
        size_t at, len;
        u32 flag;
};

static bool find_mark(const char *path, struct mark *m)
{
        *m = (struct mark){ 0 };
        for (size_t at = 0; path[at]; at++) {
                if (at && isalnum((u8)path[at - 1]))
                        continue;
                for (size_t i = 0; i < ARRAY_LEN(spellings); i++) {
                        size_t n = strlen(spellings[i].spelling);
                        if (strncasecmp(path + at, spellings[i].spelling, n) || isalnum((u8)path[at + n]))
                                continue;
                        *m = (struct mark){ at, n, spellings[i].flag };
                        break;
                }
        }
        return m->flag;
}

static char *template_of(const char *path, const struct mark *m)
{
        return format("%.*s*%s", (int)m->at, path, path + m->at + m->len);
}

void source_take_family(const struct source *s)
{
        struct mark m;
        if (s->minor || !find_mark(s->path, &m))
                return;
        AUTO_FREE char *template = template_of(s->path, &m);
        tree_fact(&s->a->source_facts, FACT_FAMILY, template, strlen(template), m.flag);
        if (m.flag == FAMILY_X86)
                source_found(s, RULE_SRC_FAMILY, 1, format("there are files like this for other processors, and none for Arm"));
}

bool source_family_lacks_arm(const struct artefact *a, const char *path)
{
        struct mark m;
        if (!find_mark(path, &m))
                return false;
        AUTO_FREE char *template = template_of(path, &m);
        u32 flags = tree_flags(a->source_facts, FACT_FAMILY, template, strlen(template));
        return flags == (FAMILY_X86 | FAMILY_OTHER);
}
