#include "theme.h"
#include "engine/guest/a64_decode.h"
#include "field.h"
#include "rng.h"
#include <string.h>

static const char base_tables[][24] = {"Data processing", "Branches", "Loads and stores of int", "Exclusive"};

static bool starts(const char *text, const char *prefix)
{
        return !strncmp(text, prefix, strlen(prefix));
}

static bool is_base(unsigned row)
{
        for (unsigned i = 0; i < ARRAY_LEN(base_tables); i++)
                if (starts(a64_classes[a64_rows[row].class], base_tables[i]))
                        return true;
        return false;
}

static bool uses_flags(unsigned row)
{
        static const char names[][8] = {"ADDS_", "SUBS_", "ANDS_", "BICS_", "ADC", "SBC", "CCM", "CS", "B_cond", "FCMP", "FCCMP", "FCSEL", "RMIF",
                "SETF", "CFINV", "CBZ", "TBZ", "MRS", "MSR"};

        for (unsigned i = 0; i < ARRAY_LEN(names); i++)
                if (starts(a64_rows[row].name, names[i]))
                        return true;
        return false;
}

static void add_row(struct theme *t, unsigned row)
{
        if (t->row_count < THEME_ROWS)
                t->row[t->row_count++] = row;
}

/* Half of the time of the base tables, which are the smaller part. */
static unsigned anchor(const unsigned *rows, unsigned row_count)
{
        bool base = rng_below(2);
        unsigned i = rng_below(row_count);

        for (unsigned tries = 0; tries < 20 && is_base(rows[i]) != base; tries++)
                i = rng_below(row_count);
        return i;
}

void theme_choose_rows(struct theme *t, const unsigned *rows, unsigned row_count)
{
        unsigned anchors = 1 + rng_below(4);

        t->row_count = 0;
        for (unsigned i = 0; i < anchors; i++) {
                unsigned first = anchor(rows, row_count), near = rng_below(5);

                for (unsigned j = first; j <= first + near && j < row_count; j++)
                        add_row(t, rows[j]);
        }
        for (unsigned want = rng_below(2) ? 3 : 0, tries = 0; want && tries < 2000; tries++) {
                unsigned row = rows[rng_below(row_count)];

                if (uses_flags(row)) {
                        add_row(t, row);
                        want--;
                }
        }
}

static bool is_among(const u8 *list, unsigned count, unsigned number)
{
        return memchr(list, (int)number, count) != NULL;
}

void theme_choose_registers(struct theme *t, const u8 *reserved, unsigned reserved_count)
{
        unsigned want = 2 + rng_below(THEME_X - 1);

        for (t->x_count = 0; t->x_count < want;) {
                unsigned number = rng_below(31);

                if (!is_among(reserved, reserved_count, number) && !is_among(t->x, t->x_count, number))
                        t->x[t->x_count++] = (u8)number;
        }
        want = 2 + rng_below(THEME_V - 1);
        for (t->v_count = 0; t->v_count < want; t->v_count++)
                t->v[t->v_count] = (u8)rng_below(32);
}

u32 theme_apply(const struct theme *t, u32 word, unsigned row)
{
        static const char x_fields[][4] = {"rd", "rn", "rm", "ra", "rt", "rt2", "rs"}, v_fields[][4] = {"vd", "vn", "vm", "va", "vt", "vt2"};

        for (unsigned i = 0; i < ARRAY_LEN(x_fields); i++)
                if (rng_below(8))
                        field_put(&word, row, x_fields[i], t->x[rng_below(t->x_count)]);
        for (unsigned i = 0; i < ARRAY_LEN(v_fields); i++)
                if (rng_below(16))
                        field_put(&word, row, v_fields[i], t->v[rng_below(t->v_count)]);
        return word;
}
