/* Deep recursion, stack overflow onto an alternate stack, swapped stacks, longjmp across many frames. test: static */
#include "sig_test.h"
#include <ucontext.h>

static long depth(long n)
{
        volatile char keep[32];

        keep[0] = (char)n;
        return n ? 1 + depth(n - 1) + (keep[0] != (char)n) : 0;
}

static sigjmp_buf env;
static char alt[65536];

static void overflow(int sig, siginfo_t *info, void *context)
{
        siglongjmp(env, 1);
}

static long endless(long n)
{
        volatile char keep[256];

        keep[0] = (char)n;
        return endless(n + 1) + keep[0];
}

static jmp_buf far_up;

static void dive(int n)
{
        volatile char keep = (char)n;

        if (n == 0)
                longjmp(far_up, 1);
        dive(n - 1);
        EXPECT(keep == (char)n);
}

static ucontext_t main_context, coroutine;
static char stack[65536];
static int turns;

static void body(void)
{
        for (;;) {
                turns++;
                swapcontext(&coroutine, &main_context);
        }
}

int main(void)
{
        for (int i = 0; i < 10; i++)
                EXPECT(depth(50000 + i) == 50000 + i); /* more calls than a processor or a translator predicts */
        for (int i = 0; i < 1000; i++)
                if (setjmp(far_up) == 0)
                        dive(i % 100);

        stack_t st = { .ss_sp = alt, .ss_size = sizeof alt };
        EXPECT(sigaltstack(&st, NULL) == 0);
        on_signal(SIGSEGV, overflow, SA_ONSTACK);
        for (volatile int i = 0; i < 5; i++)
                if (sigsetjmp(env, 1) == 0)
                        endless(1);

        EXPECT(getcontext(&coroutine) == 0);
        coroutine.uc_stack.ss_sp = stack;
        coroutine.uc_stack.ss_size = sizeof stack;
        makecontext(&coroutine, body, 0);
        for (int i = 0; i < 10000; i++)
                swapcontext(&main_context, &coroutine);
        EXPECT(turns == 10000);
        puts("ok");
        return 0;
}
