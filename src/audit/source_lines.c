/* Build files, scripts, Dockerfiles, packaging: line by line. */
#include "audit/source_scan.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"

enum { LOOK_BACK = 8 }; /* lines in front of a flag that may say what it is for */

struct lines {
        const struct source *s;
        const char *at; /* the line */
        size_t len;
        u32 number;
        struct build build;    /* conditions around it */
        u32 recent[LOOK_BACK]; /* words_in() of the lines before */
};

static bool has(const struct lines *l, const char *what)
{
        return text_has(l->at, l->len, what);
}

/* ---- flags ---- */

static const struct {
        const char *flag;
        bool whole; /* not only its beginning */
} flags[] = {
        { "-m64", true },
        { "-m32", true },
        { "-msse", false },
        { "-mssse3", true },
        { "-mavx", false },
        { "-mmmx", true },
        { "-m3dnow", true },
        { "-mpopcnt", true },
        { "-mbmi", false },
        { "-maes", true },
        { "-mpclmul", true },
        { "-mfpmath=", false },
        { "-mfma", true },
        { "-malign-double", true },
        { "-march=x86", false },
        { "-march=core", false },
        { "-march=nehalem", true },
        { "-march=haswell", true },
        { "-march=sandybridge", true },
        { "-march=ivybridge", true },
        { "-march=skylake", false },
        { "-march=broadwell", true },
        { "-march=westmere", true },
        { "-march=k8", true },
        { "-march=athlon", false },
        { "-march=opteron", false },
        { "-march=pentium", false },
        { "-march=i386", true },
        { "-march=i486", true },
        { "-march=i586", true },
        { "-march=i686", true },
        { "-march=znver", false },
        { "-march=bdver", false },
        { "-mtune=haswell", true },
        { "-mtune=core", false },
        { "-mtune=pentium", false },
        { "-mcmodel=medium", true },
        { "-mno-red-zone", true },
};

/* The flag at p, by its length; 0: none of x86. */
static size_t flag_at(const char *p, size_t room)
{
        for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
                size_t n = strlen(flags[i].flag);
                if (room < n || memcmp(p, flags[i].flag, n))
                        continue;
                size_t end = n;
                while (end < room && (isalnum((u8)p[end]) || strchr("._=-", p[end])))
                        end++;
                if (!flags[i].whole || end == n)
                        return end;
        }
        return 0;
}

/* Whether the lines before, or the rest of the line, speak of processors or choices: then somebody has thought of it. */
static bool is_chosen(const struct lines *l, size_t flag, size_t flag_len)
{
        u32 seen = words_in(l->at, flag) | words_in(l->at + flag + flag_len, l->len - flag - flag_len);
        for (size_t i = 0; i < LOOK_BACK; i++)
                seen |= l->recent[i];
        static const char *const asks[] = { "check", "CHECK", "test", "try", "option", "supported", "has_", "find", "APPEND", "if ", "if(",
                "?" };
        for (size_t i = 0; i < ARRAY_LEN(asks); i++)
                if (has(l, asks[i]))
                        return true;
        return seen & WORDS_CHOICE;
}

static void take_flags(const struct lines *l)
{
        const char *first = l->at;
        while (first < l->at + l->len && isblank((u8)*first))
                first++;
        if (build_has_condition(&l->build) || *first == '#' || *first == '!' || !strncmp(first, "dnl", 3))
                return;
        for (size_t i = 0; i + 4 < l->len; i++) {
                size_t n = l->at[i] == '-' && (!i || strchr(" \t\"'=[,(", l->at[i - 1])) ? flag_at(l->at + i, l->len - i) : 0;
                if (n && !is_chosen(l, i, n))
                        source_found(l->s, RULE_SRC_FLAG, l->number, format("%.*s", (int)n, l->at + i));
        }
}

/* ---- the rest ---- */

static bool first_word(const struct lines *l, const char *word)
{
        const char *p = l->at;
        while (p < l->at + l->len && (isblank((u8)*p) || *p == '-' || *p == '@'))
                p++;
        size_t n = strlen(word), room = (size_t)(l->at + l->len - p);
        return room >= n && !strncasecmp(p, word, n) && (room == n || !(isalnum((u8)p[n]) || p[n] == '_'));
}

static void take_paths(const struct lines *l, bool arm_too)
{
        static const char *const paths[] = { "/usr/lib/x86_64-linux-gnu", "/lib/x86_64-linux-gnu", "ld-linux-x86-64.so" };
        for (size_t i = 0; i < ARRAY_LEN(paths) && !arm_too; i++)
                if (has(l, paths[i]) && !build_has_condition(&l->build))
                        source_found(l->s, RULE_SRC_PATH, l->number, format("%s", paths[i]));
}

static void take_urls(const struct lines *l, bool arm_too)
{
        static const char *const words[] = { "x86_64", "amd64", "x86-64", "linux64", "-x64" };
        const char *url = memmem(l->at, l->len, "https://", 8);
        if (arm_too || (!url && !(url = memmem(l->at, l->len, "http://", 7))))
                return;
        size_t len = strcspn(url, " \t\"'\\)\n");
        if (!has(l, "curl") && !has(l, "wget") && !has(l, "ADD "))
                return;
        for (size_t i = 0; i < ARRAY_LEN(words); i++)
                if (text_has(url, len, words[i]))
                        source_found(l->s, RULE_SRC_URL, l->number, format("%.*s", (int)(len < 160 ? len : 160), url));
}

static void take_docker(const struct lines *l)
{
        if (!first_word(l, "FROM"))
                return;
        if (has(l, "--platform=linux/amd64") || has(l, "--platform=amd64") || has(l, "--platform=linux/x86_64") || has(l, "FROM amd64/"))
                source_found(l->s, RULE_SRC_DOCKER, l->number, format("%.*s", (int)(l->len < 120 ? l->len : 120), l->at));
}

void source_scan_lines(const struct source *s)
{
        static const char *const indented[] = { ".py", ".yml", ".yaml", ".gyp", ".gypi" }; /* conditions without an end */
        const char *base = path_base(s->path), *dot = strrchr(base, '.');
        bool docker = !strncmp(base, "Dockerfile", 10), spec = dot && !strcmp(dot, ".spec");
        u32 all = words_in(s->text, s->len);
        bool arm_too = all & 1u << WORD_ARM || text_has(s->text, s->len, "uname -m") || text_has(s->text, s->len, "TARGETARCH");
        bool conditions = !dot || !is_one_of(dot, indented, ARRAY_LEN(indented));
        struct lines l = { .s = s, .number = 1 };
        if (all & 1u << WORD_ARM && !strstr(s->path, "debian/"))
                s->a->source_signs |= SIGN_ARM;
        if (text_has(s->text, s->len < 200 ? s->len : 200, "generated by automake"))
                return;
        if (!strcmp(base, "control") || spec)
                return source_scan_packaging(s);
        for (const char *p = s->text; *p; l.number++) {
                const char *end = strchrnul(p, '\n');
                l.at = p;
                l.len = (size_t)(end - p);
                build_line(&l.build, s, l.at, l.len, l.number, conditions);
                take_flags(&l);
                take_paths(&l, arm_too);
                take_urls(&l, arm_too);
                if (docker)
                        take_docker(&l);
                if (has(&l, "GOARCH=amd64") && !arm_too)
                        source_found(s, RULE_SRC_GOARCH, l.number, format("GOARCH=amd64"));
                memmove(l.recent + 1, l.recent, sizeof l.recent - sizeof l.recent[0]);
                l.recent[0] = words_in(l.at, l.len);
                p = *end ? end + 1 : end;
        }
}
