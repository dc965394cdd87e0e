/* The C library's memory and string functions in a mix of sizes. */
#include "bench.h"

static char from[1 << 16], to[1 << 16];

int main(int argc, char **argv)
{
        uint64_t seed = 7, sum = 0;
        memset(from, 'x', sizeof from);
        const long rounds = 6000000 * bench_scale(argc, argv);
        for (long i = 0; i < rounds; i++) {
                uint64_t r = bench_random(&seed);
                size_t len = (r & 7) == 0 ? (r >> 8) & 4095 : (r >> 8) & 127, at = (r >> 40) & 4095;
                from[at + len] = 0;
                memcpy(to + (at & 63), from + at, len + 1);
                sum += strlen(to + (at & 63)) + (size_t)(strchr(from + at, 0) - from);
                sum += (uint64_t)(memcmp(to + (at & 63), from + at, len + 1) == 0);
                from[at + len] = 'x';
        }
        printf("%llu\n", (unsigned long long)sum);
        return 0;
}
