/* Calls of address 0 fault at 0 again and again, whatever else was called before. test: static */
#include "sig_test.h"

static sigjmp_buf back;
static volatile uint64_t fault_pc;

static void segv(int sig, siginfo_t *info, void *context)
{
        fault_pc = ((ucontext_t *)context)->uc_mcontext.pc;
        siglongjmp(back, 1);
}

static void call(void (*volatile fn)(void))
{
        if (sigsetjmp(back, 1) == 0) {
                fn();
                fault_pc = 1;
        }
}

static void nothing(void)
{
}

int main(void)
{
        on_signal(SIGSEGV, segv, 0);
        for (int n = 0; n < 100; n++) {
                call(NULL);
                EXPECT(fault_pc == 0);
                call((void (*)(void))4);
                EXPECT(fault_pc == 4);
                call(nothing);
                EXPECT(fault_pc == 1);
        }
        puts("ok");
        return 0;
}
