#include "audit/source_cond.h"

#include <ctype.h>
#include <string.h>

/* ---- names ---- */

static const struct {
        const char *name;
        enum truth value;
} predefined[] = {
#define MACRO(name, value) { name, value },
#include "audit/source_macros.def"
#undef MACRO
};

static bool is_name_char(char c)
{
        return isalnum((u8)c) || c == '_';
}

static size_t name_length(const char *p, const char *end)
{
        size_t n = 0;
        while (p + n < end && is_name_char(p[n]))
                n++;
        return n;
}

static u32 hash_of(const char *name, size_t len)
{
        u32 h = 2166136261u;
        for (size_t i = 0; i < len; i++)
                h = (h ^ (u8)name[i]) * 16777619u;
        return h ? h : 1;
}

/* The place of a name in the table: its own, or a free one. */
static u32 place_of(const struct cond *c, u32 hash)
{
        u32 at = hash % COND_MACROS;
        while (c->macros[at].hash && c->macros[at].hash != hash)
                at = (at + 1) % COND_MACROS;
        return at;
}

static void set_macro(struct cond *c, const char *name, size_t len, enum truth defined, enum truth value)
{
        u32 hash = hash_of(name, len), at = place_of(c, hash);
        if (!c->macros[at].hash) {
                if (c->macro_count == COND_MACROS * 3 / 4)
                        return;
                c->macro_count++;
        }
        c->macros[at].hash = hash;
        c->macros[at].defined = (u8)defined;
        c->macros[at].value = (u8)value;
}

bool cond_defines(const struct cond *c, const char *name, size_t len)
{
        u32 at = place_of(c, hash_of(name, len));
        return c->macros[at].hash && c->macros[at].defined >= MAYBE;
}

void cond_mark_x86(struct cond *c, const char *name, size_t len)
{
        u32 hash = hash_of(name, len), at = place_of(c, hash);
        c->macros[at].x86 |= c->macros[at].hash == hash;
}

bool cond_is_x86(const struct cond *c, const char *name, size_t len)
{
        u32 at = place_of(c, hash_of(name, len));
        return c->macros[at].hash && c->macros[at].x86;
}

/* "NO_SSE", "DISABLE_ASM": their contrary is the default. */
static bool says_no(const char *name, size_t len)
{
        static const char *const words[] = { "no_", "_no", "disable", "without", "dont", "nosse", "noasm", "nosimd", "not_", "portable",
                "generic", "scalar" };
        for (size_t i = 0; i < ARRAY_LEN(words); i++)
                for (size_t k = 0; k + strlen(words[i]) <= len; k++)
                        if (!strncasecmp(name + k, words[i], strlen(words[i])))
                                return true;
        return false;
}

/* "SSE_MATH_H" is a header's guard, not a question. */
static bool is_header_guard(const char *name, size_t len)
{
        while (len && name[len - 1] == '_')
                len--;
        static const char *const ends[] = { "_H", "_h", "_HPP", "_hpp", "_HH", "_INCLUDED", "_INC", "_GUARD", "_H_INCLUDED" };
        for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
                size_t n = strlen(ends[i]);
                if (len > n && !memcmp(name + len - n, ends[i], n))
                        return true;
        }
        return false;
}

static enum truth truth_of_name(const struct cond *c, const char *name, size_t len, bool defined)
{
        u32 at = place_of(c, hash_of(name, len));
        if (c->macros[at].hash)
                return defined ? c->macros[at].defined : c->macros[at].value;
        for (size_t i = 0; i < ARRAY_LEN(predefined); i++)
                if (strlen(predefined[i].name) == len && !memcmp(name, predefined[i].name, len))
                        return predefined[i].value;
        u32 words = words_in(name, len);
        if (is_header_guard(name, len))
                return UNSET;
        if (words & 1u << WORD_ARM)
                return MAYBE;
        if (words & WORDS_CPU)
                return says_no(name, len) ? MAYBE : name[0] == '_' ? NEVER : UNSET;
        if (words & 1u << WORD_SYSTEM)
                return NEVER;
        return words & (1u << WORD_OPTION | 1u << WORD_TUNING) || says_no(name, len) ? MAYBE : UNSET;
}

/* ---- expressions ---- */

struct expression {
        const struct cond *c;
        const char *p, *end;
        int depth;
};

static enum truth or_value(struct expression *e);

static void skip_space(struct expression *e)
{
        while (e->p < e->end && (isspace((u8)*e->p) || *e->p == '\\'))
                e->p++;
}

static bool take(struct expression *e, const char *sign)
{
        skip_space(e);
        size_t n = strlen(sign);
        if ((size_t)(e->end - e->p) < n || memcmp(e->p, sign, n))
                return false;
        e->p += n;
        return true;
}

static void skip_brackets(struct expression *e)
{
        int depth = 0;
        for (; e->p < e->end; e->p++) {
                depth += *e->p == '(' ? 1 : *e->p == ')' ? -1 : 0;
                if (!depth) {
                        e->p++;
                        return;
                }
        }
}

static enum truth defined_value(struct expression *e)
{
        bool bracket = take(e, "(");
        skip_space(e);
        size_t n = name_length(e->p, e->end);
        enum truth t = n ? truth_of_name(e->c, e->p, n, true) : MAYBE;
        e->p += n;
        if (bracket)
                take(e, ")");
        return t;
}

/* __has_include(<immintrin.h>), __GNUC_PREREQ(4, 3), FEATURE(SSE): by the words in the brackets. */
static enum truth call_value(struct expression *e)
{
        const char *from = e->p;
        skip_brackets(e);
        u32 words = words_in(from, (size_t)(e->p - from));
        if (text_has(from, (size_t)(e->p - from), "mmintrin.h") || text_has(from, (size_t)(e->p - from), "x86intrin.h"))
                return NEVER;
        return words & 1u << WORD_ARM ? MAYBE : words & (WORDS_CPU | 1u << WORD_SYSTEM) ? UNSET : MAYBE;
}

static enum truth unary_value(struct expression *e)
{
        skip_space(e);
        if (e->depth > 200 || e->p >= e->end) {
                e->p = e->end;
                return MAYBE;
        }
        if (e->p + 1 < e->end && e->p[0] == '!' && e->p[1] != '=') {
                e->p++;
                e->depth++;
                enum truth t = ALWAYS - unary_value(e);
                e->depth--;
                return t;
        }
        if (take(e, "(")) {
                e->depth++;
                enum truth t = or_value(e);
                e->depth--;
                take(e, ")");
                return t;
        }
        size_t n = name_length(e->p, e->end);
        if (!n) { /* - + ~ ' and what is no C */
                e->p++;
                e->depth++;
                enum truth t = unary_value(e);
                e->depth--;
                return t == NEVER ? NEVER : MAYBE;
        }
        const char *name = e->p;
        e->p += n;
        if (isdigit((u8)*name)) {
                size_t zeros = strspn(name, "0x");
                return zeros < n && isxdigit((u8)name[zeros]) ? ALWAYS : NEVER;
        }
        if (n == 7 && !memcmp(name, "defined", 7))
                return defined_value(e);
        skip_space(e);
        if (e->p < e->end && *e->p == '(')
                return call_value(e);
        return truth_of_name(e->c, name, n, false);
}

/* Numbers are not computed: what is unset is not equal or above anything but 0, the rest is MAYBE. */
static enum truth compare_value(struct expression *e)
{
        static const char *const signs[] = { "==", "!=", "<=", ">=", "<<", ">>", "<", ">", "+", "-", "*", "/", "%", "^" };
        enum truth left = unary_value(e);
        for (bool more = true; more && e->p < e->end;) {
                more = false;
                skip_space(e);
                if (e->p + 1 < e->end && (*e->p == '&' || *e->p == '|') && e->p[1] != *e->p) {
                        e->p++;
                        unary_value(e);
                        left = MAYBE;
                        more = true;
                        continue;
                }
                for (size_t i = 0; i < ARRAY_LEN(signs) && !more; i++) {
                        if (!take(e, signs[i]))
                                continue;
                        enum truth right = unary_value(e);
                        more = true;
                        if (left <= UNSET && right == ALWAYS && strchr("=>", *signs[i]) && i != 4 && i != 5)
                                continue; /* an unset name is 0 */
                        left = left == ALWAYS && signs[i][0] == '>' ? BY_DEFAULT : MAYBE;
                }
        }
        return left;
}

static enum truth and_value(struct expression *e)
{
        enum truth t = compare_value(e);
        while (take(e, "&&")) {
                enum truth right = compare_value(e);
                t = right < t ? right : t;
        }
        return t;
}

static enum truth or_value(struct expression *e)
{
        enum truth t = and_value(e);
        while (take(e, "||")) {
                enum truth right = and_value(e);
                t = right > t ? right : t;
        }
        if (take(e, "?")) {
                or_value(e);
                take(e, ":");
                or_value(e);
                t = MAYBE;
        }
        return t;
}

enum truth cond_value(const struct cond *c, const char *text, size_t len)
{
        struct expression e = { .c = c, .p = text, .end = text + len };
        return or_value(&e);
}

/* ---- nesting ---- */

enum truth cond_now(const struct cond *c)
{
        enum truth t = c->depth ? c->levels[c->depth - 1].now : ALWAYS;
        return c->beyond && t > MAYBE ? MAYBE : t;
}

static bool is_predefined(const char *name, size_t len)
{
        for (size_t i = 0; i < ARRAY_LEN(predefined); i++)
                if (strlen(predefined[i].name) == len && !memcmp(name, predefined[i].name, len))
                        return true;
        return len == 7 && !memcmp(name, "defined", 7);
}

static void ask(struct cond *c, struct cond_level *l, const char *text, size_t len)
{
        u32 words = 0;
        for (const char *p = text, *end = text + len; p < end;) {
                size_t n = name_length(p, end);
                u32 these = n && !is_header_guard(p, n) ? words_in(p, n) : 0;
                if (n && !isdigit((u8)*p) && !is_predefined(p, n) && !(these & (WORDS_CPU | 1u << WORD_SYSTEM)))
                        l->else_what = true;
                words |= these;
                p += n ? n : 1;
        }
        c->seen |= words;
        l->x86 |= (words & 1u << WORD_X86) != 0;
        l->arm |= (words & 1u << WORD_ARM) != 0;
        l->system |= (words & 1u << WORD_SYSTEM) != 0;
}

static void choose(struct cond_level *l, enum truth condition)
{
        enum truth open = ALWAYS - l->taken;
        l->now = condition < open ? condition : open;
        l->now = l->outer < l->now ? l->outer : l->now;
        l->taken = condition > l->taken ? condition : l->taken;
}

static void push(struct cond *c, enum truth condition, const char *text, size_t len)
{
        if (c->depth == COND_NESTING) {
                c->beyond++;
                return;
        }
        enum truth outer = cond_now(c);
        struct cond_level *l = &c->levels[c->depth++];
        *l = (struct cond_level){ .outer = outer };
        ask(c, l, text, len);
        choose(l, condition);
}

static void branch(struct cond *c, enum truth condition, const char *text, size_t len)
{
        if (!c->depth || c->beyond)
                return;
        ask(c, &c->levels[c->depth - 1], text, len);
        choose(&c->levels[c->depth - 1], condition);
}

static void define(struct cond *c, const char *p, const char *end)
{
        enum truth now = cond_now(c);
        size_t n = name_length(p, end);
        if (!n || now == NEVER)
                return;
        const char *value = p + n;
        bool function = value < end && *value == '(';
        while (value < end && isspace((u8)*value))
                value++;
        bool plain = !function && value < end && now >= BY_DEFAULT;
        set_macro(c, p, n, now >= BY_DEFAULT ? ALWAYS : MAYBE, plain ? cond_value(c, value, (size_t)(end - value)) : MAYBE);
}

bool cond_directive(struct cond *c, const char *p, size_t len)
{
        const char *end = p + len, *rest = p + name_length(p, end);
        size_t word = (size_t)(rest - p);
        while (rest < end && isblank((u8)*rest))
                rest++;
        size_t name = name_length(rest, end), text = (size_t)(end - rest);
#define IS(s) (word == sizeof(s) - 1 && !memcmp(p, s, sizeof(s) - 1))
        if (IS("if"))
                push(c, cond_value(c, rest, text), rest, text);
        else if (IS("ifdef"))
                push(c, truth_of_name(c, rest, name, true), rest, name);
        else if (IS("ifndef"))
                push(c, ALWAYS - truth_of_name(c, rest, name, true), rest, name);
        else if (IS("elif"))
                branch(c, cond_value(c, rest, text), rest, text);
        else if (IS("elifdef"))
                branch(c, truth_of_name(c, rest, name, true), rest, name);
        else if (IS("else"))
                branch(c, ALWAYS, rest, 0);
        else if (IS("endif") && c->beyond)
                c->beyond--;
        else if (IS("endif"))
                c->depth -= c->depth > 0;
        else if (IS("define"))
                define(c, rest, end);
        else if (IS("undef"))
                set_macro(c, rest, name, cond_now(c) >= BY_DEFAULT ? NEVER : MAYBE, MAYBE);
        else
                return false;
#undef IS
        return true;
}
