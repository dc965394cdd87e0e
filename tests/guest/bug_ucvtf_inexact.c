/* UCVTF of numbers from 2^63 on, the first inexact result under FZ: it traps on the host, with AVX2 in code out of line. */
#include <stdio.h>

int main(void)
{
        unsigned long fpsr;
        double r = 0;
        int bad = 0;

        for (int i = 0; i < 4; i++) {
                asm volatile("msr fpcr, %2\n"
                             "msr fpsr, xzr\n"
                             "fmov %d1, xzr\n"
                             "cmp %3, #1\n"
                             "ucvtf %d1, %3\n"
                             "cset x9, hi\n" /* the flags are as the compare left them */
                             "scvtf d16, x9\n"
                             "fmul %d1, %d1, d16\n"
                             "mrs %0, fpsr\n"
                             "msr fpcr, xzr\n"
                             : "=r"(fpsr), "=&w"(r)
                             : "r"(1ul << 24), "r"(~0ul - (unsigned long)i)
                             : "x9", "d16", "cc");
                if (fpsr != 16 || r != 0x1p64) {
                        printf("%d: %a, FPSR %lx\n", i, r, fpsr);
                        bad = 1;
                }
        }
        return bad;
}
