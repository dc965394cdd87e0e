/* Float loops over arrays that stay in the cache: multiply-add, minimum, square root, conversion. bench: -O3 */
#include "bench.h"
#include <math.h>

enum { N = 4096 };
static float x[N], y[N], z[N];
static int32_t k[N];

int main(int argc, char **argv)
{
        for (int i = 0; i < N; i++)
                x[i] = (float)(i % 97) * 0.25f, y[i] = (float)(i % 31) / 64 + 0.5f;
        const long rounds = 60000 * bench_scale(argc, argv);
        for (long round = 0; round < rounds; round++) {
                for (int i = 0; i < N; i++)
                        z[i] = x[i] * y[i] + 0.5f;
                for (int i = 0; i < N; i++)
                        x[i] = z[i] > 2.0f ? z[i] * 0.125f : z[i] + 1.0f;
                for (int i = 0; i < N; i++)
                        k[i] += (int32_t)(x[i] * 1000.0f);
        }
        uint32_t sum = 0;
        for (int i = 0; i < N; i++)
                sum = sum * 31 + (uint32_t)k[i];
        printf("%x\n", sum);
        return 0;
}
