#include "field.h"
#include "engine/guest/a64_decode.h"
#include <string.h>

static const struct insn_field *find(unsigned row, const char *name)
{
        for (unsigned i = 0; i < a64_rows[row].field_count; i++) {
                const struct insn_field *f = &a64_fields[a64_rows[row].first_field + i];

                if (!strcmp(f->name, name) && f->segment[0].length)
                        return f;
        }
        return NULL;
}

bool field_exists(unsigned row, const char *name)
{
        return find(row, name) != NULL;
}

int field_get(u32 word, unsigned row, const char *name)
{
        const struct insn_field *f = find(row, name);
        u32 value = 0;

        if (!f)
                return -1;
        for (unsigned i = 0; i < ARRAY_LEN(f->segment); i++)
                value = value << f->segment[i].length | (word >> f->segment[i].low & ((1u << f->segment[i].length) - 1));
        return (int)value;
}

void field_put(u32 *word, unsigned row, const char *name, u32 value)
{
        const struct insn_field *f = find(row, name);

        if (!f)
                return;
        for (int i = ARRAY_LEN(f->segment) - 1; i >= 0; i--) {
                u32 mask = (1u << f->segment[i].length) - 1;

                *word = (*word & ~(mask << f->segment[i].low)) | (value & mask) << f->segment[i].low;
                value >>= f->segment[i].length;
        }
}
