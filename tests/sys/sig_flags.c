/* A timer's signals between compares and the branches on them, whose flags nobody else reads. test: static */
#include "sig_test.h"

static volatile sig_atomic_t ticks;

static void tick(int sig, siginfo_t *info, void *context)
{
        ticks++;
        asm volatile("cmp %0, #5" ::"r"((long)ticks & 7) : "cc");
}

/* 0, or the number of the branch that went wrong. */
static long compare_and_branch(long rounds)
{
        long wrong = 0;

        asm volatile("       fmov d0, #1.0\n"
                     "       fmov d1, #2.0\n"
                     "1:     cmp %1, #0\n"
                     "       b.eq 2f\n"
                     "       fcmpe d0, d1\n"
                     "       mov %0, #1\n"
                     "       b.ge 3f\n"
                     "       cmp %1, %1\n"
                     "       mov %0, #2\n"
                     "       b.ne 3f\n"
                     "       cmp %1, #0\n"
                     "       mov %0, #3\n"
                     "       ccmp xzr, #0, #4, ne\n"
                     "       b.ne 3f\n"
                     "       sub %1, %1, #1\n"
                     "       b 1b\n"
                     "2:     mov %0, #0\n"
                     "3:     cmp xzr, xzr\n"
                     : "+r"(wrong), "+r"(rounds)::"d0", "d1", "cc");
        return wrong;
}

int main(void)
{
        struct itimerval it = { { 0, 40 }, { 0, 40 } };

        on_signal(SIGALRM, tick, SA_RESTART);
        EXPECT(setitimer(ITIMER_REAL, &it, NULL) == 0);
        while (ticks < 3000)
                EXPECT(compare_and_branch(100000) == 0);
        puts("ok");
        return 0;
}
