/* CNTVCT_EL0 goes on by CNTFRQ_EL0 a second, never back, whatever instructions its neighbours are. */
#include "sig_test.h"

static uint64_t counter(void)
{
        uint64_t v;

        asm volatile("isb\nmrs %0, cntvct_el0" : "=r"(v)::"memory");
        return v;
}

static double now(void)
{
        struct timespec t;

        EXPECT(clock_gettime(CLOCK_MONOTONIC, &t) == 0);
        return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

int main(void)
{
        uint64_t frequency, last = counter(), flags;
        double outer = now();
        uint64_t begin = counter();
        double inner = now();

        asm("mrs %0, cntfrq_el0" : "=r"(frequency));
        EXPECT(frequency >= 1000000 && frequency <= 1000000000);
        for (int i = 0; i < 100000; i++) {
                uint64_t v = counter();

                EXPECT(v >= last);
                last = v;
        }
        usleep(30000);
        double inside = now() - inner;
        double counted = (double)(counter() - begin) / (double)frequency;
        double outside = now() - outer;
        EXPECT(inside >= 0.03 && counted >= inside * 0.999 && counted <= outside * 1.001);
        /* Reading it keeps the flags. */
        asm volatile("mov x9, #0\ncmp x9, #1\nmrs x9, cntvct_el0\nmrs %0, nzcv" : "=r"(flags)::"x9", "cc");
        EXPECT(flags == 0x80000000);
        puts("ok");
        return 0;
}
