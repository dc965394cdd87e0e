/* test: oracle
   printf, strtod and libm, whose last digits depend on exact arithmetic; compared with QEMU. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

int main(void)
{
        static const char *const texts[] = { "0.1", "1e308", "4.9e-324", "-0", "inf", "nan", "123456789.987654321", "0x1.8p-3" };
        for (unsigned i = 0; i < sizeof texts / sizeof *texts; i++) {
                double x = strtod(texts[i], NULL);
                printf("%.17g %a %.3f %e\n", x, x, x, x);
                printf("%.17g %.17g %.17g %.17g %.17g\n", sin(x), exp(-x), log(fabs(x)), cbrt(x), pow(x, 0.3));
                printf("%.9g %.9g %.9g\n", sinf((float)x), expf((float)-x), sqrtf((float)x));
                printf("%d %d %ld\n", isnan(x), signbit(x) != 0, isfinite(x) && fabs(x) < 1e18 ? lrint(x) : 0);
        }
        printf("%Lg %.30Lg\n", 1.0L / 3, sqrtl(2));
        return 0;
}
