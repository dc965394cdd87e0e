/* Threads with a mutex and with atomics, joined: sums come out exact. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

enum { THREADS = 8, ROUNDS = 20000 };
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long plain;
static atomic_long counted;
static __thread long mine;

static void *work(void *arg)
{
        for (int i = 0; i < ROUNDS; i++) {
                pthread_mutex_lock(&lock);
                plain++;
                pthread_mutex_unlock(&lock);
                atomic_fetch_add(&counted, 1);
                mine++;
        }
        return (void *)mine;
}

int main(void)
{
        pthread_t t[THREADS];
        long sum = 0;
        for (int i = 0; i < THREADS; i++)
                if (pthread_create(&t[i], NULL, work, NULL))
                        return 2;
        for (int i = 0; i < THREADS; i++) {
                void *result;
                pthread_join(t[i], &result);
                sum += (long)result;
        }
        printf("%ld %ld %ld\n", plain, (long)counted, sum);
        return plain != THREADS * ROUNDS || counted != plain || sum != plain;
}
