/* Integer arithmetic with a dependency from step to step: shifts, adds, multiplies, a division, branches. */
#include "bench.h"

int main(int argc, char **argv)
{
        uint64_t x = 88172645463325252u, sum = 0;
        const long rounds = 100000000 * bench_scale(argc, argv);
        for (long i = 0; i < rounds; i++) {
                bench_random(&x);
                if (x & 8)
                        sum += x * 0x9e3779b97f4a7c15u;
                else
                        sum ^= x >> 3;
                if ((i & 15) == 0)
                        sum += x / (sum | 1);
        }
        printf("%llx\n", (unsigned long long)sum);
        return 0;
}
