/* C and C++: what only x86 has, outside of all conditions that ask for the processor. */
#include "audit/source_scan.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"

enum { NESTING = 64 };

struct level {
        bool guard;           /* the condition asks for a processor, a feature, a system or a build option */
        bool off;             /* #if 0 */
        bool x86, arm, other; /* what its branches so far asked for */
        char name[64];        /* of a first #ifndef: it may turn out to be the header's own guard */
};

struct reader {
        const struct source *s;
        char *text; /* comments are blank */
        struct level levels[NESTING];
        int depth, beyond; /* beyond: levels that were too many */
        u32 line;
};

/* Comments become spaces; the lines stay. Strings are left alone. */
static char *without_comments(const char *text, size_t len)
{
        char *out = malloc(len + 1);
        if (!out)
                abort();
        enum { CODE, LINE, BLOCK, STRING, CHARACTER } in = CODE;
        for (size_t i = 0; i < len; i++) {
                char c = text[i], next = i + 1 < len ? text[i + 1] : 0;
                out[i] = c;
                if (in == CODE && c == '/' && (next == '/' || next == '*')) {
                        in = next == '/' ? LINE : BLOCK;
                        out[i] = ' ';
                        if (next == '*')
                                out[++i] = ' ';
                } else if (in == CODE && (c == '"' || (c == '\'' && (i == 0 || !isalnum((u8)text[i - 1]))))) {
                        in = c == '"' ? STRING : CHARACTER;
                } else if (in == STRING || in == CHARACTER) {
                        if (c == '\\' && next) {
                                out[i + 1] = next;
                                i++;
                        } else if (c == (in == STRING ? '"' : '\'') || c == '\n') {
                                in = CODE;
                        }
                } else if (in == LINE || in == BLOCK) {
                        if (c != '\n')
                                out[i] = ' ';
                        if ((in == LINE && c == '\n') || (in == BLOCK && c == '*' && next == '/')) {
                                if (in == BLOCK)
                                        out[++i] = ' ';
                                in = CODE;
                        }
                }
        }
        out[len] = 0;
        return out;
}

static bool guarded(const struct reader *r)
{
        for (int i = 0; i < r->depth; i++)
                if (r->levels[i].guard || r->levels[i].off)
                        return true;
        return r->beyond;
}

/* ---- directives ---- */

static const char *skip_blank(const char *p)
{
        while (*p == ' ' || *p == '\t')
                p++;
        return p;
}

static bool directive(const char *p, const char *name, const char **rest)
{
        size_t n = strlen(name);
        if (strncmp(p, name, n) || isalnum((u8)p[n]) || p[n] == '_')
                return false;
        *rest = skip_blank(p + n);
        return true;
}

/* Macros that are always there with the compilers and systems of today: a condition on them asks for nothing. */
static bool always_there(const char *p, size_t len)
{
        static const char *const names[] = { "defined", "__cplusplus", "__GNUC__", "__GNUC_MINOR__", "__clang__", "__linux__", "__linux",
                "linux", "__unix__", "__unix", "unix", "NDEBUG", "_GNU_SOURCE", "__GLIBC__", "__STDC__", "__STDC_VERSION__", "__OPTIMIZE__",
                "_OPENMP", "__has_include", "__has_builtin", "LINUX" };
        for (size_t i = 0; i < ARRAY_LEN(names); i++)
                if (strlen(names[i]) == len && !memcmp(p, names[i], len))
                        return true;
        return false;
}

/* "#ifdef FEATURE": somebody has to ask for it. "#ifndef" and "!" are the other way round. */
static bool asks_for_something(const char *condition, size_t len)
{
        if (memchr(condition, '!', len))
                return false;
        for (size_t i = 0; i < len; i++) {
                if (!isalpha((u8)condition[i]) && condition[i] != '_')
                        continue;
                size_t n = 1;
                while (i + n < len && (isalnum((u8)condition[i + n]) || condition[i + n] == '_'))
                        n++;
                if ((i == 0 || !isdigit((u8)condition[i - 1])) && !always_there(condition + i, n))
                        return true;
                i += n;
        }
        return false;
}

static void take_condition(struct reader *r, struct level *l, const char *condition, size_t len)
{
        u32 seen = words_in(condition, len);
        l->x86 |= (seen & 1u << WORD_X86) != 0;
        l->arm |= (seen & 1u << WORD_ARM) != 0;
        l->other |= (seen & 1u << WORD_CHOICE) != 0;
        l->guard |= seen & ~(1u << WORD_NONE);
        if (seen & 1u << WORD_X86)
                r->s->a->source_signs |= SIGN_GUARD;
        if (seen & 1u << WORD_ARM)
                r->s->a->source_signs |= SIGN_ARM;
}

static void push(struct reader *r, const char *condition, size_t len, bool ifndef)
{
        if (r->depth == NESTING) {
                r->beyond++;
                return;
        }
        struct level *l = &r->levels[r->depth++];
        *l = (struct level){ .off = condition[0] == '0' && !isalnum((u8)condition[1]) };
        take_condition(r, l, condition, len);
        l->guard |= !ifndef && asks_for_something(condition, len);
        if (ifndef && len < sizeof l->name)
                memcpy(l->name, condition, len);
}

/* "#ifndef SSE_H" followed by "#define SSE_H" is not about SSE. */
static void header_guard(struct reader *r, const char *name)
{
        struct level *l = r->depth ? &r->levels[r->depth - 1] : NULL;
        size_t n = l ? strlen(l->name) : 0;
        if (n && !strncmp(name, l->name, n) && !isalnum((u8)name[n]) && name[n] != '_')
                *l = (struct level){ 0 };
}

static const char *const x86_headers[] = { "immintrin.h", "x86intrin.h", "xmmintrin.h", "emmintrin.h", "pmmintrin.h", "tmmintrin.h",
        "smmintrin.h", "nmmintrin.h", "wmmintrin.h", "ammintrin.h", "mmintrin.h", "mm3dnow.h", "cpuid.h", "sys/io.h", "asm/msr.h",
        "sys/vm86.h", "asm/vm86.h" };

static void take_include(struct reader *r, const char *p)
{
        size_t len = strcspn(p, "\n");
        if (text_has(p, len, "simde") || text_has(p, len, "sse2neon") || text_has(p, len, "arm_neon.h"))
                r->s->a->source_signs |= SIGN_ARM | (text_has(p, len, "arm_neon.h") ? 0 : SIGN_EMULATED);
        if (*p != '<' && *p != '"')
                return;
        for (size_t i = 0; i < ARRAY_LEN(x86_headers); i++) {
                size_t n = strlen(x86_headers[i]);
                if (strncmp(p + 1, x86_headers[i], n) || (p[n + 1] != '>' && p[n + 1] != '"'))
                        continue;
                if (guarded(r))
                        return;
                if (r->s->x86_file)
                        source_found(r->s, RULE_SRC_ARCH_FILE, r->line, format("includes %s", x86_headers[i]));
                else
                        source_found(r->s, RULE_SRC_HEADER, r->line, format("includes %s", x86_headers[i]));
        }
}

/* Only the chain that asked for x86 and then gives up is a refusal of Arm. */
static void take_error(struct reader *r, const char *text)
{
        const struct level *l = r->depth ? &r->levels[r->depth - 1] : NULL;
        if (!l || !l->x86 || l->arm || l->other || l->off || r->s->x86_file)
                return;
        for (int i = 0; i + 1 < r->depth; i++)
                if (r->levels[i].guard || r->levels[i].off)
                        return;
        if (words_in(text, strcspn(text, "\n")) & (1u << WORD_X86 | 1u << WORD_CHOICE) || strcasestr(text, "support") ||
                strcasestr(text, "platform"))
                source_found(r->s, RULE_SRC_REFUSED, r->line,
                        format("#error %.*s", (int)(strcspn(text, "\n") < 80 ? strcspn(text, "\n") : 80), text));
}

static void take_define(struct reader *r, const char *p)
{
        header_guard(r, p);
        if (r->depth && r->levels[r->depth - 1].name[0])
                r->levels[r->depth - 1].name[0] = 0;
        if (!strncmp(p, "PAGE_SIZE", 9) && isblank((u8)p[9]) && !guarded(r)) {
                const char *v = skip_blank(p + 9);
                v += *v == '(';
                if (!strncmp(v, "4096", 4) || !strncasecmp(v, "0x1000", 6))
                        source_found(r->s, RULE_SRC_PAGE, r->line, format("PAGE_SIZE is 4096"));
        }
}

static void take_directive(struct reader *r, const char *p)
{
        const char *rest;
        size_t len;
        for (len = 0; p[len] && !(p[len] == '\n' && (len == 0 || p[len - 1] != '\\')); len++)
                ;
        bool ifndef = directive(p, "ifndef", &rest);
        if (ifndef || directive(p, "if", &rest) || directive(p, "ifdef", &rest)) {
                push(r, rest, ifndef ? strcspn(rest, " \t\r\n") : len - (size_t)(rest - p), ifndef);
        } else if (directive(p, "elif", &rest) || directive(p, "elifdef", &rest)) {
                if (r->depth && !r->beyond) {
                        r->levels[r->depth - 1].off = false;
                        take_condition(r, &r->levels[r->depth - 1], rest, len - (size_t)(rest - p));
                }
        } else if (directive(p, "else", &rest)) {
                if (r->depth && !r->beyond)
                        r->levels[r->depth - 1].off = false;
        } else if (directive(p, "endif", &rest)) {
                if (r->beyond)
                        r->beyond--;
                else if (r->depth)
                        r->depth--;
        } else if (directive(p, "include", &rest)) {
                take_include(r, rest);
        } else if (directive(p, "error", &rest)) {
                take_error(r, rest);
        } else if (directive(p, "define", &rest)) {
                take_define(r, rest);
        }
}

/* ---- code ---- */

/* Whole words in the text of an asm statement that only x86 knows. */
static const char *const mnemonics[] = { "cpuid", "rdtsc", "rdtscp", "movl", "movq", "movb", "movw", "pushl", "pushq", "popl", "popq",
        "pushf", "pushfl", "pushfq", "addl", "addq", "adcl", "adcq", "subl", "subq", "sbbl", "mull", "mulq", "imull", "divl", "divq",
        "xorl", "xorq", "orl", "andl", "leal", "leaq", "cmpxchg", "cmpxchgl", "cmpxchgq", "cmpxchg8b", "cmpxchg16b", "xchgl", "xchgb",
        "xchgq", "xaddl", "xaddq", "bsrl", "bsrq", "bsfl", "bsfq", "bswap", "bswapl", "bswapq", "mfence", "lfence", "sfence", "fldcw",
        "fstcw", "fnstcw", "fldl", "fistpl", "fistl", "fsqrt", "ldmxcsr", "stmxcsr", "xgetbv", "outb", "inb", "outl", "inl", "shldl",
        "incl", "decl", "setz", "sete", "rep", "stosl", "stosb", "movsb", "movsl", "int3", "emms", "prefetchnta", "prefetcht0", "movaps",
        "movups", "movdqa", "movdqu", "movntdq", "movnti", "pause", "roll", "rorl", "shll", "shrl", "rolw", "rorw", "xchgw", "crc32q",
        "crc32l", "pxor", "paddb", "testl" };

static bool has_x86_register(const char *p, size_t len)
{
        static const char *const names[] = { "eax", "ebx", "ecx", "edx", "esi", "edi", "esp", "ebp", "rax", "rbx", "rcx", "rdx", "rsi",
                "rdi", "rsp", "rbp", "xmm", "ymm", "mm0", "st(", "ax,", "al,", "gs:", "fs:" };
        for (size_t i = 0; i + 5 < len; i++) {
                if (p[i] != '%')
                        continue;
                const char *name = p + i + 1 + (p[i + 1] == '%');
                for (size_t k = 0; k < ARRAY_LEN(names); k++)
                        if (!strncmp(name, names[k], strlen(names[k])))
                                return true;
        }
        return false;
}

static bool has_mnemonic(const char *p, size_t len, char word[24])
{
        size_t n = 0;
        bool start = true; /* only what begins an instruction counts */
        for (size_t i = 0; i <= len; i++) {
                char c = i < len ? p[i] : 0;
                if (c == '\\' && i + 1 < len) { /* "\n\t" in the string */
                        c = p[++i] == 'n' || p[i] == 't' ? ';' : p[i];
                }
                if (isalnum((u8)c) || c == '_' || c == '.') {
                        if (n < 23)
                                word[n++] = c;
                        continue;
                }
                word[n] = 0;
                for (size_t k = 0; n && start && k < ARRAY_LEN(mnemonics); k++)
                        if (!strcmp(word, mnemonics[k]))
                                return true;
                if (n)
                        start = !strcmp(word, "lock");
                n = 0;
                if (c == ';' || c == '\n' || c == '"' || c == '{' || c == '|')
                        start = true;
        }
        return false;
}

/* From the bracket to the one that closes it; strings may hold brackets. */
static size_t bracket_length(const char *p)
{
        int depth = 0;
        bool string = false;
        for (size_t i = 0; p[i] && i < 20000; i++) {
                if (string) {
                        if (p[i] == '\\' && p[i + 1])
                                i++;
                        else if (p[i] == '"')
                                string = false;
                } else if (p[i] == '"') {
                        string = true;
                } else if (p[i] == '(') {
                        depth++;
                } else if (p[i] == ')' && --depth == 0) {
                        return i + 1;
                }
        }
        return 0;
}

static void take_asm(struct reader *r, const char *p)
{
        char word[24] = "";
        static const char *const qualifiers[] = { "volatile", "__volatile__", "__volatile", "goto", "inline" };
        p = skip_blank(p);
        for (size_t i = 0; i < ARRAY_LEN(qualifiers); i++)
                if (!strncmp(p, qualifiers[i], strlen(qualifiers[i])))
                        p = skip_blank(p + strlen(qualifiers[i])), i = (size_t)-1;
        size_t len = *p == '(' ? bracket_length(p) : 0;
        if (!len || !memchr(p, '"', len))
                return;
        bool x86 = has_mnemonic(p, len, word) || has_x86_register(p, len);
        if (x86 && r->s->x86_file)
                source_found(r->s, RULE_SRC_ARCH_FILE, r->line, format("inline assembly for x86"));
        else if (x86)
                source_found(r->s, RULE_SRC_ASM, r->line, format("inline assembly for x86%s%s", *word ? ": " : "", word));
}

static bool starts(const char *s, size_t len, const char *prefix)
{
        size_t n = strlen(prefix);
        return len >= n && !memcmp(s, prefix, n);
}

static void take_identifier(struct reader *r, const char *p, size_t len)
{
        if ((len == 3 && !memcmp(p, "asm", 3)) || (len == 7 && !memcmp(p, "__asm__", 7)) || (len == 5 && !memcmp(p, "__asm", 5)))
                take_asm(r, p + len);
        else if (starts(p, len, "__builtin_ia32_") && !r->s->x86_file)
                source_found(r->s, RULE_SRC_BUILTIN, r->line, format("%.*s", (int)len, p));
}

static void take_code(struct reader *r, const char *p)
{
        bool string = false;
        for (; *p && *p != '\n'; p++) {
                if (*p == '\\' && p[1] && p[1] != '\n')
                        p++;
                else if (*p == '"')
                        string = !string;
                else if (!string && (isalpha((u8)*p) || *p == '_')) {
                        size_t n = 1;
                        while (isalnum((u8)p[n]) || p[n] == '_')
                                n++;
                        take_identifier(r, p, n);
                        p += n - 1;
                }
        }
}

/* while ((c = getc(f)) != EOF) with a plain char c: char has no sign on arm64. */
static void take_char(struct reader *r, const char *line)
{
        static const char *const calls[] = { "= getc(", "= fgetc(", "= getchar(", "= getopt(", "= getopt_long(", "=getc(", "=fgetc(",
                "=getchar(", "=getopt(" };
        size_t len = strcspn(line, "\n");
        if (!text_has(line, len, "EOF") && !text_has(line, len, "-1"))
                return;
        for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
                const char *at = memmem(line, len, calls[i], strlen(calls[i]));
                const char *end = at;
                while (end && end > line && isblank((u8)end[-1]))
                        end--;
                const char *start = end;
                while (start && start > line && (isalnum((u8)start[-1]) || start[-1] == '_'))
                        start--;
                if (!start || start == end)
                        continue;
                AUTO_FREE char *alone = format("\tchar %.*s;", (int)(end - start), start);
                alone[0] = ' ';
                const char *declared = strstr(r->text, alone);
                if (!declared) {
                        alone[0] = '\t';
                        declared = strstr(r->text, alone);
                }
                if (declared && !(declared - r->text >= 8 && !memcmp(declared - 6, "signed", 6)))
                        source_found(r->s, RULE_SRC_CHAR, r->line,
                                format("%.*s is a char, and is compared with EOF", (int)(end - start), start));
        }
}

void source_scan_c(const struct source *s)
{
        struct reader r = { .s = s, .text = without_comments(s->text, s->len), .line = 1 };
        bool continued = false;
        for (const char *p = r.text; *p;) {
                const char *end = strchrnul(p, '\n'), *first = skip_blank(p);
                if (!continued && *first == '#')
                        take_directive(&r, skip_blank(first + 1));
                if (!guarded(&r)) {
                        take_code(&r, *first == '#' ? first + 1 : p);
                        take_char(&r, p);
                }
                continued = end > p && end[-1] == '\\';
                p = *end ? end + 1 : end;
                r.line++;
        }
        free(r.text);
}
