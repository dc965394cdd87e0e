/* FCCMP on C and Z (HI, LS) with a signalling NaN: the compare traps after the flags were tested. test: static */
#include <stdint.h>
#include <stdio.h>

static uint64_t compare(uint64_t a, uint64_t b, float n)
{
        uint64_t nzcv;

        asm volatile("adds xzr, %1, %2\nfccmp %s3, %s3, #0, ls\nmrs %0, nzcv\n" : "=r"(nzcv) : "r"(a), "r"(b), "w"(n) : "cc");
        return nzcv >> 28;
}

int main(void)
{
        uint32_t bits = 0x7f800001;
        float snan;
        uint64_t set, clear;

        asm volatile("fmov %s0, %w1" : "=w"(snan) : "r"(bits));
        clear = compare(1, 1, snan);              /* C = 0: the condition holds, unordered */
        set = compare(~0ull, 2, snan);            /* C = 1, Z = 0: it does not */
        if (clear != 3 || set != 0)
                printf("nzcv %llx and %llx, expected 3 and 0\n", (unsigned long long)clear, (unsigned long long)set);
        return clear != 3 || set != 0;
}
