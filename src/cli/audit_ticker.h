/* The line on the terminal that tells how far the audit is, from its first second on. */
#pragma once
#include "audit/walk.h"

#include <pthread.h>
#include <time.h>

struct ticker {
        pthread_t thread;
        struct audit_progress progress;
        struct timespec start;
        _Atomic bool stop;
        bool running;
};

/* `progress` is what the audit counts in; without a terminal nothing is shown. */
void ticker_start(struct ticker *t);
void ticker_stop(struct ticker *t);
