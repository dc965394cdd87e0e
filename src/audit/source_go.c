/* Go: a package with assembly for x86 needs files for the other processors beside it (go help buildconstraint). */
#include "audit/source_scan.h"

#include <string.h>

#include "base/util.h"

/* The words that a file's name ends with: name_GOARCH.go, name_GOOS_GOARCH.go; and customary names of the other way. */
static bool name_says(const char *path, const char *const *list, size_t count)
{
        const char *base = path_base(path), *dot = strchrnul(base, '.');
        AUTO_FREE char *stem = format("%.*s", (int)(dot - base), base);
        const char *line = strrchr(stem, '_');
        return line && is_one_of(line + 1, list, count);
}

static bool is_test(const char *path)
{
        size_t n = strlen(path);
        return n > 8 && !strcmp(path + n - 8, "_test.go");
}

void source_scan_go(const struct source *s)
{
        static const char *const x86[] = { "amd64", "386", "x86" };
        static const char *const others[] = { "arm64", "generic", "noasm", "other", "others", "ref", "fallback", "stub", "noarch", "go",
                "pure", "purego" };
        static const char *const systems[] = { "windows", "darwin", "freebsd", "openbsd", "netbsd", "solaris", "plan9", "js", "wasm", "arm",
                "s390x", "ppc64le", "riscv64", "mips64x" };
        if (is_test(s->path))
                return;
        const char *tag = memmem(s->text, s->len < 4096 ? s->len : 4096, "build ", 6);
        size_t len = tag ? strcspn(tag, "\n") : 0;
        bool tagged = tag && tag - s->text >= 2 && (tag[-1] == '+' || tag[-1] == ':' || tag[-1] == ' ');
        u32 flags = 0;
        if (name_says(s->path, others, ARRAY_LEN(others)) ||
                (tagged && (text_has(tag, len, "!amd64") || text_has(tag, len, "arm64") || text_has(tag, len, "purego") ||
                                   text_has(tag, len, "appengine") || text_has(tag, len, "noasm") || text_has(tag, len, "!gc"))))
                flags = FOLDER_OTHERS;
        else if (!tagged && !name_says(s->path, x86, ARRAY_LEN(x86)) && !name_says(s->path, systems, ARRAY_LEN(systems)))
                flags = FOLDER_PLAIN;
        if (flags)
                tree_fact(&s->a->source_facts, FACT_FOLDER, s->path, (size_t)(path_base(s->path) - s->path), flags);
        if (flags == FOLDER_OTHERS)
                s->a->source_signs |= SIGN_GUARD;
}

void source_scan_go_asm(const struct source *s)
{
        static const char *const x86[] = { "amd64", "386", "x86" };
        if (name_says(s->path, x86, ARRAY_LEN(x86)) && text_has(s->text, s->len, "TEXT"))
                source_found(s, RULE_SRC_GO, 1, format("assembly for x86, and no file for the other processors in its folder"));
}
