/* FRECPS, FRSQRTS and FMULX of 0 and infinity in two lanes, on registers that AVX2 code keeps in memory. test: static */
#include <stdint.h>
#include <stdio.h>

static uint64_t flags;

#define LOW(text) \
        ({ \
                uint64_t r; \
                asm volatile("msr fpsr, xzr\nfmov d20, %2\nfmov d21, %3\nfmov d22, %2\n" text "\nfmov %0, d23\nmrs %1, fpsr" \
                             : "=r"(r), "=r"(flags) : "r"(0xff8000007f800000), "r"(0x0000000080000000) : "v20", "v21", "v22", "v23"); \
                r; \
        })

static int check(const char *what, uint64_t got, uint64_t wanted)
{
        if (got != wanted || flags)
                printf("%s: %llx (fpsr %llx), expected %llx\n", what, (unsigned long long)got, (unsigned long long)flags, (unsigned long long)wanted);
        return got != wanted || flags;
}

int main(void)
{
        return check("frecps", LOW("frecps v23.2s, v20.2s, v21.2s"), 0x4000000040000000) |
               check("frsqrts", LOW("frsqrts v23.2s, v20.2s, v21.2s"), 0x3fc000003fc00000) |
               check("fmulx", LOW("fmulx v23.2s, v20.2s, v21.2s"), 0xc0000000c0000000);
}
