/* A line on a terminal for a step whose end nobody can foretell: what it is, and its seconds from the first on. */
#pragma once
#include "base/types.h"

#include <pthread.h>

struct ticker {
        pthread_t thread;
        pthread_mutex_t lock;
        pthread_cond_t ended;
        const char *what;
        bool runs, over;
};

/* Begin and end; nothing happens where standard error is no terminal. `what` has to stay until the end. */
void vm_ticker_begin(struct ticker *t, const char *what);
void vm_ticker_end(struct ticker *t);
