#include "bench/compare.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/util.h"

struct text {
        const char *at;
        size_t size;
};

static int map(int fd, struct text *t)
{
        struct stat st;
        *t = (struct text){ 0 };
        if (fstat(fd, &st) < 0)
                return -1;
        if (!st.st_size)
                return 0;
        void *at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
        if (at == MAP_FAILED)
                return -1;
        *t = (struct text){ .at = at, .size = (size_t)st.st_size };
        return 0;
}

static void unmap(struct text *t)
{
        if (t->size)
                munmap((void *)t->at, t->size);
}

static long first_difference(const struct text *a, const struct text *b)
{
        size_t shorter = a->size < b->size ? a->size : b->size, i = 0;
        long line = 1;
        if (a->size == b->size && (!a->size || !memcmp(a->at, b->at, a->size)))
                return 0;
        for (; i < shorter && a->at[i] == b->at[i]; i++)
                line += a->at[i] == '\n';
        return line;
}

long compare_files(int a, int b)
{
        struct text ta, tb;
        if (map(a, &ta) < 0)
                return -1;
        long line = -1;
        if (map(b, &tb) == 0) {
                line = first_difference(&ta, &tb);
                unmap(&tb);
        }
        unmap(&ta);
        return line;
}

char *compare_line(int fd, long number, size_t max)
{
        struct text t;
        if (map(fd, &t) < 0)
                return NULL;
        const char *at = t.at, *end = t.at + t.size;
        while (number > 1 && at && at < end) {
                at = memchr(at, '\n', (size_t)(end - at));
                at = at ? at + 1 : end;
                number--;
        }
        char *line = NULL;
        if (at && at < end) {
                const char *newline = memchr(at, '\n', (size_t)(end - at));
                size_t n = (size_t)((newline ? newline : end) - at);
                line = format("%.*s", (int)(n < max ? n : max), at);
                for (char *c = line; *c; c++)
                        if ((u8)*c < ' ' || *c == 0x7f)
                                *c = '?';
        }
        unmap(&t);
        return line;
}
