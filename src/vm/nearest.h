/* "Did you mean": the word that differs least from what was written. */
#pragma once
#include "base/types.h"

struct nearest {
        const char *written;
        const char *word; /* the best so far; NULL while none is near enough */
        size_t distance;
};

/* Then each word there is is tried. Near enough is a third of the letters, exchanged neighbours counting as one; one letter is never. */
struct nearest nearest_start(const char *written);
void nearest_try(struct nearest *n, const char *word);

/* The same among "a|b|c": it points into `words`, or is NULL. */
const char *nearest_word(const char *written, const char *words);
