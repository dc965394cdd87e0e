/* Timers interrupt hot loops and system calls; nothing computed is disturbed. test: static timeout=120 */
#include "sig_test.h"

static volatile int ticks;

static void tick(int sig, siginfo_t *info, void *context)
{
        ucontext_t *uc = context;
        double d = ticks;

        ticks++;
        /* destroy what the interrupted code uses, unless it is put back */
        asm volatile("fmov d0, #9.0\nfmov d5, #9.0\nfmov d20, #9.0\nsubs xzr, xzr, xzr" ::: "v0", "v5", "v20", "cc");
        EXPECT((uc->uc_mcontext.pc & 3) == 0 && (uc->uc_mcontext.sp & 15) == 0 && d >= 0);
}

static uint64_t integer_loop(uint64_t n)
{
        uint64_t x = 88172645463325252ull, sum = 0;

        while (n--) {
                x ^= x << 13;
                x ^= x >> 7;
                x ^= x << 17;
                if ((int64_t)x < 0)
                        sum += x;
                else
                        sum -= x ^ n;
        }
        return sum;
}

static double float_loop(int n)
{
        double s = 0, a = 1.000001, b = 0.5;

        for (int i = 0; i < n; i++) {
                s = s * 0.999 + a * b;
                b = b * 1.0000001 + 0.0001 / (i + 1);
        }
        return s;
}

/* Operations that the engine calls a function for: a signal may find it there. */
static double helper_loop(int n)
{
        double sum = 0;

        for (int i = 0; i < n; i++) {
                double in = i + 0.5, out;
                float narrow;

                asm volatile("frecpx %d0, %d2\nfcvtxn %s1, %d2" : "=&w"(out), "=&w"(narrow) : "w"(in));
                sum += out + narrow;
        }
        return sum;
}

static int fib(int n)
{
        return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

static void timer(int usec)
{
        struct itimerval it = { { 0, usec }, { 0, usec } };

        EXPECT(setitimer(ITIMER_REAL, &it, NULL) == 0);
}

int main(void)
{
        uint64_t want_i = integer_loop(3000000);
        double want_f = float_loop(3000000);
        double want_h = helper_loop(200000);
        int want_fib = fib(27);

        on_signal(SIGALRM, tick, SA_RESTART);
        timer(100);
        for (int i = 0; i < 10 || ticks < 50; i++) {
                EXPECT(integer_loop(3000000) == want_i);
                EXPECT(float_loop(3000000) == want_f);
                EXPECT(helper_loop(200000) == want_h);
                EXPECT(fib(27) == want_fib);
        }
        EXPECT(ticks > 0);

        /* read() restarts with SA_RESTART ... */
        int fd[2];
        EXPECT(pipe(fd) == 0);
        timer(2000);
        pid_t pid = fork();
        if (pid == 0) {
                struct timespec ts = { 0, 100000000 };
                nanosleep(&ts, NULL);
                _exit(write(fd[1], "x", 1) != 1);
        }
        char c;
        ticks = 0;
        EXPECT(read(fd[0], &c, 1) == 1 && c == 'x');
        EXPECT(ticks > 2);
        int status;
        EXPECT(waitpid(pid, &status, 0) == pid && status == 0);
        /* ... and ends with EINTR without */
        on_signal(SIGALRM, tick, 0);
        errno = 0;
        EXPECT(read(fd[0], &c, 1) == -1 && errno == EINTR);
        struct timespec ts = { 1, 0 }, left;
        EXPECT(nanosleep(&ts, &left) == -1 && errno == EINTR && left.tv_sec == 0);
        timer(0);
        puts("ok");
        return 0;
}
