/* A profiling timer over threads that compute; each thread's state survives. test: static timeout=120 */
#include "sig_test.h"

static volatile long ticks;

static void tick(int sig, siginfo_t *info, void *context)
{
        __atomic_add_fetch(&ticks, 1, __ATOMIC_RELAXED);
        asm volatile("movi v1.16b, #77\nmovi v9.16b, #1\nmovi v22.16b, #3" ::: "v1", "v9", "v22");
}

static double series(void)
{
        double x = 1;

        for (int i = 1; i < 20000; i++) {
                x = x * 1.0001 + 1.0 / i;
                if (x > 1e9)
                        x /= 3;
        }
        return x;
}

static void *work(void *arg)
{
        double want = *(double *)arg;

        for (int k = 0; k < 200; k++)
                EXPECT(series() == want);
        return NULL;
}

int main(void)
{
        double want = series();
        pthread_t t[6];
        struct itimerval it = { { 0, 200 }, { 0, 200 } };

        on_signal(SIGPROF, tick, SA_RESTART);
        EXPECT(setitimer(ITIMER_PROF, &it, NULL) == 0);
        for (int i = 0; i < 6; i++)
                EXPECT(pthread_create(&t[i], NULL, work, &want) == 0);
        for (int i = 0; i < 6; i++)
                EXPECT(pthread_join(t[i], NULL) == 0);
        puts("ok");
        return 0;
}
