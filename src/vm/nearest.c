#include "vm/nearest.h"

#include <string.h>

enum { MAX_WORD = 32 };

static size_t least(size_t a, size_t b)
{
        return a < b ? a : b;
}

/* Optimal string alignment distance: insertions, deletions, replacements and exchanged neighbours. */
static size_t distance(const char *a, size_t m, const char *b, size_t n)
{
        size_t d[MAX_WORD + 1][MAX_WORD + 1];
        for (size_t i = 0; i <= m; i++)
                d[i][0] = i;
        for (size_t j = 0; j <= n; j++)
                d[0][j] = j;
        for (size_t i = 1; i <= m; i++)
                for (size_t j = 1; j <= n; j++) {
                        size_t replaced = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
                        d[i][j] = least(replaced, least(d[i - 1][j], d[i][j - 1]) + 1);
                        if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                                d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
                }
        return d[m][n];
}

static void try_word(struct nearest *n, const char *word, size_t len)
{
        size_t written = strlen(n->written);
        if (len > MAX_WORD || written > MAX_WORD || written < 2)
                return;
        size_t differs = distance(n->written, written, word, len);
        if (differs < n->distance) {
                n->distance = differs;
                n->word = word;
        }
}

struct nearest nearest_start(const char *written)
{
        return (struct nearest){ .written = written, .distance = strlen(written) / 3 + 2 };
}

void nearest_try(struct nearest *n, const char *word)
{
        try_word(n, word, strlen(word));
}

const char *nearest_word(const char *written, const char *words)
{
        struct nearest n = nearest_start(written);
        for (const char *word = words; word; word = strchr(word, '|') ? strchr(word, '|') + 1 : NULL)
                try_word(&n, word, strcspn(word, "|"));
        return n.word;
}
