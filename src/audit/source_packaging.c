/* What the packaging says: debian/control (Debian policy 5.6.8), RPM spec (ExclusiveArch, ExcludeArch). */
#include "audit/source_scan.h"

#include <string.h>

#include "base/util.h"

/* What a list of architectures has. */
enum {
        LIST_X86 = 1,
        LIST_ARM64 = 2, /* by name or by "any", or by a macro that may have it */
};

/* debian/control has one of "any", "linux-any", "arm64", "linux-arm64", "any-arm64"; "all" says nothing about the packages that are built.
 */
static u32 of_debian(const char *word)
{
        static const char *const arm64[] = { "any", "linux-any", "arm64", "linux-arm64", "any-arm64" };
        static const char *const x86[] = { "amd64", "i386", "any-amd64", "any-i386", "linux-amd64", "linux-i386", "x32" };
        return is_one_of(word, arm64, ARRAY_LEN(arm64)) ? LIST_ARM64 : is_one_of(word, x86, ARRAY_LEN(x86)) ? LIST_X86 : 0;
}

static u32 of_rpm(const char *word)
{
        static const char *const x86[] = { "x86_64", "i386", "i486", "i586", "i686", "%{ix86}", "%ix86", "%{x86_64}", "amd64" };
        if (is_one_of(word, x86, ARRAY_LEN(x86)))
                return LIST_X86;
        return !strcmp(word, "aarch64") || *word == '%' ? LIST_ARM64 : 0;
}

static u32 list_of(const char *p, const char *end, u32 (*of)(const char *word))
{
        u32 has = 0;
        while (p < end) {
                size_t n = 0;
                while (p + n < end && !strchr(" \t\r\n,", p[n]))
                        n++;
                AUTO_FREE char *word = format("%.*s", (int)n, p);
                has |= of(word);
                p += n ? n : 1;
        }
        return has;
}

/* The end of a field: lines that begin with a blank belong to it. */
static const char *field_end(const char *p)
{
        const char *end = strchrnul(p, '\n');
        while (*end && (end[1] == ' ' || end[1] == '\t'))
                end = strchrnul(end + 1, '\n');
        return end;
}

static const char *after(const char *p, const char *key)
{
        size_t n = strlen(key);
        return strncasecmp(p, key, n) ? NULL : p + n;
}

void source_scan_packaging(const struct source *s)
{
        bool debian = !strcmp(path_base(s->path), "control");
        u32 line = 1, first = 0, all = 0;
        for (const char *p = s->text; *p; line++) {
                const char *end = strchrnul(p, '\n'), *value = after(p, debian ? "Architecture:" : "ExclusiveArch:");
                u32 has = value ? list_of(value, field_end(value), debian ? of_debian : of_rpm) : 0;
                if (!debian && (value = after(p, "ExcludeArch:")) && text_has(value, (size_t)(end - value), "aarch64"))
                        has = LIST_X86;
                first = has & LIST_X86 && !first ? line : first;
                all |= has;
                p = *end ? end + 1 : end;
        }
        if (first && !(all & LIST_ARM64))
                source_found(
                        s, RULE_SRC_DECLARED, first, format("%s without arm64", debian ? "Architecture" : "ExclusiveArch or ExcludeArch"));
}
