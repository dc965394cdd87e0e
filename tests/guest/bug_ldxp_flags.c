/* LDXP while guest flags are live in the host's: the pair was loaded, the flags must survive. test: static */
#include <stdint.h>

int main(void)
{
        uint32_t pair[2] __attribute__((aligned(8))) = { 5, 7 };
        uint32_t lo, hi, status;
        uint64_t equal;
        asm volatile("cmp %5, %5\n\tldxp %w0, %w1, [%4]\n\tcset %3, eq\n\tstxp %w2, %w1, %w0, [%4]"
                     : "=&r"(lo), "=&r"(hi), "=&r"(status), "=&r"(equal)
                     : "r"(pair), "r"(3L)
                     : "cc", "memory");
        return !(lo == 5 && hi == 7 && equal == 1 && status == 0 && pair[0] == 7 && pair[1] == 5);
}
