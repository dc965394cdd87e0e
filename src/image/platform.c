#include "image/platform.h"

#include <ctype.h>
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
        const char *said, *arch, *variant;
} spellings[] = {
        { "aarch64", "arm64", "" },
        { "arm64e", "arm64", "" },
        { "x86_64", "amd64", "" },
        { "x86-64", "amd64", "" },
        { "i386", "386", "" },
        { "i486", "386", "" },
        { "i586", "386", "" },
        { "i686", "386", "" },
        { "x86", "386", "" },
        { "armhf", "arm", "v7" },
        { "armv7", "arm", "v7" },
        { "armv7l", "arm", "v7" },
        { "armv6", "arm", "v6" },
        { "armv6l", "arm", "v6" },
        { "armel", "arm", "v5" },
        { "armv5", "arm", "v5" },
        { "armv8", "arm64", "" },
        { "armv8l", "arm", "v7" },
        { "powerpc64le", "ppc64le", "" },
        { "ppc64el", "ppc64le", "" },
        { "mips64el", "mips64le", "" },
};

static const struct {
        const char *arch;
        u16 machine;
} machines[] = {
        { "arm64", EM_AARCH64 },
        { "amd64", EM_X86_64 },
        { "arm", EM_ARM },
        { "386", EM_386 },
        { "riscv64", EM_RISCV },
        { "ppc64le", EM_PPC64 },
        { "s390x", EM_S390 },
        { "mips64le", EM_MIPS },
        { "loong64", 258 },
};

static void set(char *to, size_t cap, const char *from)
{
        size_t n = 0;
        for (; from[n] && n + 1 < cap; n++)
                to[n] = (char)tolower((u8)from[n]);
        to[n] = 0;
}

/* What a variant that is not said means: the base of the architecture. */
static const char *plain_variant(const char *arch)
{
        if (!strcmp(arch, "arm64"))
                return "v8";
        return !strcmp(arch, "amd64") ? "v1" : "";
}

struct platform platform_make(const char *os, const char *arch, const char *variant)
{
        struct platform p;
        set(p.os, sizeof p.os, os);
        set(p.arch, sizeof p.arch, arch);
        set(p.variant, sizeof p.variant, variant);
        if (isdigit((u8)p.variant[0])) { /* "8" instead of "v8" */
                memmove(p.variant + 1, p.variant, sizeof p.variant - 2);
                p.variant[0] = 'v';
                p.variant[sizeof p.variant - 1] = 0;
        }
        for (size_t i = 0; i < ARRAY_LEN(spellings); i++) {
                if (strcmp(p.arch, spellings[i].said))
                        continue;
                strcpy(p.arch, spellings[i].arch);
                if (!p.variant[0])
                        strcpy(p.variant, spellings[i].variant);
                break;
        }
        if (!strcmp(p.variant, plain_variant(p.arch)))
                p.variant[0] = 0;
        if (!strcmp(p.arch, "arm") && !p.variant[0])
                strcpy(p.variant, "v7");
        return p;
}

static bool known_arch(const char *arch)
{
        for (size_t i = 0; i < ARRAY_LEN(machines); i++)
                if (!strcmp(arch, machines[i].arch))
                        return true;
        return false;
}

static bool is_word(const char *s)
{
        return *s && strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == strlen(s);
}

bool platform_parse(const char *text, struct platform *p)
{
        char copy[80], *part[4] = { copy };
        int n = 1;
        *p = (struct platform){ 0 };
        if (strlen(text) >= sizeof copy)
                return false;
        strcpy(copy, text);
        for (char *c = copy; *c; c++) {
                if (*c != '/')
                        continue;
                if (n == 3)
                        return false;
                *c = 0;
                part[n++] = c + 1;
        }
        for (int i = 0; i < n; i++)
                if (!is_word(part[i]) || strlen(part[i]) >= (i == 2 ? sizeof p->variant : sizeof p->arch) - 1)
                        return false;
        struct platform bare = platform_make("linux", part[0], n > 1 ? part[1] : "");
        if (n < 3 && known_arch(bare.arch)) {
                *p = bare;
                return true;
        }
        if (n == 1)
                return false;
        *p = platform_make(part[0], part[1], n > 2 ? part[2] : "");
        return true;
}

static int variant_number(const struct platform *p)
{
        const char *v = p->variant[0] ? p->variant : plain_variant(p->arch);
        return v[0] == 'v' ? atoi(v + 1) : 0;
}

int platform_fit(const struct platform *want, const struct platform *have)
{
        if (strcmp(want->os, have->os) || strcmp(want->arch, have->arch))
                return 0;
        if (!strcmp(want->variant, have->variant))
                return 1000;
        /* A newer processor runs what was made for an older one, and the nearest is best. */
        int wanted = variant_number(want), had = variant_number(have);
        return had && had <= wanted ? 900 - (wanted - had) : 0;
}

struct platform_text platform_text(const struct platform *p)
{
        struct platform_text t;
        snprintf(t.text, sizeof t.text, "%s/%s%s%s", p->os, p->arch, p->variant[0] ? "/" : "", p->variant);
        return t;
}

u16 platform_machine(const struct platform *p)
{
        for (size_t i = 0; i < ARRAY_LEN(machines); i++)
                if (!strcmp(p->arch, machines[i].arch))
                        return machines[i].machine;
        return 0;
}

struct platform_text platform_machine_name(u16 machine)
{
        struct platform_text t;
        snprintf(t.text, sizeof t.text, "machine %u", machine);
        for (size_t i = 0; i < ARRAY_LEN(machines); i++)
                if (machine == machines[i].machine)
                        snprintf(t.text, sizeof t.text, "%s", machines[i].arch);
        return t;
}
