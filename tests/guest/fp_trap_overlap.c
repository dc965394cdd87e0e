/* One trapping floating-point instruction in two translations: reached from above and jumped to directly. Both must learn. */
#include <math.h>
#include <stdio.h>

double subtract(double a, double b, long skip);
__asm__(".text\n"
        ".globl subtract\n"
        "subtract: cbnz x0, 1f\n"
        "       nop\n"
        "1:     fsub d0, d0, d1\n"
        "       ret\n");

int main(void)
{
        for (long skip = 0; skip < 2; skip++)
                if (subtract(3, 1, skip) != 2)
                        return 1;
        for (long skip = 0; skip < 2; skip++)
                if (!isnan(subtract(INFINITY, INFINITY, skip)))
                        return 2;
        puts("ok");
        return 0;
}
