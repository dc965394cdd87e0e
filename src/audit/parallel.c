#include "audit/parallel.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/types.h"

enum { THREADS_MAX = 64 };

struct crew {
        void (*one)(void *arg, size_t i);
        void *arg;
        size_t count;
        _Atomic size_t next;
};

static void *work(void *crew)
{
        struct crew *c = crew;
        for (size_t i; (i = c->next++) < c->count;)
                c->one(c->arg, i);
        return NULL;
}

void parallel(unsigned threads, size_t count, void (*one)(void *arg, size_t i), void *arg)
{
        struct crew c = { .one = one, .arg = arg, .count = count };
        pthread_t helpers[THREADS_MAX];
        unsigned n = 0;
        while (n + 1 < threads && n + 1 < count && n < ARRAY_LEN(helpers) && !pthread_create(&helpers[n], NULL, work, &c))
                n++;
        work(&c);
        for (unsigned i = 0; i < n; i++)
                pthread_join(helpers[i], NULL);
}
