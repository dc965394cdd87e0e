#include "cli/audit_ticker.h"

#include <stdio.h>
#include <unistd.h>

static void *tick(void *arg)
{
        struct ticker *t = arg;
        while (!t->stop) {
                struct timespec now;
                nanosleep(&(struct timespec){ .tv_nsec = 200000000 }, NULL);
                clock_gettime(CLOCK_MONOTONIC, &now);
                double seconds = (double)(now.tv_sec - t->start.tv_sec), done = (double)t->progress.bytes,
                       all = (double)t->progress.total_bytes;
                if (seconds < 1 || t->stop)
                        continue;
                fprintf(stderr, "\r\033[K%llu files, %.0f of %.0f MB", (unsigned long long)t->progress.files, done / 1e6, all / 1e6);
                if (done > 0 && all > done && seconds > 2)
                        fprintf(stderr, ", about %.0f s left", seconds * (all - done) / done);
        }
        return NULL;
}

void ticker_start(struct ticker *t)
{
        clock_gettime(CLOCK_MONOTONIC, &t->start);
        t->running = isatty(STDERR_FILENO) && !pthread_create(&t->thread, NULL, tick, t);
}

void ticker_stop(struct ticker *t)
{
        if (!t->running)
                return;
        t->stop = true;
        pthread_join(t->thread, NULL);
        fputs("\r\033[K", stderr);
}
