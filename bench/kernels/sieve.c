/* Primes up to eight million by Eratosthenes: byte stores with a stride. */
#include "bench.h"

enum { LIMIT = 8000000 };
static char composite[LIMIT];

int main(int argc, char **argv)
{
        long count = 0;
        const long rounds = 5 * bench_scale(argc, argv);
        for (long round = 0; round < rounds; round++) {
                memset(composite, 0, sizeof composite);
                for (long i = 2; i < LIMIT; i++) {
                        if (composite[i])
                                continue;
                        count++;
                        for (long j = i * i; j < LIMIT; j += i)
                                composite[j] = 1;
                }
        }
        printf("%ld\n", count);
        return 0;
}
