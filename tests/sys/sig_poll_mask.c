/* ppoll, pselect and epoll_pwait: a handler that interrupts them runs under their mask, and finds the old one in its frame; afterwards that is back. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

static volatile sig_atomic_t calls, wrong;

static int has(int sig)
{
        sigset_t now;
        sigprocmask(SIG_BLOCK, NULL, &now);
        return sigismember(&now, sig);
}

static void handler(int sig, siginfo_t *info, void *context)
{
        ucontext_t *uc = context;
        calls++;
        /* In force: the call's mask (USR2 only) and the signal itself. In the frame: what was before (ALRM and TERM). */
        if (has(SIGTERM) || !has(SIGUSR2) || !has(SIGALRM))
                wrong |= 1;
        if (!sigismember(&uc->uc_sigmask, SIGTERM) || !sigismember(&uc->uc_sigmask, SIGALRM) || sigismember(&uc->uc_sigmask, SIGUSR2))
                wrong |= 2;
}

static int by_ppoll(const sigset_t *m, const struct timespec *t) { struct pollfd none; return ppoll(&none, 0, t, m); }
static int by_pselect(const sigset_t *m, const struct timespec *t) { return pselect(0, NULL, NULL, NULL, t, m); }
static int by_epoll(const sigset_t *m, const struct timespec *t)
{
        struct epoll_event e;
        int fd = epoll_create1(0), r = epoll_pwait(fd, &e, 1, (int)(t->tv_sec * 1000 + t->tv_nsec / 1000000), m), error = errno;
        close(fd);
        errno = error;
        return r;
}

int main(void)
{
        static int (*const ways[])(const sigset_t *, const struct timespec *) = { by_ppoll, by_pselect, by_epoll };
        struct sigaction a = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO };
        struct timespec no_time = { 0, 20000000 }, long_time = { 20, 0 };
        sigset_t before, during;

        sigaction(SIGALRM, &a, NULL);
        sigemptyset(&before);
        sigaddset(&before, SIGALRM);
        sigaddset(&before, SIGTERM);
        sigprocmask(SIG_SETMASK, &before, NULL);
        sigemptyset(&during);
        sigaddset(&during, SIGUSR2);
        for (int i = 0; i < 3; i++) {
                calls = wrong = 0;
                raise(SIGALRM); /* waits until the call lets it in */
                int r = ways[i](&during, &long_time);
                if (r != -1 || errno != EINTR || calls != 1 || wrong)
                        return printf("%d, waiting before: %d %s, %d calls, wrong %d\n", i, r, strerror(errno), (int)calls, (int)wrong), 1;
                pid_t me = getpid(), child = fork();
                if (child == 0) { /* while it waits */
                        nanosleep(&(struct timespec){ 0, 100000000 }, NULL);
                        kill(me, SIGALRM);
                        _exit(0);
                }
                r = ways[i](&during, &long_time);
                if (r != -1 || errno != EINTR || calls != 2 || wrong)
                        return printf("%d, coming later: %d %s, %d calls, wrong %d\n", i, r, strerror(errno), (int)calls, (int)wrong), 1;
                waitpid(child, NULL, 0);
                if (ways[i](&during, &no_time) != 0 || calls != 2)
                        return printf("%d, in vain\n", i), 1;
                if (!has(SIGALRM) || !has(SIGTERM) || has(SIGUSR2))
                        return printf("%d: the mask is not back\n", i), 1;
                if (ppoll(NULL, 0, &no_time, (void *)8) != -1 || errno != EFAULT || !has(SIGTERM))
                        return puts("a bad pointer"), 1;
        }
        return 0;
}
