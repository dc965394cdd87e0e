/* The low half of a register moved twice: the second move, too, clears the upper half. */
#include <stdint.h>

static uint64_t twice(uint64_t x)
{
        uint64_t r;

        asm("mov x5, %1\n\tadd x6, x5, #1\n\tmov w7, w5\n\tmov w8, w7\n\tmov %0, x8" : "=r"(r) : "r"(x) : "x5", "x6", "x7", "x8");
        return r;
}

int main(void)
{
        return twice(0x1111111122222222) != 0x22222222;
}
