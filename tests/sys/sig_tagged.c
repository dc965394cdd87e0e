/* The top byte of an address is ignored; what is wrong below it faults at the right address. test: static */
#include "sig_test.h"

static sigjmp_buf env;
static void *volatile seen;

static void fault(int sig, siginfo_t *info, void *context)
{
        seen = info->si_addr;
        siglongjmp(env, 1);
}

/* Exclusives look at the address before they access memory: each pair must come to its end. */
static void exclusives(unsigned long tag)
{
        static long pair[2] __attribute__((aligned(16)));
        long *p = (long *)((unsigned long)pair | tag << 56), a, b, status = 1, sum = pair[0] + pair[1];

        for (int tries = 0; status && tries < 100; tries++)
                asm volatile("ldxr %0, [%2]\n add %0, %0, #1\n stxr %w1, %0, [%2]" : "=&r"(a), "=&r"(status) : "r"(p) : "memory");
        EXPECT(!status);
        status = 1;
        for (int tries = 0; status && tries < 100; tries++)
                asm volatile("ldaxp %0, %1, [%3]\n add %1, %1, #1\n stlxp %w2, %0, %1, [%3]" : "=&r"(a), "=&r"(b), "=&r"(status) : "r"(p) : "memory");
        EXPECT(!status);
        status = 1;
        for (int tries = 0; status && tries < 100; tries++)
                asm volatile("ldxp %w0, %w1, [%3]\n add %w0, %w0, #1\n stxp %w2, %w0, %w1, [%3]" : "=&r"(a), "=&r"(b), "=&r"(status) : "r"(p) : "memory");
        EXPECT(!status);
        EXPECT(pair[0] + pair[1] == sum + 3);
        asm volatile("ldxr %0, [%2]\n stxr %w1, %0, [%3]" : "=&r"(a), "=&r"(status) : "r"(p), "r"(pair) : "memory"); /* one tagged */
        EXPECT(!status);
}

static long plus_one(long x)
{
        return x + 1;
}

int main(void)
{
        long (*volatile called)(long) = plus_one;
        volatile long v[4] = { 1, 2, 3, 4 };

        for (unsigned long tag = 1; tag < 256; tag++) {
                volatile long *p = (volatile long *)((unsigned long)v | tag << 56);

                EXPECT(p[0] == (long)tag && p[3] == 4);
                p[0]++;
                EXPECT(v[0] == (long)tag + 1);
                exclusives(tag);
                called = (long (*)(long))((unsigned long)plus_one | tag << 56);
                EXPECT(called((long)tag) == (long)tag + 1);
        }
        on_signal(SIGSEGV, fault, 0);
        if (sigsetjmp(env, 1) == 0) {
                *(volatile int *)0x00f0000000001000ul = 1;
                EXPECT(0);
        }
        EXPECT(seen == (void *)0x00f0000000001000ul);
        puts("ok");
        return 0;
}
