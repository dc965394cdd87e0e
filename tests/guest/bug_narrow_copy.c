/* The low half of a register whose high half is not zero, copied and then used as 32 bits in the same block. test: static */
#include <stdint.h>
#include <stdio.h>

int main(void)
{
        uint64_t x = 0xdeadbeef00000000, y, z;
        float f;
        int wrong = 0;

        asm("add x1, %2, #0\nadd x2, x1, #1\nmov w3, w1\nmov x1, #1\nmov x2, #1\ncbz w3, 1f\nmov x2, #0\n1: mov %0, x2\n"
            "add x1, %2, #5\nadd x2, x1, #1\nmov w3, w1\nucvtf %s1, w3\n"
            : "=&r"(y), "=&w"(f)
            : "r"(x)
            : "x1", "x2", "x3");
        /* A register truncated in place while its old content lives on in another. */
        asm("mov x3, %1\ncmp x3, x3\nb 1f\n1: csel x7, x3, x3, al\ncsel w3, w7, w7, al\ncsinv x7, x3, x7, ne\nmvn %0, x7\neor %0, %0, x3\n"
            "mov x12, %1\nb 1f\n1: csel x11, x12, x12, al\ncsel w12, w11, w11, al\ncsinv x11, x12, x11, ne\nmvn x11, x11\neor x11, x11, x12\n"
            "orr %0, %0, x11\n"
            : "=&r"(z)
            : "r"(x + 7)
            : "x3", "x7", "x11", "x12", "cc");
        if (z != x)
                wrong += printf("the copy of a register truncated in place is %llx\n", (unsigned long long)z);
        if (y != 1)
                wrong += printf("cbz of the copied low half sees the high half\n");
        if (f != 5)
                wrong += printf("ucvtf of the copied low half gives %g\n", f);
        return wrong != 0;
}
