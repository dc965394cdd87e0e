/* Names, disassembly, random words and coverage from the A64 row table. */
#include "engine/guest/decode.h"
#include "engine/guest/a64_decode.h"

const char *a64_row_name(u32 word)
{
        int row = a64_find(word);

        return row < 0 ? NULL : a64_rows[row].name;
}

static int field_value(const struct insn_field *f, u32 word)
{
        u32 value = 0;
        unsigned length = 0;

        for (unsigned i = 0; i < ARRAY_LEN(f->segment) && f->segment[i].length; i++) {
                unsigned n = f->segment[i].length;

                value = value << n | (word >> f->segment[i].low & ((1u << n) - 1));
                length += n;
        }
        if (length == 0)
                return f->scale;
        if (f->is_signed)
                value = (u32)((i32)(value << (32 - length)) >> (32 - length));
        return (int)(value * f->scale);
}

void a64_disassemble(struct out *o, gaddr pc, u32 word)
{
        int row = a64_find(word);

        (void)pc;
        if (row < 0) {
                out_printf(o, ".inst 0x%08x", word);
                return;
        }
        const struct insn_row *r = &a64_rows[row];

        out_printf(o, "%s", r->name);
        for (unsigned i = 0; i < r->field_count; i++) {
                const struct insn_field *f = &a64_fields[r->first_field + i];

                out_printf(o, " %s=%d", f->name, field_value(f, word));
        }
}

static u32 next_random(u64 *rng)
{
        *rng ^= *rng << 13;
        *rng ^= *rng >> 7;
        *rng ^= *rng << 17;
        return (u32)(*rng >> 16);
}

u32 a64_random_word(unsigned row, u64 *rng)
{
        const struct insn_row *r = &a64_rows[row];

        for (int tries = 0; tries < 1000; tries++) {
                u32 word = r->value | r->should_be | (next_random(rng) & ~r->mask);

                if (a64_find(word) == (int)row)
                        return word;
        }
        return 0;
}

void a64_coverage(struct out *o)
{
        unsigned translated = 0, tested = 0;

        for (unsigned i = 0; i < A64_ROW_COUNT; i++) {
                const struct insn_row *r = &a64_rows[i];
                bool have = a64_translated(i), is_tested = r->flags & ROW_TESTED;

                out_printf(o, "%-40s %-28s %s%s\n", a64_classes[r->class], r->name, have ? "translated" : "missing", is_tested ? " tested" : "");
                translated += have;
                tested += is_tested;
        }
        out_printf(o, "%u rows, %u translated, %u tested\n", (unsigned)A64_ROW_COUNT, translated, tested);
        out_flush(o);
}
