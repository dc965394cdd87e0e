/* test: static root
 * execve after a chroot into a place without /proc: the engine is still found. */
#include "file_test.h"
#include <sched.h>

static void copy(const char *from, const char *to)
{
        char buf[65536];
        int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_EXCL, 0755);
        long n;

        EXPECT(in >= 0 && out >= 0);
        while ((n = read(in, buf, sizeof buf)) > 0)
                EXPECT(write(out, buf, n) == n);
        close(in);
        close(out);
}

int main(int argc, char **argv)
{
        char dir[] = "/tmp/exec_chroot.XXXXXX", prog[64], *again[] = { "prog", "2", NULL }, *last[] = { "prog", "3", "4", NULL };
        int status;
        pid_t pid;

        if (argc == 3)
                return 9;
        if (argc == 2) { /* inside: once more */
                EXPECT(close_range(3, 100000, 0) == 0);
                execv("/prog", last);
                return 3;
        }
        EXPECT(mkdtemp(dir));
        snprintf(prog, sizeof prog, "%s/prog", dir);
        copy(argv[0], prog);
        pid = fork();
        if (!pid) {
                EXPECT(chroot(dir) == 0 && chdir("/") == 0);
                execv("/prog", again);
                _exit(100 + errno);
        }
        EXPECT(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
        unlink(prog);
        rmdir(dir);
        EXPECT(WEXITSTATUS(status) == 9);
        return 0;
}
