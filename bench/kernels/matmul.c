/* Single-precision matrix multiplication, vectorised by the compiler. bench: -O3 */
#include "bench.h"

enum { N = 384 };
static float a[N][N], b[N][N], c[N][N];

int main(int argc, char **argv)
{
        for (int i = 0; i < N; i++)
                for (int j = 0; j < N; j++)
                        a[i][j] = (float)((i * 7 + j) % 16), b[i][j] = (float)((i + j * 3) % 8);
        const long rounds = 24 * bench_scale(argc, argv);
        for (long round = 0; round < rounds; round++)
                for (int i = 0; i < N; i++)
                        for (int k = 0; k < N; k++)
                                for (int j = 0; j < N; j++)
                                        c[i][j] += a[i][k] * b[k][j];
        double sum = 0;
        for (int i = 0; i < N; i++)
                for (int j = 0; j < N; j++)
                        sum += c[i][j];
        printf("%.9g\n", sum);
        return 0;
}
