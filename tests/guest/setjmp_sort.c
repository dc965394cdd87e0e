/* longjmp out of deep calls, qsort with a callback, variable arguments, a large stack frame. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static jmp_buf target;

static int deep(int n)
{
        volatile char frame[200];
        memset((char *)frame, n, sizeof frame);
        if (n == 0)
                longjmp(target, 77);
        return deep(n - 1) + frame[n % 200];
}

static int by_value(const void *a, const void *b)
{
        return *(const int *)a - *(const int *)b;
}

static double sum(int n, ...)
{
        va_list ap;
        double total = 0;
        va_start(ap, n);
        for (int i = 0; i < n; i++)
                total += i & 1 ? va_arg(ap, double) : va_arg(ap, int);
        va_end(ap);
        return total;
}

int main(void)
{
        for (volatile int i = 0; i < 1000; i++)
                if (setjmp(target) != 77)
                        deep(i % 300);
        static int a[10000];
        unsigned seed = 1;
        for (int i = 0; i < 10000; i++)
                a[i] = (int)((seed = seed * 1103515245 + 12345) >> 8 & 0xffff);
        qsort(a, 10000, sizeof *a, by_value);
        for (int i = 1; i < 10000; i++)
                if (a[i - 1] > a[i])
                        return 1;
        char big[1 << 20];
        memset(big, 1, sizeof big);
        if (sum(12, 1, 2.5, 3, 4.5, 5, 6.5, 7, 8.5, 9, 10.5, 11, 12.5) != 81)
                return 2;
        return big[sizeof big - 1] != 1;
}
