/* What differs between machines that should be the same. */
#pragma once
#include "hw/facts.h"

struct hw_difference {
        const char *key;             /* of one of the machines' facts */
        const struct hw_fact **each; /* the fact of each machine, NULL where it has none */
        size_t usual;                /* a machine whose fact more than half of them share, or the count of machines */
};

/*
 * The keys by which the machines differ, malloced, and how many. Facts that change by themselves or name one machine are left out.
 */
size_t hw_diff(const struct hw_facts *machines, size_t count, struct hw_difference **differences);
void hw_diff_free(struct hw_difference *differences, size_t count);
