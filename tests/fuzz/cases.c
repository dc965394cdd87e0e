/*
 * The generator of the differential fuzzer: writes random cases (case.h) made from the rows of the A64 tables.
 *
 * usage: cases [-r ROW] [-l LENGTH] [-t] seed count     cases of 1..LENGTH instructions, of the rows whose name begins with ROW;
 *                                                       -t: of translated rows only; -s: sequences of few rows and registers;
 *                                                       -f 0, 1, 2: FPCR with rounding modes, FZ, DN
 *        cases -u seed count                            cases of one unallocated word each
 *        cases -d WORD...                               the rows' names and fields
 *        cases -n                                       the names of all rows that it makes cases of
 */
#include "case.h"
#include "engine/guest/a64_decode.h"
#include "field.h"
#include "rng.h"
#include "theme.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint64_t rng_state = 1;

uint64_t rng_next(void)
{
        rng_state ^= rng_state << 13;
        rng_state ^= rng_state >> 7;
        rng_state ^= rng_state << 17;
        return rng_state * 0x2545f4914f6cdd1dull;
}

unsigned rng_below(unsigned n)
{
        return (unsigned)((rng_next() >> 32) % n);
}

/* ---- kinds of rows ---- */

static bool starts(unsigned row, const char *prefix)
{
        return !strncmp(a64_rows[row].name, prefix, strlen(prefix));
}

static bool is_named(unsigned row, const char *name)
{
        return !strcmp(a64_rows[row].name, name);
}

static bool ends(unsigned row, const char *suffix)
{
        size_t n = strlen(a64_rows[row].name), m = strlen(suffix);

        return n >= m && !strcmp(a64_rows[row].name + n - m, suffix);
}

static bool is_cache_operation(unsigned row)
{
        return starts(row, "DC_") || starts(row, "IC_");
}

static bool is_literal(unsigned row)
{
        return ends(row, "_lit");
}

static bool is_memory(unsigned row)
{
        u32 value = a64_rows[row].value;

        return is_cache_operation(row) || ((value >> 27 & 1) && !(value >> 25 & 1) && !is_literal(row));
}

/* Exclusive, acquire/release and atomic accesses: aligned. */
static bool wants_alignment(unsigned row)
{
        return strstr(a64_classes[a64_rows[row].class], "xclusive") || starts(row, "DC_");
}

static bool is_exclusive(unsigned row)
{
        return starts(row, "LDXR") || starts(row, "STXR") || starts(row, "LDXP") || starts(row, "STXP");
}

static bool is_direct_branch(unsigned row)
{
        return is_named(row, "B") || is_named(row, "BL") || is_named(row, "B_cond") || starts(row, "CBZ") || starts(row, "CBNZ") ||
               starts(row, "TBZ") || starts(row, "TBNZ");
}

static bool is_indirect_branch(unsigned row)
{
        return is_named(row, "BR") || is_named(row, "BLR") || is_named(row, "RET");
}

static bool is_left_out(unsigned row)
{
        return is_named(row, "SVC") || is_named(row, "HLT") || is_named(row, "HVC") || is_named(row, "SMC");
}

/* Registers whose values both sides agree on: NZCV, FPCR, FPSR, TPIDR_EL0 as op1:CRn:CRm:op2. */
static const u32 system_registers[] = {3 << 11 | 4 << 7 | 2 << 3 | 0, 3 << 11 | 4 << 7 | 4 << 3 | 0, 3 << 11 | 4 << 7 | 4 << 3 | 1,
        3 << 11 | 13 << 7 | 0 << 3 | 2};

/* ---- building a case ---- */

/* What of FPCR may be set: see random_fpcr(). */
enum fp_kind { FP_ROUNDING, FP_FLUSH, FP_ALL };

struct plan {
        const unsigned *rows;
        unsigned row_count, length;
        bool themed;
        enum fp_kind fp;
};

/* What the words of one case share while it is made. */
struct making {
        struct fuzz_case *c;
        const struct plan *plan;
        unsigned at;              /* the word's number */
        u8 alias;                 /* in long cases with memory: a register that may hold an address derived from the base */
        bool alias_set;
        u8 size;                  /* log2 of the bytes of all exclusive accesses: a store of another size than the load is UNPREDICTABLE */
};

static bool writes_back(u32 word, unsigned row)
{
        return ends(row, "_post") || ends(row, "_pre") || field_get(word, row, "post") == 1;
}

static bool is_pair(unsigned row)
{
        return field_exists(row, "rt2") || field_exists(row, "vt2");
}

/* Every integer register that the word names, but the base and the index. */
static bool names_register(u32 word, unsigned row, unsigned number, bool with_address)
{
        static const char *const names[] = {"rd", "rt", "rt2", "rs", "ra", "rn", "rm"};

        for (unsigned i = 0; i < ARRAY_LEN(names) - (with_address ? 0 : 2); i++)
                if (field_get(word, row, names[i]) == (int)number)
                        return true;
        return field_get(word, row, "half_s") == (int)number / 2 || field_get(word, row, "half_t") == (int)number / 2;
}

static bool writes_link(u32 word, unsigned number)
{
        int row = a64_find(word);

        return row >= 0 && is_named((unsigned)row, "BL") && number == 30;
}

/* Two accesses of one instruction to the same register that the architecture leaves CONSTRAINED UNPREDICTABLE. */
static bool is_unpredictable(u32 word, unsigned row, unsigned base)
{
        int rt = field_get(word, row, "rt"), rt2 = field_get(word, row, "rt2"), rs = field_get(word, row, "rs");
        bool load = word >> 22 & 1;

        if (writes_back(word, row) && base != SP_REGISTER && (rt == (int)base || rt2 == (int)base))
                return true;
        if (is_pair(row) && load && (rt2 >= 0 ? rt == rt2 : field_get(word, row, "vt") == field_get(word, row, "vt2")))
                return true;
        return (starts(row, "STXR") || starts(row, "STXP")) && (rs == rt || rs == rt2 || (rs == (int)base && base != SP_REGISTER));
}

/* Offsets so small that a sequence stays in the window. */
static void shrink_offset(struct making *m, u32 *word, unsigned row)
{
        int size = field_get(*word, row, "size"), esz = field_get(*word, row, "esz");
        unsigned shift = esz >= 0 ? (unsigned)esz : size >= 0 ? (unsigned)size : 3;

        if (m->c->count == 1 && ends(row, "_imm"))
                m->c->base_value -= (u64)field_get(*word, row, "imm") << shift;
        else if (m->c->count > 1 && ends(row, "_imm"))
                field_put(word, row, "imm", rng_below(256u >> shift));
        else if (m->c->count > 1 && writes_back(*word, row))
                field_put(word, row, "imm", rng_below(8) - 4);
        if (wants_alignment(row))
                field_put(word, row, "imm", (u32)field_get(*word, row, "imm") & ~15u);
}

/* The register offset is the index; alone in its case, an index of which only the right bits may count. */
static void aim_index(struct fuzz_case *c, u32 *word, unsigned row)
{
        int option = field_get(*word, row, "option");

        if (option < 0 && !(field_exists(row, "rm") && field_get(*word, row, "post") == 1 && field_get(*word, row, "rm") != 31))
                return;
        field_put(word, row, "rm", c->index);
        if (c->count == 1 && option >= 0 && !(option & 1)) /* UXTW, SXTW: the high half must not matter */
                c->index_value |= rng_next() << 32;
        if (c->count == 1 && option >= 6 && rng_below(2))
                c->index_value = option == 7 ? -c->index_value : (u32)-c->index_value | rng_next() << 32;
}

/* False when the row has no exclusive access of that size. */
static bool set_exclusive_size(u32 *word, unsigned row, u8 size)
{
        field_put(word, row, "size", size);
        field_put(word, row, "sz", size == 4); /* pairs of 4 bytes or of 8 */
        return field_exists(row, "sz") ? size >= 3 : size <= 3;
}

/* Makes the memory access go to the window: near base_value, which is its middle. */
static bool aim(struct making *m, u32 *word, unsigned row)
{
        struct fuzz_case *c = m->c;
        u8 base = m->alias_set && rng_below(2) ? m->alias : c->base;

        if (is_cache_operation(row) && base == SP_REGISTER)
                return false;
        if (c->flags & CASE_ALIGNED && c->count > 1 && writes_back(*word, row))
                return false;
        field_put(word, row, is_cache_operation(row) ? "rt" : "rn", base);
        aim_index(c, word, row);
        if (field_exists(row, "imm"))
                shrink_offset(m, word, row);
        if (c->count > 1 && is_exclusive(row) && !set_exclusive_size(word, row, m->size))
                return false;
        if (is_unpredictable(*word, row, base) || names_register(*word, row, c->index, false))
                return false;
        if (is_cache_operation(row))
                return true;
        return (c->base == SP_REGISTER || !names_register(*word, row, c->base, false)) && !names_register(*word, row, m->alias, false);
}

/* alias = base + something, as compilers compute addresses. */
static u32 alias_word(struct making *m)
{
        u32 registers = (u32)(m->c->base << 5 | m->alias), index = (u32)m->c->index << 16, amount = rng_below(3) << 10;
        static const u8 options[] = {2, 3, 6, 7}; /* UXTW, UXTX, SXTW, SXTX */
        unsigned kind = m->c->flags & CASE_ALIGNED ? rng_below(2) : rng_below(4);

        m->alias_set = true;
        switch (kind) {
        case 0: return 0x91000000 | rng_below(8) << 14 | registers; /* ADD immediate, a multiple of 16 */
        case 1: return 0xd1000000 | rng_below(8) << 14 | registers; /* SUB */
        case 2: return 0x8b200000 | index | (u32)options[rng_below(4)] << 13 | amount | registers;
        default: return (m->c->base == SP_REGISTER ? 0x8b206000 : 0x8b000000) | index | amount | registers;
        }
}

static u32 random_system_register(const struct plan *plan, bool write)
{
        unsigned which = rng_below(4);

        if (write && which == 1 && plan->fp != FP_ALL)
                which = 0;
        if (write && (which == 1 || which == 2) && rng_below(8)) /* a random FPCR blurs the rest of the case */
                which = 0;
        return system_registers[which];
}

/* To the end, to the other end, or over some words. */
static u32 branch_target(const struct fuzz_case *c, unsigned at)
{
        unsigned left = c->count - at, r = rng_below(4);

        return r == 0 ? SLOT_TAKEN : r == 1 || left < 2 ? SLOT_END : at + 2 + rng_below(left);
}

static bool aim_indirect_branch(struct making *m, u32 word, unsigned row)
{
        struct fuzz_case *c = m->c;
        int target = field_get(word, row, "rn");

        if (m->at + 1 != c->count || c->base != NO_REGISTER || target == 31)
                return false;
        for (unsigned i = 0; i < m->at; i++)
                if (names_register(c->word[i], (unsigned)a64_find(c->word[i]), (unsigned)target, true) || writes_link(c->word[i], (unsigned)target))
                        return false;
        c->base = (u8)target;
        c->base_value = SLOT_TAKEN * 4;
        c->flags |= CASE_BASE_IN_SLOT;
        return true;
}

static bool fit_word(struct making *m, u32 *word, unsigned row)
{
        struct fuzz_case *c = m->c;
        unsigned at = m->at;

        if (is_memory(row))
                return aim(m, word, row);
        if (is_literal(row))
                field_put(word, row, "imm", SLOT_LITERAL - at - 1);
        else if (is_direct_branch(row))
                field_put(word, row, "imm", branch_target(c, at) - at - 1);
        else if (is_indirect_branch(row))
                return aim_indirect_branch(m, *word, row);
        else if (is_named(row, "HINT"))
                field_put(word, row, "imm", rng_below(6)); /* the others may be pointer authentication */
        else if (is_named(row, "CFINV"))
                *word &= ~0xf00u;
        else if (is_named(row, "MRS") || is_named(row, "MSR"))
                field_put(word, row, "reg", random_system_register(m->plan, starts(row, "MSR")));
        if (c->flags & CASE_MEMORY) /* the address registers stay as they are */
                return !names_register(*word, row, c->base, true) && !names_register(*word, row, c->index, true) &&
                       !names_register(*word, row, m->alias, true) && !(is_named(row, "BL") && (c->base == 30 || c->index == 30 || m->alias == 30));
        return true;
}

/*
 * FPCR: rounding mode, now and then FZ16 and AHP; in some runs FZ, or FZ and DN. A process in which DN was ever set has no trapping
 * floating-point code any more, and FZ too changes all later translations: most runs must do without them.
 */
static u32 random_fpcr(const struct plan *plan)
{
        u32 r = (u32)rng_next(), fpcr = 0;

        if (r & 1)
                fpcr = (r >> 1 & 3) << 22;
        if (plan->fp >= FP_FLUSH && !(r >> 4 & 3))
                fpcr |= 1u << 24;
        if (plan->fp >= FP_ALL && !(r >> 8 & 3))
                fpcr |= 1u << 25;
        if (!(r >> 12 & 15))
                fpcr |= 1u << 26;
        if (!(r >> 16 & 7))
                fpcr |= 1u << 19;
        return fpcr;
}

/* Base and index registers of a case with memory operations. */
static void choose_address(struct fuzz_case *c, bool aligned)
{
        u32 r = rng_below(64);

        c->flags |= CASE_MEMORY | (aligned ? CASE_ALIGNED : 0);
        c->base = (u8)(rng_below(4) ? rng_below(31) : SP_REGISTER);
        do
                c->index = (u8)rng_below(31);
        while (c->index == c->base);
        c->index_value = rng_below(128);
        c->base_value = WINDOW_ADDRESS + WINDOW_SIZE / 2 + (aligned || c->base == SP_REGISTER ? 16 * rng_below(4) : rng_below(64));
        if (aligned && c->count == 1 && c->base != SP_REGISTER && !rng_below(32))
                c->base_value += rng_below(16);
        if (r == 0 && !aligned && c->count == 1) {
                c->base_value = WINDOW_ADDRESS + WINDOW_SIZE - (c->base == SP_REGISTER ? 16 : rng_below(32));
                c->flags |= CASE_EDGE;
        } else if (r == 1) {
                c->base_value = WINDOW_ADDRESS + WINDOW_SIZE + 4096 + (aligned || c->base == SP_REGISTER ? 0 : rng_below(64)); /* faults */
        } else if (r == 2) {
                c->base_value |= (rng_next() | 1) << 56; /* tagged */
        }
}

/* Chooses the rows of all words; what of them needs memory. */
static void choose_rows(struct fuzz_case *c, const struct plan *plan, const struct theme *theme, unsigned chosen[])
{
        bool memory = false, aligned = false;

        for (unsigned i = 0; i < c->count; i++) {
                chosen[i] = theme->row_count ? theme->row[rng_below(theme->row_count)] : plan->rows[rng_below(plan->row_count)];
                memory |= is_memory(chosen[i]);
                aligned |= wants_alignment(chosen[i]);
        }
        if (memory)
                choose_address(c, aligned);
}

/* A register for derived addresses, beside base and index. */
static void choose_alias(struct making *m)
{
        m->alias = NO_REGISTER;
        if (m->c->flags & CASE_MEMORY && m->c->count > 2 && rng_below(2))
                do
                        m->alias = (u8)rng_below(31);
                while (m->alias == m->c->base || m->alias == m->c->index);
}

static bool make_word(struct making *m, const struct theme *theme, unsigned row)
{
        for (unsigned tries = 0; tries < 200; tries++) {
                u32 word = a64_random_word(row, &rng_state);

                if (!word)
                        return false;
                if (theme->row_count)
                        word = theme_apply(theme, word, row);
                if (fit_word(m, &word, row) && a64_find(word) == (int)row) {
                        m->c->word[m->at] = word;
                        return true;
                }
        }
        return false;
}

/* What differs from QEMU by right (explained.txt) only costs time in long cases. */
static bool is_for_itself(unsigned row)
{
        return is_named(row, "DC_ZVA") || is_named(row, "DC_CVAP");
}

static bool make_case(struct fuzz_case *c, const struct plan *plan)
{
        unsigned chosen[CASE_WORDS];
        struct making m = {.c = c, .plan = plan, .size = (u8)rng_below(5)};
        struct theme theme = {.row_count = 0};

        memset(c, 0, sizeof *c);
        c->base = c->index = NO_REGISTER;
        c->seed = rng_next();
        c->fpcr = random_fpcr(plan);
        c->count = (u8)(1 + rng_below(plan->length));
        if (plan->themed)
                theme_choose_rows(&theme, plan->rows, plan->row_count);
        choose_rows(c, plan, &theme, chosen);
        choose_alias(&m);
        if (plan->themed)
                theme_choose_registers(&theme, (const u8[]){c->base, c->index, m.alias}, 3);
        for (m.at = 0; m.at < c->count; m.at++) {
                if (c->count > 1 && is_for_itself(chosen[m.at]))
                        return false;
                if (m.alias != NO_REGISTER && (m.at == 0 || !rng_below(4))) /* set before any branch */
                        c->word[m.at] = alias_word(&m);
                else if (!make_word(&m, &theme, chosen[m.at]))
                        return false;
        }
        return true;
}

static void make_unallocated(struct fuzz_case *c)
{
        u32 word;

        memset(c, 0, sizeof *c);
        c->base = c->index = NO_REGISTER;
        c->seed = rng_next();
        c->count = 1;
        do
                word = (u32)(rng_next() >> 32);
        while (a64_find(word) >= 0);
        c->word[0] = word;
}

/* ---- the program ---- */

static unsigned select_rows(unsigned *rows, const char *prefix, bool translated)
{
        unsigned count = 0;

        for (unsigned i = 0; i < A64_ROW_COUNT; i++)
                if (!is_left_out(i) && starts(i, prefix) && (!translated || a64_translated(i)))
                        rows[count++] = i;
        return count;
}

static void print_words(char **words)
{
        for (; *words; words++) {
                char text[256];
                struct out o = {.fd = -1, .buf = text, .cap = sizeof text - 1};

                a64_disassemble(&o, 0, (u32)strtoul(*words, NULL, 16));
                text[o.len] = 0;
                puts(text);
        }
}

/* The names of the rows that a case can be made of, each alone. */
static void print_possible(const struct plan *plan)
{
        for (unsigned i = 0; i < plan->row_count; i++) {
                struct plan one = *plan;
                struct fuzz_case c;
                unsigned tries = 0;

                one.rows = &plan->rows[i];
                one.row_count = 1;
                while (!make_case(&c, &one) && ++tries < 100)
                        ;
                if (tries < 100)
                        puts(a64_rows[plan->rows[i]].name);
        }
}

int main(int argc, char **argv)
{
        static unsigned rows[A64_ROW_COUNT];
        struct plan plan = {.rows = rows, .length = 1, .fp = FP_ALL};
        const char *prefix = "";
        bool translated = false, unallocated = false;

        for (argv++; *argv && **argv == '-'; argv++) {
                if (!strcmp(*argv, "-d")) {
                        print_words(argv + 1);
                        return 0;
                } else if (!strcmp(*argv, "-n")) {
                        plan.row_count = select_rows(rows, prefix, translated);
                        print_possible(&plan);
                        return 0;
                } else if (!strcmp(*argv, "-t")) {
                        translated = true;
                } else if (!strcmp(*argv, "-u")) {
                        unallocated = true;
                } else if (!strcmp(*argv, "-s")) {
                        plan.themed = true;
                } else if (!strcmp(*argv, "-r") && argv[1]) {
                        prefix = *++argv;
                } else if (!strcmp(*argv, "-l") && argv[1]) {
                        plan.length = (unsigned)atoi(*++argv);
                } else if (!strcmp(*argv, "-f") && argv[1]) {
                        plan.fp = (enum fp_kind)atoi(*++argv);
                }
        }
        if (!argv[0] || !argv[1] || plan.length < 1 || plan.length > CASE_WORDS) {
                fprintf(stderr, "usage: cases [-r row] [-l length] [-s] [-f kind] [-t] [-u] seed count\n");
                return 2;
        }
        rng_state = strtoull(argv[0], NULL, 0) * 0x9e3779b97f4a7c15ull + 0x1234567;
        plan.row_count = select_rows(rows, prefix, translated);
        if (!plan.row_count && !unallocated) {
                fprintf(stderr, "cases: no row begins with '%s'\n", prefix);
                return 2;
        }
        for (long left = atol(argv[1]); left > 0;) {
                struct fuzz_case c;

                if (unallocated)
                        make_unallocated(&c);
                else if (!make_case(&c, &plan))
                        continue;
                fwrite(&c, sizeof c, 1, stdout);
                left--;
        }
        return 0;
}
