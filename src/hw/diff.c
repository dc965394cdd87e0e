#include "hw/diff.h"

#include <stdlib.h>
#include <string.h>

static bool is_new(const struct hw_facts *machines, size_t before, const char *key)
{
        for (size_t i = 0; i < before; i++)
                if (hw_find(&machines[i], key))
                        return false;
        return true;
}

/* The machine with which most others agree, and how many do. */
static size_t most_common(const struct hw_fact *const *each, size_t count, size_t *agreeing)
{
        size_t best = 0;
        *agreeing = 0;
        for (size_t i = 0; i < count; i++) {
                size_t same = 0;
                for (size_t k = 0; k < count; k++)
                        same += hw_same(each[i], each[k]);
                if (same > *agreeing)
                        best = i, *agreeing = same;
        }
        return best;
}

/* Whether the key is to be compared; fills the row. */
static bool compare(const struct hw_facts *machines, size_t count, const struct hw_fact *fact, struct hw_difference *row)
{
        size_t agreeing;
        if (fact->flags & (HW_VOLATILE | HW_SECRET))
                return false;
        row->key = fact->key;
        row->each = calloc(count, sizeof *row->each);
        if (!row->each)
                abort();
        bool compared = true;
        for (size_t i = 0; i < count; i++) {
                row->each[i] = hw_find(&machines[i], fact->key);
                compared &= !row->each[i] || !(row->each[i]->flags & (HW_VOLATILE | HW_SECRET));
        }
        row->usual = most_common(row->each, count, &agreeing);
        if (2 * agreeing <= count)
                row->usual = count;
        if (compared && agreeing < count)
                return true;
        free(row->each);
        return false;
}

size_t hw_diff(const struct hw_facts *machines, size_t count, struct hw_difference **differences)
{
        size_t found = 0;
        *differences = NULL;
        for (size_t m = 0; m < count; m++)
                for (size_t i = 0; i < machines[m].count; i++) {
                        struct hw_difference row;
                        if (!is_new(machines, m, machines[m].list[i].key) || !compare(machines, count, &machines[m].list[i], &row))
                                continue;
                        *differences = realloc(*differences, (found + 1) * sizeof **differences);
                        if (!*differences)
                                abort();
                        (*differences)[found++] = row;
                }
        return found;
}

void hw_diff_free(struct hw_difference *differences, size_t count)
{
        for (size_t i = 0; i < count; i++)
                free(differences[i].each);
        free(differences);
}
