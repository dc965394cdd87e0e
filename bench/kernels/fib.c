/* Calls and returns: the naive Fibonacci recursion, kept from being unrolled. */
#include "bench.h"

__attribute__((noinline, noclone, optimize("no-optimize-sibling-calls"))) static long fib(long n)
{
        if (n < 2)
                return n;
        long a = fib(n - 1);
        __asm__ volatile("" : "+r"(a));
        return a + fib(n - 2);
}

int main(int argc, char **argv)
{
        long sum = 0;
        const long rounds = bench_scale(argc, argv);
        for (long i = 0; i < rounds; i++)
                sum += fib(41);
        printf("%ld\n", sum);
        return 0;
}
