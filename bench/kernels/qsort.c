/* A quicksort of our own, with a comparison through a pointer: both builds run the same algorithm, whatever their C library does. */
#include "bench.h"

enum { COUNT = 1000000 };
static uint32_t data[COUNT];

__attribute__((noinline)) static int compare(const void *a, const void *b)
{
        uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
        return x < y ? -1 : x > y;
}

static void sort(uint32_t *a, long n, int (*volatile cmp)(const void *, const void *))
{
        while (n > 1) {
                uint32_t pivot = a[n / 2];
                long i = 0, j = n - 1;
                while (i <= j) {
                        while (cmp(&a[i], &pivot) < 0)
                                i++;
                        while (cmp(&a[j], &pivot) > 0)
                                j--;
                        if (i <= j) {
                                uint32_t t = a[i];
                                a[i++] = a[j];
                                a[j--] = t;
                        }
                }
                sort(a, j + 1, cmp);
                a += i;
                n -= i;
        }
}

int main(int argc, char **argv)
{
        uint64_t seed = 1234567, sum = 0;
        const long rounds = 4 * bench_scale(argc, argv);
        for (long round = 0; round < rounds; round++) {
                for (long i = 0; i < COUNT; i++)
                        data[i] = (uint32_t)bench_random(&seed);
                sort(data, COUNT, compare);
                for (long i = 0; i < COUNT; i += 1000)
                        sum = sum * 31 + data[i];
        }
        printf("%llx\n", (unsigned long long)sum);
        return 0;
}
