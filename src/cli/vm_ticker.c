#include "cli/vm_ticker.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

static void *tick(void *data)
{
        struct ticker *t = data;
        struct timespec next;
        clock_gettime(CLOCK_REALTIME, &next); /* what pthread_cond_timedwait() takes */
        pthread_mutex_lock(&t->lock);
        for (unsigned seconds = 1; !t->over; seconds++) {
                next.tv_sec++;
                while (!t->over && !pthread_cond_timedwait(&t->ended, &t->lock, &next))
                        ;
                if (!t->over)
                        fprintf(stderr, "\r%s, %u s ", t->what, seconds);
        }
        pthread_mutex_unlock(&t->lock);
        return NULL;
}

void vm_ticker_begin(struct ticker *t, const char *what)
{
        *t = (struct ticker){ .what = what };
        pthread_mutex_init(&t->lock, NULL);
        pthread_cond_init(&t->ended, NULL);
        t->runs = isatty(STDERR_FILENO) && !pthread_create(&t->thread, NULL, tick, t);
}

void vm_ticker_end(struct ticker *t)
{
        if (!t->runs)
                return;
        pthread_mutex_lock(&t->lock);
        t->over = true;
        pthread_cond_signal(&t->ended);
        pthread_mutex_unlock(&t->lock);
        pthread_join(t->thread, NULL);
        fputs("\r\033[K", stderr);
}
