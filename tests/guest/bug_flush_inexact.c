/* Under FZ a result that is tiny before rounding is flushed and sets UFC, never IXC: even when it is the first inexact one, which traps on the host. */
#include <stdio.h>

static unsigned long flags_of_fma(unsigned long fpcr, double n, double m, double a, double *result)
{
        unsigned long fpsr;

        asm volatile("msr fpcr, %2\n"
                     "msr fpsr, xzr\n"
                     "fmadd %d1, %d3, %d4, %d5\n"
                     "mrs %0, fpsr\n"
                     "msr fpcr, xzr\n"
                     : "=r"(fpsr), "=&w"(*result)
                     : "r"(fpcr), "w"(n), "w"(m), "w"(a));
        return fpsr;
}

int main(void)
{
        enum { FZ = 1 << 24, DOWN = 2 << 22, UFC = 8, IXC = 16 };
        volatile double smallest = -0x1p-1022, third = 1.0 / 3;
        double r;
        int bad = 0;

        for (int i = 0; i < 3; i++) {
                bad += flags_of_fma(FZ | DOWN, smallest, smallest, smallest, &r) != UFC || r != 0;
                bad += flags_of_fma(FZ | DOWN, third, third, smallest, &r) != IXC || r == 0;
        }
        puts(bad ? "wrong flags" : "ok");
        return bad;
}
