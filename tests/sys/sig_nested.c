/* Nesting, masks, alternate stacks, SA_* flags, all 64 signals. test: static */
#include "sig_test.h"

static volatile int depth, deepest, count;

static void nested(int sig, siginfo_t *info, void *context)
{
        depth++;
        if (depth > deepest)
                deepest = depth;
        if (depth < 5)
                raise(sig);
        depth--;
}

static void blocked(int sig, siginfo_t *info, void *context)
{
        EXPECT(depth == 0);
        depth++;
        if (count++ < 5)
                raise(sig);
        depth--;
}

static char alt[65536];
static volatile int on_alt;

static void check_alt(int sig, siginfo_t *info, void *context)
{
        char here;
        stack_t st;

        on_alt = &here > alt && &here < alt + sizeof alt;
        EXPECT(sigaltstack(NULL, &st) == 0);
        EXPECT(!!(st.ss_flags & SS_ONSTACK) == on_alt);
}

static volatile int last, value;

static void record(int sig, siginfo_t *info, void *context)
{
        last = sig;
        value = info->si_value.sival_int;
}

int main(void)
{
        on_signal(SIGUSR1, nested, SA_NODEFER);
        raise(SIGUSR1);
        EXPECT(deepest == 5);
        on_signal(SIGUSR1, blocked, 0);
        raise(SIGUSR1);
        EXPECT(count == 6);

        stack_t st = { .ss_sp = alt, .ss_size = sizeof alt };
        EXPECT(sigaltstack(&st, NULL) == 0);
        on_signal(SIGUSR2, check_alt, SA_ONSTACK);
        raise(SIGUSR2);
        EXPECT(on_alt == 1);
        on_signal(SIGUSR2, check_alt, 0);
        raise(SIGUSR2);
        EXPECT(on_alt == 0);

        on_signal(SIGUSR2, record, SA_RESETHAND);
        raise(SIGUSR2);
        EXPECT(last == SIGUSR2);
        struct sigaction act;
        EXPECT(sigaction(SIGUSR2, NULL, &act) == 0 && act.sa_handler == SIG_DFL && act.sa_flags & SA_SIGINFO);

        for (int sig = 1; sig <= 64; sig++) {
                if (sig == SIGKILL || sig == SIGSTOP || sig == 32 || sig == 33)
                        continue;
                union sigval v = { .sival_int = sig * 3 };
                on_signal(sig, record, 0);
                EXPECT(sigqueue(getpid(), sig, v) == 0);
                EXPECT(last == sig && value == sig * 3);
                /* blocked: pending until unblocked */
                sigset_t set, pending;
                sigemptyset(&set);
                sigaddset(&set, sig);
                last = 0;
                sigprocmask(SIG_BLOCK, &set, NULL);
                v.sival_int++;
                EXPECT(sigqueue(getpid(), sig, v) == 0);
                EXPECT(last == 0);
                sigpending(&pending);
                EXPECT(sigismember(&pending, sig));
                sigprocmask(SIG_UNBLOCK, &set, NULL);
                EXPECT(last == sig && value == sig * 3 + 1);
                /* waited for */
                sigprocmask(SIG_BLOCK, &set, NULL);
                last = 0;
                EXPECT(sigqueue(getpid(), sig, v) == 0);
                siginfo_t info;
                EXPECT(sigwaitinfo(&set, &info) == sig && info.si_value.sival_int == sig * 3 + 1 && last == 0);
                sigprocmask(SIG_UNBLOCK, &set, NULL);
                EXPECT(last == 0);
                signal(sig, SIG_DFL);
        }

        /* sigsuspend: the handler runs under its mask, then the old one is back */
        sigset_t block, none, now;
        on_signal(SIGUSR1, record, 0);
        sigemptyset(&none);
        sigemptyset(&block);
        sigaddset(&block, SIGUSR1);
        sigprocmask(SIG_BLOCK, &block, NULL);
        last = 0;
        raise(SIGUSR1);
        EXPECT(last == 0);
        EXPECT(sigsuspend(&none) == -1 && errno == EINTR && last == SIGUSR1);
        sigprocmask(SIG_SETMASK, NULL, &now);
        EXPECT(sigismember(&now, SIGUSR1));

        /* children die by the signal that kills them */
        int deadly[] = { SIGTERM, SIGSEGV, SIGABRT, SIGTRAP, SIGFPE, SIGKILL, SIGILL, SIGBUS, 40 };
        for (unsigned i = 0; i < sizeof deadly / sizeof *deadly; i++) {
                pid_t pid = fork();
                if (pid == 0) {
                        signal(deadly[i], SIG_DFL);
                        raise(deadly[i]);
                        _exit(9);
                }
                int status;
                EXPECT(waitpid(pid, &status, 0) == pid);
                EXPECT(WIFSIGNALED(status) && WTERMSIG(status) == deadly[i]);
        }
        pid_t pid = fork();
        if (pid == 0) {
                *(volatile int *)16 = 1;
                _exit(9);
        }
        int status;
        EXPECT(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
        puts("ok");
        return 0;
}
