/* A register that is narrowed in place keeps its high half from who reads its low half as a number or a condition. test: static cflags=-march=armv8-a+crc */
#include <stdint.h>

int main(void)
{
        uint64_t boxed = 0xfff9000000000007, high = 0xfff9000000000000;
        double from_signed, from_unsigned;
        uint64_t zero = 1, nonzero = 2, crc;

        asm volatile("mov x9, %5\n\tmov w9, w9\n\tscvtf %d0, w9\n\tmov x10, %5\n\tmov w10, w10\n\tucvtf %d1, w10\n\t"
                     "mov x11, %6\n\tmov w11, w11\n\tcbz w11, 1f\n\tmov %2, #9\n"
                     "1:\tmov x12, %6\n\tmov w12, w12\n\tcbnz w12, 2f\n\tmov %3, #3\n"
                     "2:\tmov x13, %5\n\tmov w13, w13\n\tmov w14, #1\n\tcrc32w %w4, w14, w13\n\t"
                     : "=w"(from_signed), "=w"(from_unsigned), "+&r"(zero), "+&r"(nonzero), "=r"(crc)
                     : "r"(boxed), "r"(high)
                     : "x9", "x10", "x11", "x12", "x13", "x14");
        return !(from_signed == 7 && from_unsigned == 7 && zero == 1 && nonzero == 3 && crc == 0x256b5fdc);
}
