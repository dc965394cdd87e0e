/* fork, vfork, posix_spawn, exec; from threads too. test: static timeout=120 */
#include "sig_test.h"
#include <spawn.h>

extern char **environ;
static char *self;

static int wait_for(pid_t pid)
{
        int status;

        EXPECT(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
        return WEXITSTATUS(status);
}

static void *fork_many(void *arg)
{
        for (int i = 0; i < 20; i++) {
                pid_t pid = fork();
                EXPECT(pid >= 0);
                if (pid == 0)
                        _exit(i);
                EXPECT(wait_for(pid) == i);
        }
        return NULL;
}

static void usr1(int sig, siginfo_t *info, void *context)
{
}

int main(int argc, char **argv)
{
        self = argv[0];
        if (argc > 1)
                return atoi(argv[1]);
        for (int i = 0; i < 50; i++) {
                pid_t pid = fork();
                if (pid == 0) {
                        pid_t inner = fork();
                        if (inner == 0)
                                _exit(i);
                        _exit(wait_for(inner));
                }
                EXPECT(wait_for(pid) == i);
        }
        pthread_t t[4];
        for (int i = 0; i < 4; i++)
                EXPECT(pthread_create(&t[i], NULL, fork_many, NULL) == 0);
        for (int i = 0; i < 4; i++)
                EXPECT(pthread_join(t[i], NULL) == 0);

        volatile int in_child = 0;
        pid_t pid = vfork();
        if (pid == 0) {
                in_child = 1;
                _exit(7);
        }
        EXPECT(wait_for(pid) == 7);

        /* a spawned child's signal defaults do not touch ours */
        on_signal(SIGUSR1, usr1, 0);
        for (int i = 0; i < 20; i++) {
                char number[8];
                char *args[] = { self, number, NULL };
                posix_spawnattr_t attr;
                sigset_t all;

                snprintf(number, sizeof number, "%d", i);
                posix_spawnattr_init(&attr);
                sigfillset(&all);
                posix_spawnattr_setsigdefault(&attr, &all);
                posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF);
                EXPECT(posix_spawn(&pid, self, NULL, &attr, args, environ) == 0);
                EXPECT(wait_for(pid) == i);
                struct sigaction act;
                EXPECT(sigaction(SIGUSR1, NULL, &act) == 0 && act.sa_sigaction == usr1);
                raise(SIGUSR1);
        }
        puts("ok");
        return 0;
}
