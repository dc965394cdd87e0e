/* The top byte of an address is ignored; what is wrong below it faults at the right address. test: static */
#include "sig_test.h"

static sigjmp_buf env;
static void *volatile seen;

static void fault(int sig, siginfo_t *info, void *context)
{
        seen = info->si_addr;
        siglongjmp(env, 1);
}

int main(void)
{
        volatile long v[4] = { 1, 2, 3, 4 };

        for (unsigned long tag = 1; tag < 256; tag++) {
                volatile long *p = (volatile long *)((unsigned long)v | tag << 56);

                EXPECT(p[0] == (long)tag && p[3] == 4);
                p[0]++;
                EXPECT(v[0] == (long)tag + 1);
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
