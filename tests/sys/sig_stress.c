/*
 * Signals in quick succession, sent by a thread: no system call but one that waits ends with EINTR, each register survives it, and a
 * handler is never entered again while its own signal or one of its mask is blocked. test: static timeout=120
 */
#include "sig_test.h"
#include <sys/syscall.h>

enum { ROUNDS = 200000 };

static pthread_t target;
static volatile int stop;
static volatile long ticks;
static __thread int depth;

static void tick(int sig, siginfo_t *info, void *context)
{
        EXPECT(depth++ == 0);
        ticks++;
        asm volatile("movi v0.16b, #77\nmovi v9.16b, #1\nmovi v22.16b, #3\nsubs xzr, xzr, xzr" ::: "v0", "v9", "v22", "cc");
        depth--;
}

static void *sender(void *arg)
{
        for (unsigned i = 0; !stop; i++)
                pthread_kill(target, i & 1 ? SIGUSR1 : SIGUSR2);
        return NULL;
}

static void handle_both(int flags)
{
        struct sigaction act = { .sa_sigaction = tick, .sa_flags = SA_SIGINFO | flags };

        sigaddset(&act.sa_mask, SIGUSR1);
        sigaddset(&act.sa_mask, SIGUSR2);
        EXPECT(sigaction(SIGUSR1, &act, NULL) == 0);
        EXPECT(sigaction(SIGUSR2, &act, NULL) == 0);
}

/* Every register but x0 and x8 holds its number times a pattern over the call. */
static long call_with_registers(long nr, long arg)
{
        register long x0 asm("x0") = arg;
        register long x8 asm("x8") = nr;
        long wrong = 0;

        asm volatile("stp x29, x19, [sp, #-16]!\n"
                     ".irp n, 1,2,3,4,5,6,7,9,10,11,12,13,14,15,16,17,19,20,21,22,23,24,25,26,27,28,29,30\n"
                     "mov x\\n, #(0x1000 + \\n)\n"
                     ".endr\n"
                     "svc #0\n"
                     ".irp n, 1,2,3,4,5,6,7,9,10,11,12,13,14,15,16,17,19,20,21,22,23,24,25,26,27,28,29,30\n"
                     "sub x\\n, x\\n, #0x1000\n"
                     "cmp x\\n, #\\n\n"
                     "b.ne 1f\n"
                     ".endr\n"
                     "mov x1, xzr\n"
                     "b 2f\n"
                     "1: mov x1, #1\n"
                     "2: ldp x29, x19, [sp], #16\n"
                     "mov %1, x1\n"
                     : "+r"(x0), "=r"(wrong)
                     : "r"(x8)
                     : "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17", "x20", "x21",
                       "x22", "x23", "x24", "x25", "x26", "x27", "x28", "x30", "memory", "cc");
        EXPECT(!wrong);
        return x0;
}

static void calls(void)
{
        long pid = syscall(SYS_getpid), tid = syscall(SYS_gettid);
        int fd = dup(1);
        sigset_t none, now;

        sigemptyset(&none);
        for (int i = 0; i < ROUNDS; i++) {
                EXPECT(call_with_registers(SYS_getpid, i) == pid);
                EXPECT(call_with_registers(SYS_gettid, i) == tid);
                EXPECT(call_with_registers(SYS_fchdir, -1) == -EBADF);
                EXPECT(kill(pid, 0) == 0);
                EXPECT(lseek(-1, 0, SEEK_SET) == -1 && errno == EBADF);
                if (i % 16 == 0) {
                        EXPECT(dup2(1, fd) == fd);
                        EXPECT(sigprocmask(SIG_SETMASK, &none, &now) == 0);
                        EXPECT(!sigismember(&now, SIGUSR1) && !sigismember(&now, SIGUSR2));
                }
        }
        close(fd);
}

/* Forked children inherit no signal of their parent. */
static void forks(void)
{
        long before;

        for (int i = 0; i < 200; i++) {
                int status;
                pid_t pid;

                before = ticks;
                pid = fork();
                if (pid == 0) {
                        long now = ticks;

                        sched_yield();
                        _exit(now != ticks || now < before);
                }
                EXPECT(pid > 0);
                while (waitpid(pid, &status, 0) < 0)
                        EXPECT(errno == EINTR);
                EXPECT(status == 0);
        }
}

/* Operations that the engine calls a function for. */
static void helpers(void)
{
        for (int i = 0; i < ROUNDS; i++) {
                double in = i + 0.5, out;
                float narrow;

                asm volatile("fmov d0, %d2\nfrecpx %d0, %d2\nfcvtxn %s1, %d2" : "=&w"(out), "=&w"(narrow) : "w"(in) : "v0");
                EXPECT(narrow > i);
        }
}

int main(void)
{
        pthread_t thread;

        target = pthread_self();
        handle_both(0);
        EXPECT(pthread_create(&thread, NULL, sender, NULL) == 0);
        calls();
        helpers();
        forks();
        handle_both(SA_RESTART);
        calls();
        stop = 1;
        pthread_join(thread, NULL);
        EXPECT(ticks > 100);
        puts("ok");
        return 0;
}
