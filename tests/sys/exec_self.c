/* execve of arm64 programs and scripts, argv[0], errors, execveat, fexecve of a memfd. */
#include "file_test.h"

static char self[4096], script[] = "/tmp/exec_self.XXXXXX";

static int child(char **argv, const char *path, int fd)
{
        static char *env[] = { "MARK=1", NULL };
        int status;
        pid_t pid = fork();

        if (!pid) {
                if (fd >= 0)
                        syscall(SYS_execveat, fd, "", argv, env, AT_EMPTY_PATH);
                else
                        execve(path, argv, env);
                _exit(100 + errno);
        }
        EXPECT(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
        return WEXITSTATUS(status);
}

static int second(int argc, char **argv)
{
        if (!getenv("MARK") || !strcmp(argv[1], "fail"))
                return 1;
        if (!strcmp(argv[1], "plain"))
                return argc == 3 && !strcmp(argv[0], "own name") && !strcmp(argv[2], "") ? 7 : 2;
        /* script: self, "script arg", path, "x" */
        return argc == 4 && !strcmp(argv[1], "script arg") && strstr(argv[2], "exec_self.") != NULL && !strcmp(argv[3], "x") ? 8 : 3;
}

static int memfd_copy(void)
{
        char buf[65536];
        int in = open(self, O_RDONLY), out = syscall(SYS_memfd_create, "prog", 1 /* MFD_CLOEXEC */);
        long n;

        while ((n = read(in, buf, sizeof buf)) > 0)
                EXPECT(write(out, buf, n) == n);
        close(in);
        return out;
}

int main(int argc, char **argv)
{
        char *plain[] = { "own name", "plain", "", NULL }, *with[] = { "ignored", "x", NULL };
        int fd;

        if (argc > 1)
                return second(argc, argv);
        EXPECT(readlink("/proc/self/exe", self, sizeof self - 1) > 0);
        EXPECT(child(plain, self, -1) == 7);
        EXPECT(child(plain, "/proc/self/exe", -1) == 7);
        EXPECT((fd = open(self, O_RDONLY | O_CLOEXEC)) >= 0);
        EXPECT(child(plain, NULL, fd) == 7);
        EXPECT(child(plain, NULL, memfd_copy()) == 7);

        EXPECT((fd = mkstemp(script)) >= 0);
        EXPECT(dprintf(fd, "#! %s script arg \nrest\n", self) > 0 && fchmod(fd, 0755) == 0 && close(fd) == 0);
        EXPECT(child(with, script, -1) == 8);
        EXPECT(truncate(script, 0) == 0);
        EXPECT(child(with, script, -1) == 100 + ENOEXEC);
        EXPECT(chmod(script, 0644) == 0 && child(with, script, -1) == 100 + EACCES);
        unlink(script);
        EXPECT(child(with, "/nowhere", -1) == 100 + ENOENT);
        EXPECT(child(with, "/tmp", -1) == 100 + EACCES);
        EXPECT(syscall(SYS_execve, BAD, with, NULL) == -1 && errno == EFAULT);
        EXPECT(syscall(SYS_execve, self, BAD, NULL) == -1 && errno == EFAULT);
        return 0;
}
