/* C and C++: what only x86 has, where a compiler for arm64 Linux would get to. */
#include "audit/source_scan.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "audit/source_cond.h"
#include "base/util.h"

struct reader {
        const struct source *s;
        char *text; /* comments are blank */
        struct cond cond;
        bool user_registers; /* includes what shows a program's registers */
        const char *macro;   /* the #define that the line belongs to, and its name's length */
        size_t macro_len;
        bool x86_macros;
        u32 line;
};

char *source_without_comments(const char *text, size_t len)
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

static const char *skip_blank(const char *p)
{
        while (*p == ' ' || *p == '\t')
                p++;
        return p;
}

size_t source_logical_line(const char *p)
{
        size_t len = 0;
        while (p[len] && !(p[len] == '\n' && (len == 0 || p[len - 1] != '\\')))
                len++;
        return len;
}

static bool compiled(const struct reader *r)
{
        return cond_now(&r->cond) >= BY_DEFAULT;
}

/* ---- directives ---- */

static const char *const x86_headers[] = { "immintrin.h", "x86intrin.h", "xmmintrin.h", "emmintrin.h", "pmmintrin.h", "tmmintrin.h",
        "smmintrin.h", "nmmintrin.h", "wmmintrin.h", "ammintrin.h", "mmintrin.h", "mm3dnow.h", "cpuid.h", "sys/io.h", "asm/msr.h",
        "sys/vm86.h", "asm/vm86.h" };

static void take_x86_header(struct reader *r, const char *name)
{
        if (r->s->x86_file)
                source_found(r->s, RULE_SRC_ARCH_FILE, r->line, format("includes %s", name));
        else
                source_found(r->s, RULE_SRC_HEADER, r->line, format("includes %s", name));
}

static void take_include(struct reader *r, const char *p, size_t len)
{
        static const char *const registers[] = { "ucontext.h", "sys/ucontext.h", "sys/ptrace.h", "sys/user.h", "sys/reg.h", "signal.h" };
        if (text_has(p, len, "simde") || text_has(p, len, "sse2neon"))
                r->s->a->source_signs |= SIGN_ARM | SIGN_EMULATED;
        if (text_has(p, len, "arm_neon.h"))
                r->s->a->source_signs |= SIGN_ARM | SIGN_NEON;
        size_t n = len && (*p == '<' || *p == '"') ? strcspn(p + 1, ">\"\n") : 0;
        if (!n || n > 200)
                return;
        AUTO_FREE char *name = format("%.*s", (int)n, p + 1);
        r->user_registers |= is_one_of(name, registers, ARRAY_LEN(registers));
        if (compiled(r) && !r->s->x86_file && !r->s->other_file)
                tree_includes(&r->s->a->source_facts, r->s->path, name, n);
        else
                tree_fact(&r->s->a->source_facts, FACT_FILE, name, n, FILE_INCLUDED);
        if (compiled(r) && is_one_of(name, x86_headers, ARRAY_LEN(x86_headers)))
                take_x86_header(r, name);
}

/* Only where a question for x86 comes before: the way for all the others ends here. */
static void take_error(struct reader *r, const char *text, size_t len)
{
        const struct cond_level *l = r->cond.depth ? &r->cond.levels[r->cond.depth - 1] : NULL;
        if (l && l->x86 && !l->arm && !l->system && !l->else_what && compiled(r) && !r->s->x86_file)
                source_found(r->s, RULE_SRC_REFUSED, r->line, format("#error %.*s", (int)(len < 80 ? len : 80), text));
}

/* What the tree names itself may look like x86's. */
static void take_define(struct reader *r, const char *p, size_t len)
{
        size_t n = 0;
        while (n < len && (isalnum((u8)p[n]) || p[n] == '_'))
                n++;
        r->macro = p;
        r->macro_len = n;
        if (n > 3 && (p[0] == '_' || !strncmp(p, "REG_", 4) || !strncmp(p, "ORIG_", 5) || !strncmp(p, "iop", 3)) &&
                cond_now(&r->cond) > NEVER)
                tree_fact(&r->s->a->source_facts, FACT_MACRO, p, n, 1);
        if (strncmp(p, "PAGE_SIZE", 9) || !isblank((u8)p[9]) || !compiled(r))
                return;
        const char *v = skip_blank(p + 9);
        v += *v == '(';
        if (!strncmp(v, "4096", 4) || !strncasecmp(v, "0x1000", 6))
                source_found(r->s, RULE_SRC_PAGE, r->line, format("PAGE_SIZE is 4096"));
}

static bool is_word(const char *p, const char *word)
{
        size_t n = strlen(word);
        return !strncmp(p, word, n) && !isalnum((u8)p[n]) && p[n] != '_';
}

static void take_directive(struct reader *r, const char *p)
{
        size_t len = source_logical_line(p);
        if (is_word(p, "include") || is_word(p, "error") || is_word(p, "define")) {
                const char *rest = skip_blank(p + strcspn(p, " \t\"<\n"));
                size_t left = rest < p + len ? len - (size_t)(rest - p) : 0;
                if (*p == 'i')
                        take_include(r, rest, left);
                else if (*p == 'e')
                        take_error(r, rest, left);
                else
                        take_define(r, rest, left);
        }
        cond_directive(&r->cond, p, len);
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

size_t source_bracket(const char *p)
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

/* In the replacement of a macro it counts where the macro is used. */
static void found_x86(struct reader *r, enum rule_id rule, char *text)
{
        if (r->macro) {
                if (rule == RULE_SRC_ASM) {
                        cond_mark_x86(&r->cond, r->macro, r->macro_len);
                        r->x86_macros = true;
                }
                free(text);
        } else {
                source_found(r->s, r->s->x86_file ? RULE_SRC_ARCH_FILE : rule, r->line, text);
        }
}

static void take_asm(struct reader *r, const char *p)
{
        char word[24] = "";
        static const char *const qualifiers[] = { "volatile", "__volatile__", "__volatile", "goto", "inline" };
        p = skip_blank(p);
        for (size_t i = 0; i < ARRAY_LEN(qualifiers); i++)
                if (!strncmp(p, qualifiers[i], strlen(qualifiers[i])))
                        p = skip_blank(p + strlen(qualifiers[i])), i = (size_t)-1;
        size_t len = *p == '(' ? source_bracket(p) : 0;
        if (!len || !memchr(p, '"', len))
                return;
        if (has_mnemonic(p, len, word) || has_x86_register(p, len))
                found_x86(r, RULE_SRC_ASM, *word ? format("inline assembly for x86: %s", word) : format("inline assembly for x86"));
}

static bool starts(const char *s, size_t len, const char *prefix)
{
        size_t n = strlen(prefix);
        return len >= n && !memcmp(s, prefix, n);
}

static bool is_one_of_these(const char *p, size_t len, const char *const *list, size_t count)
{
        for (size_t i = 0; i < count; i++)
                if (strlen(list[i]) == len && !memcmp(p, list[i], len))
                        return true;
        return false;
}

static bool is_called(const char *p)
{
        return *skip_blank(p) == '(';
}

/* "name(...) {": the tree has its own. */
static bool is_definition(const char *p)
{
        p = skip_blank(p);
        size_t len = *p == '(' ? source_bracket(p) : 0;
        return len && p[len + strspn(p + len, " \t\r\n")] == '{';
}

/* _mm_NAME_TYPE and the few without a type (Intel Intrinsics Guide); _mm_malloc and _mm_free are others' names, too. */
static bool is_intrinsic(const char *p, size_t len)
{
        static const char *const types[] = { "ps", "pd", "ss", "sd", "ph", "epi8", "epi16", "epi32", "epi64", "epu8", "epu16", "epu32",
                "epu64", "si128", "si256", "si512", "si64", "si32", "pi8", "pi16", "pi32", "u8", "u16", "u32", "u64", "i32", "i64",
                "epi64x", "x86" };
        static const char *const plain[] = { "pause", "mfence", "lfence", "sfence", "prefetch", "getcsr", "setcsr", "clflush", "empty" };
        const char *name = p + (p[3] == '_' ? 4 : 7), *last = memrchr(p, '_', len) + 1;
        if (!starts(p, len, "_mm_") && !starts(p, len, "_mm256_") && !starts(p, len, "_mm512_"))
                return false;
        size_t left = len - (size_t)(last - p);
        return last > name ? is_one_of_these(last, left, types, ARRAY_LEN(types)) : is_one_of_these(last, left, plain, ARRAY_LEN(plain));
}

/* Built-in functions of x86 and what the headers of GCC and glibc for x86 have. */
static bool is_x86_builtin(const char *p, size_t len)
{
        static const char *const calls[] = { "__rdtsc", "__rdtscp", "_rdtsc", "__cpuid", "__cpuid_count", "__get_cpuid", "__get_cpuid_max",
                "__get_cpuid_count", "_xgetbv", "__builtin_cpu_supports", "__builtin_cpu_init", "ioperm", "iopl", "vm86" };
        if (starts(p, len, "__builtin_ia32_"))
                return true;
        if (is_intrinsic(p, len))
                return is_called(p + len);
        return is_one_of_these(p, len, calls, ARRAY_LEN(calls)) && is_called(p + len);
}

/* The names of a program's registers in <sys/ucontext.h> and <sys/reg.h>, and the member of struct user_regs_struct. */
static bool is_x86_register_name(const char *p, size_t len)
{
        static const char *const names[] = { "REG_RIP", "REG_EIP", "REG_RSP", "REG_ESP", "REG_RAX", "REG_EAX", "REG_EFL", "ORIG_RAX",
                "ORIG_EAX", "orig_rax", "orig_eax" };
        return is_one_of_these(p, len, names, ARRAY_LEN(names));
}

static void take_identifier(struct reader *r, const char *p, size_t len)
{
        static const char *const asms[] = { "asm", "__asm__", "__asm" };
        if (r->x86_macros && !r->macro && cond_is_x86(&r->cond, p, len))
                found_x86(r, RULE_SRC_ASM, format("%.*s, a macro for x86", (int)len, p));
        if (*p != '_' && *p != 'a' && *p != 'R' && *p != 'O' && *p != 'o' && *p != 'i' && *p != 'v')
                return;
        if (is_one_of_these(p, len, asms, ARRAY_LEN(asms)))
                take_asm(r, p + len);
        else if (starts(p, len, "_mm") && is_definition(p + len))
                tree_fact(&r->s->a->source_facts, FACT_MACRO, p, len, 1);
        else if (r->s->x86_file || cond_defines(&r->cond, p, len))
                return;
        else if (is_x86_builtin(p, len))
                found_x86(r, RULE_SRC_BUILTIN, format("%.*s", (int)len, p));
        else if (r->user_registers && is_x86_register_name(p, len))
                found_x86(r, RULE_SRC_REGISTERS, format("%.*s", (int)len, p));
}

static void take_code(struct reader *r, const char *p)
{
        bool string = false;
        for (; *p && *p != '\n'; p++) {
                if (*p == '\\' && p[1] && p[1] != '\n')
                        p++;
                else if (*p == '"')
                        string = !string;
                else if (!string && (isalnum((u8)*p) || *p == '_')) {
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
        struct reader *r = calloc(1, sizeof *r);
        if (!r)
                abort();
        *r = (struct reader){ .s = s, .text = source_without_comments(s->text, s->len), .line = 1 };
        bool continued = false;
        for (const char *p = r->text; *p;) {
                const char *end = strchrnul(p, '\n'), *first = skip_blank(p);
                if (!continued) {
                        r->macro = NULL;
                        if (*first == '#')
                                take_directive(r, skip_blank(first + 1));
                }
                if (compiled(r) && (continued || *first != '#' || r->macro)) {
                        take_code(r, r->macro && !continued ? r->macro + r->macro_len : p);
                        take_char(r, p);
                }
                continued = end > p && end[-1] == '\\';
                p = *end ? end + 1 : end;
                r->line++;
        }
        if (r->cond.seen & 1u << WORD_X86)
                s->a->source_signs |= SIGN_GUARD;
        if (r->cond.seen & 1u << WORD_ARM)
                s->a->source_signs |= SIGN_ARM;
        free(r->text);
        free(r);
}
