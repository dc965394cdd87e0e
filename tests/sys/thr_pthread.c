/* Mutexes, condition variables, create/join storms, thread-local data, signals to threads. test: static timeout=120 */
#include "sig_test.h"
#include <sys/syscall.h>

enum { THREADS = 8, ROUNDS = 20000, STORM = 300 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static long counter, turn, atomic_counter;
static __thread long mine;

static void *count(void *arg)
{
        for (int i = 0; i < ROUNDS; i++) {
                pthread_mutex_lock(&mutex);
                counter++;
                pthread_mutex_unlock(&mutex);
                __atomic_add_fetch(&atomic_counter, 1, __ATOMIC_RELAXED);
                mine++;
        }
        return (void *)mine;
}

static void *take_turns(void *arg)
{
        long me = (long)arg;

        for (int i = 0; i < 200; i++) {
                pthread_mutex_lock(&mutex);
                while (turn % 4 != me)
                        pthread_cond_wait(&cond, &mutex);
                turn++;
                pthread_cond_broadcast(&cond);
                pthread_mutex_unlock(&mutex);
        }
        return NULL;
}

static void *short_life(void *arg)
{
        mine = (long)arg;
        return (void *)(mine * 2);
}

static volatile int hits;
static volatile pid_t hit_tid;

static void hit(int sig, siginfo_t *info, void *context)
{
        hit_tid = (pid_t)syscall(SYS_gettid);
        __atomic_add_fetch(&hits, 1, __ATOMIC_SEQ_CST);
}

static volatile int stop;

static void *spin(void *arg)
{
        *(volatile pid_t *)arg = (pid_t)syscall(SYS_gettid);
        while (!stop)
                ;
        return NULL;
}

int main(void)
{
        pthread_t t[THREADS];
        void *r;

        for (int i = 0; i < THREADS; i++)
                EXPECT(pthread_create(&t[i], NULL, count, NULL) == 0);
        for (int i = 0; i < THREADS; i++)
                EXPECT(pthread_join(t[i], &r) == 0 && (long)r == ROUNDS);
        EXPECT(counter == THREADS * ROUNDS && atomic_counter == counter && mine == 0);

        for (long i = 0; i < 4; i++)
                EXPECT(pthread_create(&t[i], NULL, take_turns, (void *)i) == 0);
        for (int i = 0; i < 4; i++)
                EXPECT(pthread_join(t[i], NULL) == 0);
        EXPECT(turn == 800);

        for (long i = 0; i < STORM; i++) {
                for (long k = 0; k < 4; k++)
                        EXPECT(pthread_create(&t[k], NULL, short_life, (void *)(i + k)) == 0);
                for (long k = 0; k < 4; k++)
                        EXPECT(pthread_join(t[k], &r) == 0 && (long)r == (i + k) * 2);
        }

        on_signal(SIGUSR1, hit, SA_RESTART);
        volatile pid_t tid = 0;
        EXPECT(pthread_create(&t[0], NULL, spin, (void *)&tid) == 0);
        while (!tid)
                ;
        for (int i = 0; i < 200; i++) {
                int before = hits;
                EXPECT(pthread_kill(t[0], SIGUSR1) == 0);
                while (hits == before)
                        ;
                EXPECT(hit_tid == tid);
        }
        stop = 1;
        EXPECT(pthread_join(t[0], NULL) == 0);

        EXPECT(pthread_create(&t[0], NULL, spin, (void *)&tid) == 0);
        stop = 0;
        puts("ok");
        fflush(stdout);
        exit(0);
}
