/*
 * The generator of the differential fuzzer: writes random cases (case.h) made from the rows of the A64 tables.
 *
 * usage: cases [-r ROW] [-l LENGTH] [-t] seed count     cases of 1..LENGTH instructions, of the rows whose name begins with ROW;
 *                                                       -t: of translated rows only
 *        cases -u seed count                            cases of one unallocated word each
 *        cases -d WORD...                               the rows' names and fields
 *        cases -n                                       the names of all rows that it makes cases of
 */
#include "case.h"
#include "engine/guest/a64_decode.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CROWD = 5 };

static u64 rng_state = 1;

static u64 next(void)
{
        rng_state ^= rng_state << 13;
        rng_state ^= rng_state >> 7;
        rng_state ^= rng_state << 17;
        return rng_state * 0x2545f4914f6cdd1dull;
}

static unsigned below(unsigned n)
{
        return (unsigned)((next() >> 32) % n);
}

/* ---- fields of a word ---- */

static const struct insn_field *find_field(unsigned row, const char *name)
{
        for (unsigned i = 0; i < a64_rows[row].field_count; i++) {
                const struct insn_field *f = &a64_fields[a64_rows[row].first_field + i];

                if (!strcmp(f->name, name) && f->segment[0].length)
                        return f;
        }
        return NULL;
}

static int get_field(u32 word, unsigned row, const char *name)
{
        const struct insn_field *f = find_field(row, name);
        u32 value = 0;

        if (!f)
                return -1;
        for (unsigned i = 0; i < ARRAY_LEN(f->segment); i++)
                value = value << f->segment[i].length | (word >> f->segment[i].low & ((1u << f->segment[i].length) - 1));
        return (int)value;
}

static void put_field(u32 *word, unsigned row, const char *name, u32 value)
{
        const struct insn_field *f = find_field(row, name);

        if (!f)
                return;
        for (int i = ARRAY_LEN(f->segment) - 1; i >= 0; i--) {
                u32 mask = (1u << f->segment[i].length) - 1;

                *word = (*word & ~(mask << f->segment[i].low)) | (value & mask) << f->segment[i].low;
                value >>= f->segment[i].length;
        }
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

static bool writes_back(u32 word, unsigned row)
{
        return ends(row, "_post") || ends(row, "_pre") || get_field(word, row, "post") == 1;
}

static bool is_pair(unsigned row)
{
        return find_field(row, "rt2") || find_field(row, "vt2");
}

/* Every integer register that the word names, but the base and the index. */
static bool names_register(u32 word, unsigned row, unsigned number, bool with_address)
{
        static const char *const names[] = {"rd", "rt", "rt2", "rs", "ra", "rn", "rm"};

        for (unsigned i = 0; i < ARRAY_LEN(names) - (with_address ? 0 : 2); i++)
                if (get_field(word, row, names[i]) == (int)number)
                        return true;
        return get_field(word, row, "half_s") == (int)number / 2 || get_field(word, row, "half_t") == (int)number / 2;
}

/* Two accesses of one instruction to the same register that the architecture leaves CONSTRAINED UNPREDICTABLE. */
static bool is_unpredictable(u32 word, unsigned row, unsigned base)
{
        int rt = get_field(word, row, "rt"), rt2 = get_field(word, row, "rt2"), rs = get_field(word, row, "rs");
        bool load = word >> 22 & 1;

        if (writes_back(word, row) && base != SP_REGISTER && (rt == (int)base || rt2 == (int)base))
                return true;
        if (is_pair(row) && load && (rt == rt2 || get_field(word, row, "vt") == get_field(word, row, "vt2")) && (rt2 >= 0 || find_field(row, "vt2")))
                return true;
        return (starts(row, "STXR") || starts(row, "STXP")) && (rs == rt || rs == rt2 || (rs == (int)base && base != SP_REGISTER));
}

/* Makes the memory access go to the window: near base_value, which is its middle. */
static bool aim(struct fuzz_case *c, u32 *word, unsigned row)
{
        bool single = c->count == 1;
        int option = get_field(*word, row, "option");

        put_field(word, row, is_cache_operation(row) ? "rt" : "rn", c->base);
        if (is_cache_operation(row) && c->base == SP_REGISTER)
                return false;
        if (c->flags & CASE_ALIGNED && !single && writes_back(*word, row))
                return false;
        if (option >= 0 || (find_field(row, "rm") && get_field(*word, row, "post") == 1 && get_field(*word, row, "rm") != 31)) {
                put_field(word, row, "rm", c->index);
                if (single && option >= 0 && !(option & 1)) /* UXTW, SXTW: the high half must not matter */
                        c->index_value |= next() << 32;
                if (single && option >= 6 && below(2))
                        c->index_value = option == 7 ? -c->index_value : (u32)-c->index_value | next() << 32;
        }
        if (wants_alignment(row))
                put_field(word, row, "imm", (u32)get_field(*word, row, "imm") & ~15u);
        if (find_field(row, "imm") && ends(row, "_imm")) {
                int size = get_field(*word, row, "size"), esz = get_field(*word, row, "esz");
                unsigned shift = esz >= 0 ? (unsigned)esz : size >= 0 ? (unsigned)size : 3;

                if (single)
                        c->base_value -= (u64)get_field(*word, row, "imm") << shift;
                else
                        put_field(word, row, "imm", below(256u >> shift));
        }
        return !names_register(*word, row, c->index, false) && !is_unpredictable(*word, row, c->base) &&
               (c->base == SP_REGISTER || is_cache_operation(row) || !names_register(*word, row, c->base, false));
}

static bool fit_word(struct fuzz_case *c, unsigned at, u32 *word, unsigned row)
{
        u32 old = *word;

        if (is_memory(row))
                return aim(c, word, row) && a64_find(*word) == (int)row;
        if (is_literal(row)) {
                put_field(word, row, "imm", SLOT_LITERAL - at - 1);
        } else if (is_direct_branch(row)) {
                put_field(word, row, "imm", (below(2) ? SLOT_TAKEN : SLOT_END) - at - 1);
        } else if (is_indirect_branch(row)) {
                int target = get_field(old, row, "rn");

                if (at + 1 != c->count || c->base != NO_REGISTER || target == 31)
                        return false;
                for (unsigned i = 0; i < at; i++)
                        if (names_register(c->word[i], (unsigned)a64_find(c->word[i]), (unsigned)target, true))
                                return false;
                c->base = (u8)target;
                c->base_value = SLOT_TAKEN * 4;
                c->flags |= CASE_BASE_IN_SLOT;
                return true;
        } else if (is_named(row, "HINT")) {
                put_field(word, row, "imm", below(6)); /* the others may be pointer authentication */
        } else if (is_named(row, "CFINV")) {
                *word &= ~0xf00u;
        } else if (is_named(row, "MRS") || is_named(row, "MSR")) {
                unsigned which = below(4);

                if (starts(row, "MSR") && (which == 1 || which == 2) && below(8)) /* a random FPCR blurs the rest of the case */
                        which = 0;
                put_field(word, row, "reg", system_registers[which]);
        }
        if (c->flags & CASE_MEMORY) /* the address registers stay as they are */
                return !names_register(*word, row, c->base, true) && !names_register(*word, row, c->index, true);
        return true;
}

/* FPCR: rounding mode, now and then FZ, DN, AHP, FZ16. */
static u32 random_fpcr(void)
{
        u32 r = (u32)next(), fpcr = 0;

        if (r & 1)
                fpcr = (r >> 1 & 3) << 22;
        if (!(r >> 4 & 7))
                fpcr |= 1u << 24;
        if (!(r >> 8 & 7))
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
        u32 r = below(64);

        c->flags |= CASE_MEMORY | (aligned ? CASE_ALIGNED : 0);
        c->base = (u8)(below(4) ? below(31) : SP_REGISTER);
        do
                c->index = (u8)below(31);
        while (c->index == c->base);
        c->index_value = below(128);
        c->base_value = WINDOW_ADDRESS + WINDOW_SIZE / 2 + (aligned || c->base == SP_REGISTER ? 16 * below(4) : below(64));
        if (r == 0 && !aligned) {
                c->base_value = WINDOW_ADDRESS + WINDOW_SIZE - (c->base == SP_REGISTER ? 16 : below(32));
                c->flags |= CASE_EDGE;
        } else if (r == 1) {
                c->base_value = WINDOW_ADDRESS + WINDOW_SIZE + 4096 + (aligned || c->base == SP_REGISTER ? 0 : below(64)); /* faults */
        } else if (r == 2) {
                c->base_value |= (next() | 1) << 56; /* tagged */
        }
}

/* Several instructions on the same few registers: results that are used again, operands that live on. */
static void crowd(u32 *word, unsigned row, const u8 *registers)
{
        static const char *const names[] = {"rd", "rn", "rm", "ra", "rt", "rt2", "rs", "vd", "vn", "vm", "va", "vt", "vt2"};
        u32 crowded = *word;

        for (unsigned i = 0; i < ARRAY_LEN(names); i++)
                put_field(&crowded, row, names[i], registers[below(CROWD)]);
        if (a64_find(crowded) == (int)row)
                *word = crowded;
}

static bool make_case(struct fuzz_case *c, const unsigned *rows, unsigned row_count, unsigned length)
{
        unsigned chosen[CASE_WORDS];
        bool memory = false, aligned = false, crowded;
        u8 registers[CROWD];

        memset(c, 0, sizeof *c);
        c->base = c->index = NO_REGISTER;
        c->seed = next();
        c->fpcr = random_fpcr();
        c->count = (u8)(1 + below(length));
        crowded = c->count > 1 && below(2);
        for (unsigned i = 0; i < CROWD; i++)
                registers[i] = (u8)below(32);
        for (unsigned i = 0; i < c->count; i++) {
                chosen[i] = rows[below(row_count)];
                memory |= is_memory(chosen[i]);
                aligned |= wants_alignment(chosen[i]);
        }
        if (memory)
                choose_address(c, aligned);
        for (unsigned i = 0; i < c->count; i++) {
                unsigned tries = 0;
                u32 word;

                do {
                        if (++tries > 200)
                                return false;
                        word = a64_random_word(chosen[i], &rng_state);
                        if (!word)
                                return false;
                        if (crowded)
                                crowd(&word, chosen[i], registers);
                } while (!fit_word(c, i, &word, chosen[i]));
                c->word[i] = word;
        }
        return true;
}

static void make_unallocated(struct fuzz_case *c)
{
        u32 word;

        memset(c, 0, sizeof *c);
        c->base = c->index = NO_REGISTER;
        c->seed = next();
        c->count = 1;
        do
                word = (u32)(next() >> 32);
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

int main(int argc, char **argv)
{
        static unsigned rows[A64_ROW_COUNT];
        const char *prefix = "";
        bool translated = false, unallocated = false;
        unsigned length = 1, row_count;

        for (argv++; *argv && **argv == '-'; argv++) {
                if (!strcmp(*argv, "-d")) {
                        print_words(argv + 1);
                        return 0;
                } else if (!strcmp(*argv, "-n")) {
                        row_count = select_rows(rows, prefix, translated);
                        for (unsigned i = 0; i < row_count; i++)
                                puts(a64_rows[rows[i]].name);
                        return 0;
                } else if (!strcmp(*argv, "-t")) {
                        translated = true;
                } else if (!strcmp(*argv, "-u")) {
                        unallocated = true;
                } else if (!strcmp(*argv, "-r") && argv[1]) {
                        prefix = *++argv;
                } else if (!strcmp(*argv, "-l") && argv[1]) {
                        length = (unsigned)atoi(*++argv);
                }
        }
        if (!argv[0] || !argv[1] || length < 1 || length > CASE_WORDS) {
                fprintf(stderr, "usage: cases [-r row] [-l length] [-t] [-u] seed count\n");
                return 2;
        }
        rng_state = strtoull(argv[0], NULL, 0) * 0x9e3779b97f4a7c15ull + 0x1234567;
        row_count = select_rows(rows, prefix, translated);
        if (!row_count && !unallocated) {
                fprintf(stderr, "cases: no row begins with '%s'\n", prefix);
                return 2;
        }
        for (long left = atol(argv[1]); left > 0;) {
                struct fuzz_case c;

                if (unallocated)
                        make_unallocated(&c);
                else if (!make_case(&c, rows, row_count, length))
                        continue;
                fwrite(&c, sizeof c, 1, stdout);
                left--;
        }
        return 0;
}
