/* Double loops with a reduction and square roots, vectorised by the compiler. bench: -O3 -ffast-math */
#include "bench.h"
#include <math.h>

enum { N = 2048 };
static double x[N], y[N];

int main(int argc, char **argv)
{
        double sum = 0;
        for (int i = 0; i < N; i++)
                x[i] = i + 1, y[i] = 0.5 * i;
        const long rounds = 60000 * bench_scale(argc, argv);
        for (long round = 0; round < rounds; round++) {
                for (int i = 0; i < N; i++)
                        y[i] = y[i] * 0.5 + sqrt(x[i]);
                for (int i = 0; i < N; i++)
                        sum += y[i];
        }
        printf("%.7g\n", sum);
        return 0;
}
