/* SUB while flags are live and both operands are needed again: it has to do with three scratch registers. test: static */
#include <stdint.h>

int main(void)
{
        uint64_t first, second, equal;
        asm volatile("mov x9, #50\n\tmov x10, #8\n\tb 1f\n"
                     "1:\tcmp x9, #50\n\tsub x11, x9, x10\n\tsub x12, x9, x10, lsl #1\n\tadd x12, x12, x9\n\tadd x12, x12, x10\n\tcset %2, eq\n\t"
                     "mov %0, x11\n\tmov %1, x12"
                     : "=r"(first), "=r"(second), "=r"(equal)
                     :
                     : "x9", "x10", "x11", "x12", "cc");
        return !(first == 42 && second == 92 && equal == 1);
}
