/* Calls through a table of function pointers, in an order that changes. */
#include "bench.h"

#define FN(name, expr) \
        __attribute__((noinline)) static uint64_t name(uint64_t x) \
        { \
                return expr; \
        }
FN(f0, x + 17)
FN(f1, x ^ (x >> 7))
FN(f2, x * 3)
FN(f3, x - (x << 3))
FN(f4, ~x)
FN(f5, x + (x >> 31))
FN(f6, x ^ 0xabcdef)
FN(f7, x * 0x10001)

int main(int argc, char **argv)
{
        static uint64_t (*volatile table[8])(uint64_t) = { f0, f1, f2, f3, f4, f5, f6, f7 };
        uint64_t x = 42;
        const long rounds = 60000000 * bench_scale(argc, argv);
        for (long i = 0; i < rounds; i++)
                x = table[(i ^ (i >> 3)) & 7](x);
        printf("%llx\n", (unsigned long long)x);
        return 0;
}
