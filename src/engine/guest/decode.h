/*
 * What the decoders made by gen/insn.py share: the row table's type, and everything that walks it (names, disassembly,
 * random words, coverage). The tables' format is described in doc/isa.md.
 */
#pragma once
#include "base/out.h"
#include "engine/guest/lift.h"

enum { ROW_TESTED = 1, ROW_GUARDED = 2 };

struct insn_row {
        u32 mask, value;        /* a word belongs to the row when (word & mask) == value and the row's guard holds */
        u32 should_be;          /* bits written '-': ignored by the decoder, ones in random words */
        u16 first_field, field_count;
        u8 class, flags;        /* index of the @class text; ROW_* */
        char name[28];
};

/* A field's value: the segments concatenated, most significant first, times scale; without segments it is scale itself. */
struct insn_field {
        char name[12];
        u8 is_signed;
        u8 scale;
        struct {
                u8 low, length;
        } segment[4];
};

/* Tables of one instruction set, for the functions below. */
extern const struct insn_field a64_fields[];
extern const char a64_classes[][40];

/* Index of the row that `word` belongs to, -1 when it is unallocated. */
int a64_find(u32 word);
/* Does the row have a lifter? */
bool a64_translated(unsigned row);
/* Decode l->word and call its lifter: false when the word is UNDEFINED (or its row is not translated yet). */
bool a64_decode(struct lift *l, u32 word);
/* Name of the row, NULL when unallocated. */
const char *a64_row_name(u32 word);
/* One line without newline: "NAME field=value ...", or ".inst 0x...". */
void a64_disassemble(struct out *o, gaddr pc, u32 word);
/* A random word that decodes to `row`; *rng is the state of an xorshift64 generator, never 0. 0 when none was found. */
u32 a64_random_word(unsigned row, u64 *rng);
/* One line for each row: class, name, "translated" or "missing", and "tested" when the fuzzer covers it. */
void a64_coverage(struct out *o);
