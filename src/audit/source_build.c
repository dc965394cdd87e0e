/* The conditions of build files, what they compile under them, and where they give up. */
#include "audit/source_scan.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"

struct line {
        const char *p, *end; /* without blanks in front */
};

static bool starts(const struct line *l, const char *word)
{
        size_t n = strlen(word);
        return (size_t)(l->end - l->p) >= n && !strncasecmp(l->p, word, n) &&
               (l->p + n == l->end || !(isalnum((u8)l->p[n]) || l->p[n] == '_' || l->p[n] == '-'));
}

static bool starts_with_one_of(const struct line *l, const char *const *words, size_t count)
{
        for (size_t i = 0; i < count; i++)
                if (starts(l, words[i]))
                        return true;
        return false;
}

static bool has(const struct line *l, const char *what)
{
        return text_has(l->p, (size_t)(l->end - l->p), what);
}

/* "i?86" and "i[3456]86" are how configure scripts write it. */
static u32 words_of(const struct line *l)
{
        u32 words = words_in(l->p, (size_t)(l->end - l->p));
        return has(l, "i?86") || has(l, "]86") || has(l, "?86") ? words | 1u << WORD_X86 : words;
}

/* ---- conditions ---- */

static bool is_negated(const struct line *l)
{
        if (has(l, "(,$(f") || has(l, "),)")) /* ifneq (,$(findstring x86, $(ARCH))): it is there */
                return starts(l, "ifeq");
        return starts(l, "ifneq") || starts(l, "ifndef") || has(l, "NOT ") || has(l, "!=") || has(l, "not in") || has(l, "if not ") ||
               has(l, "if ! ");
}

static void ask(struct build_level *l, const struct line *line)
{
        l->now = words_of(line);
        l->asked |= l->now;
        l->not_it = is_negated(line);
}

static void push(struct build *b, const struct line *line, bool cases)
{
        if (b->depth == BUILD_NESTING) {
                b->beyond++;
                return;
        }
        struct build_level *l = &b->levels[b->depth++];
        *l = (struct build_level){ .cases = cases, .open = starts(line, "ifndef"), .both = has(line, "KERNELRELEASE") };
        if (!cases)
                ask(l, line);
}

static void push_body(struct build *b)
{
        static const struct line nothing = { "", "" };
        push(b, &nothing, false);
        b->levels[b->depth - 1].body = true;
}

static void pop(struct build *b)
{
        if (b->beyond)
                b->beyond--;
        else if (b->depth)
                b->depth--;
}

/* "x86_64-*|i?86-*)" and "*)" of a case; its length, 0 for others. */
static size_t case_label(const struct line *l)
{
        for (const char *p = l->p; p < l->end; p++) {
                if (*p == ')')
                        return (size_t)(p - l->p) + 1;
                if (!isalnum((u8)*p) && !strchr("*?[]|-_. \"(@,+", *p))
                        return 0;
        }
        return 0;
}

static void take_case(struct build_level *l, const struct line *line)
{
        size_t n = case_label(line);
        if (!n)
                return;
        struct line label = { line->p, line->p + n };
        l->last = n <= 4 && memchr(label.p, '*', n); /* "*)", "(*)", "[*])" */
        l->now = words_of(&label);
        l->asked |= l->now;
}

static void take_branch(struct build *b, const struct line *line)
{
        if (!b->depth || b->beyond)
                return;
        struct build_level *l = &b->levels[b->depth - 1];
        struct line condition = *line;
        if (starts(line, "else"))
                for (condition.p += 4; condition.p < condition.end && isblank((u8)*condition.p); condition.p++)
                        ;
        bool more = starts(line, "elif") || starts(line, "elseif") || starts(&condition, "ifeq") || starts(&condition, "ifneq") ||
                    starts(&condition, "ifdef") || starts(&condition, "if");
        l->last = !more;
        l->now = 0;
        l->open = false;
        if (more)
                ask(l, &condition);
        else if (l->not_it)
                l->now = l->asked;
        l->not_it = l->not_it && more;
}

static void take_condition(struct build *b, const struct line *l)
{
        static const char *const opens[] = { "ifeq", "ifneq", "ifdef", "ifndef", "if", "AS_IF", "AS_CASE", "foreach" };
        static const char *const branches[] = { "else", "elif", "elseif" };
        static const char *const closes[] = { "endif", "fi", "esac", "endforeach", "endfunction", "endmacro" };
        if (starts(l, "case") || starts(l, "AS_CASE"))
                push(b, l, true);
        else if (starts_with_one_of(l, opens, ARRAY_LEN(opens)))
                push(b, l, false);
        else if (starts(l, "function") || starts(l, "macro"))
                push_body(b);
        else if (starts_with_one_of(l, branches, ARRAY_LEN(branches)))
                take_branch(b, l);
        else if (b->depth && !b->beyond && b->levels[b->depth - 1].cases)
                take_case(&b->levels[b->depth - 1], l);
        if (starts_with_one_of(l, closes, ARRAY_LEN(closes)) || (starts(l, "if") && (has(l, "; fi") || has(l, ";fi"))) ||
                (starts(l, "case") && has(l, "esac")))
                pop(b);
}

bool build_has_condition(const struct build *b)
{
        return b->depth;
}

/* How the conditions choose this place; words: what else the statement says. */
static u32 built_how(const struct build *b, u32 words)
{
        const u32 asks = WORDS_CPU | 1u << WORD_SYSTEM;
        bool option = false;
        for (int i = 0; i < b->depth; i++) {
                const struct build_level *l = &b->levels[i];
                words |= l->not_it ? 0 : l->now;
                option |= !l->open && !l->both && !(l->asked & asks);
        }
        return words & asks || b->beyond ? BUILT_ASKED : option ? BUILT_OPTION : BUILT_OPEN;
}

/* ---- files ---- */

/* Meson's and CMake's ways to leave a folder, and DPDK's; by what was asked before, the folder is for x86. */
static void take_leave(const struct build *b, const struct source *s, const struct line *l)
{
        u32 words = words_of(l);
        if (has(l, "subdir_done()") || starts(l, "return()"))
                for (int i = 0; i < b->depth; i++)
                        words |= b->levels[i].now;
        else if (!starts(l, "build ="))
                return;
        size_t len = (size_t)(path_base(s->path) - s->path);
        if (words & WORDS_CPU && len)
                tree_fact(&s->a->source_facts, FACT_SUBDIR, s->path, len - 1, BUILT_ASKED);
}

static bool is_unit(const char *name, size_t len)
{
        static const char *const suffixes[] = { ".c", ".cc", ".cpp", ".cxx", ".s", ".asm", ".nasm", ".o", ".lo", ".obj" };
        for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
                size_t n = strlen(suffixes[i]);
                if (len > n && !strncasecmp(name + len - n, suffixes[i], n))
                        return true;
        }
        return false;
}

static void take_files(const struct build *b, const struct source *s, const struct line *l)
{
        bool released = b->released || starts(l, "EXTRA_DIST") || s->minor; /* or for tests, or DOS */
        bool folders = has(l, "DIRS") || has(l, "subdir");
        if (has(l, "$(shell") || has(l, "try_compile"))
                return;
        for (const char *p = l->p; p < l->end;) {
                size_t n = 0;
                while (p + n < l->end && (isalnum((u8)p[n]) || strchr("_-./+", p[n])))
                        n++;
                if (n > 2 && is_unit(p, n)) {
                        tree_fact(&s->a->source_facts, FACT_BUILT, p, n,
                                released ? BUILT_OPTION : built_how(b, b->statement | words_in(l->p, (size_t)(p - l->p))));
                } else if (n > 1 && p[n - 1] == '.' && p + n + 8 < l->end && !strncmp(p + n, "$(OBJEXT)", 9)) {
                        tree_fact(&s->a->source_facts, FACT_BUILT, p, n, built_how(b, words_in(l->p, n)));
                } else if (n > 3 && b->statement & WORDS_CPU) { /* set(SSE_MODELS a b) */
                        tree_fact(&s->a->source_facts, FACT_BUILT, p, n, BUILT_ASKED);
                } else if (folders && n > 1) {
                        tree_fact(&s->a->source_facts, FACT_SUBDIR, p, p[n - 1] == '/' ? n - 1 : n, built_how(b, 0));
                }
                p += n ? n : 1;
        }
}

/* Whether the statement goes on behind this line: a backslash, or a bracket that is still open. */
static void take_end(struct build *b, const struct line *l)
{
        bool begins = !b->continued && !b->brackets;
        for (const char *p = l->p; p < l->end && *p != '#'; p++)
                b->brackets += *p == '(' || *p == '[' ? 1 : (*p == ')' || *p == ']') && b->brackets ? -1 : 0;
        b->continued = l->end > l->p && l->end[-1] == '\\';
        if (b->brackets > 32 || case_label(l))
                b->brackets = 0;
        b->released = (begins ? starts(l, "EXTRA_DIST") : b->released) && b->continued;
        if (!b->continued && !b->brackets)
                b->statement = 0;
        else if (begins)
                b->statement = words_of(l);
}

/* ---- where it gives up ---- */

static bool gives_up(const struct line *l)
{
        return has(l, "FATAL_ERROR") || has(l, "SEND_ERROR") || has(l, "AC_MSG_ERROR") || has(l, "$(error") || starts(l, "error(") ||
               starts(l, "error");
}

/* In the branch for all but those that were asked for, and x86 was asked for and Arm was not. Conditions around it may be anything. */
static bool refuses(const struct build *b)
{
        if (b->depth != 1 || b->beyond)
                return false;
        const struct build_level *l = &b->levels[0];
        u32 words = l->last ? l->asked : l->not_it ? l->now : 0;
        return words & 1u << WORD_X86 && !(words & (1u << WORD_ARM | 1u << WORD_SYSTEM));
}

/* AC_CHECK_HEADER([cpuid.h], [], [AC_MSG_ERROR(...)]) */
static bool wants_x86_header(const struct line *l)
{
        static const char *const headers[] = { "mmintrin.h", "x86intrin.h", "cpuid.h", "sys/io.h" };
        const char *call = memmem(l->p, (size_t)(l->end - l->p), "AC_CHECK_HEADER", 15);
        size_t n = call ? strcspn(call, "(\n") : 0;
        size_t len = call && call[n] == '(' ? source_bracket(call + n) : 0;
        for (size_t i = 0; len && i < ARRAY_LEN(headers); i++)
                if (text_has(call + n, len, headers[i]) && text_has(call + n, len, "AC_MSG_ERROR"))
                        return true;
        return false;
}

/* "include rules.mk", "-include $(top)/x86.mk" */
static void take_include(const struct source *s, const struct line *l)
{
        if (!starts(l, "include") && !starts(l, "sinclude"))
                return;
        for (const char *p = l->p + strcspn(l->p, " \t\n"); p < l->end;) {
                size_t n = 0;
                while (p + n < l->end && !isspace((u8)p[n]))
                        n++;
                if (n)
                        tree_fact(&s->a->source_facts, FACT_FILE, p, n, FILE_INCLUDED);
                p += n ? n : 1;
        }
}

void build_line(struct build *b, const struct source *s, const char *line, size_t len, u32 number, bool conditions)
{
        struct line l = { line, line + len };
        while (l.p < l.end && (isblank((u8)*l.p) || *l.p == '-' || *l.p == '@'))
                l.p++;
        if (l.p == l.end || *l.p == '#' || !strncmp(l.p, "dnl", 3))
                return;
        if (conditions)
                take_condition(b, &l);
        take_leave(b, s, &l);
        take_include(s, &l);
        take_files(b, s, &l);
        take_end(b, &l);
        if (s->x86_file || !strncmp(path_base(s->path), "Find", 4)) /* a module for whoever wants that library */
                return;
        if ((gives_up(&l) && refuses(b)) || (wants_x86_header(&l) && !b->depth))
                source_found(s, RULE_SRC_BUILD_REFUSED, number, format("%.*s", (int)(l.end - l.p < 100 ? l.end - l.p : 100), l.p));
}
