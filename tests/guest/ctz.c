/* RBIT followed by CLZ, which the engine does as one: all positions, zero, both widths, a signal-free look between the two. */
#include <stdint.h>
#include <stdio.h>

static uint64_t ctz64(uint64_t x)
{
        uint64_t r;
        asm("rbit %0, %1\nclz %0, %0" : "=r"(r) : "r"(x));
        return r;
}

/* The 32-bit form ignores the high half and clears it. */
static uint64_t ctz32(uint64_t x)
{
        uint64_t r = ~0ull;
        asm("rbit %w0, %w1\nclz %w0, %w0" : "+r"(r) : "r"(x));
        return r;
}

/* The widths differ: not trailing zeros at all. */
static uint64_t mixed(uint64_t x)
{
        uint64_t r;
        asm("rbit %0, %1\nclz %w0, %w0" : "=r"(r) : "r"(x));
        return r;
}

/* The reversed value is wanted as well. */
static uint64_t kept(uint64_t x)
{
        uint64_t r, zeros;
        asm("rbit %0, %2\nclz %1, %0\nadd %0, %0, %1" : "=&r"(r), "=&r"(zeros) : "r"(x));
        return r;
}

int main(void)
{
        for (unsigned n = 0; n < 64; n++) {
                uint64_t x = 0xfedcba9876543211ull << n;

                if (ctz64(x) != n || kept(1ull << n) != (1ull << (63 - n)) + n)
                        return 1;
                if (ctz32(x | 0xffffffff00000000ull) != (n < 32 ? n : 32))
                        return 2;
                if (mixed(1ull << n) != (n < 32 ? 32 : n - 32))
                        return 3;
        }
        if (ctz64(0) != 64 || ctz32(0) != 32)
                return 4;
        puts("ok");
        return 0;
}
