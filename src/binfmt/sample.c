#include "binfmt/sample.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/util.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x10 /* Linux 6.3 */
#endif

enum { PATIENCE_MS = 5000 };

/* A file in memory holding the sample, open at a descriptor that exec keeps: binfmt_misc names the file by it. */
static int sample_file(const struct arch *a, bool appimage)
{
        u8 bytes[ARCH_SAMPLE_MAX];
        size_t size = arch_sample(a, appimage, bytes);
        int fd = memfd_create("crossarm-sample", MFD_EXEC);
        if (fd < 0)
                fd = memfd_create("crossarm-sample", 0);
        if (fd >= 0 && (write(fd, bytes, size) != (ssize_t)size || fchmod(fd, 0755) < 0)) {
                close(fd);
                fd = -1;
        }
        return fd;
}

/* In the child: run argv[0] with these standard files; the errno of a failed exec goes to `told`. */
_Noreturn static void become(char *const *argv, int out, int told)
{
        static char *const no_env[] = { NULL };
        struct rlimit none = { 0, 0 };
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        setrlimit(RLIMIT_CORE, &none);
        dup2(out, 1);
        dup2(out, 2);
        execve(argv[0], argv, no_env);
        int why = errno;
        _exit(write(told, &why, sizeof why) != sizeof why);
}

static pid_t start(char *const *argv, int out, int *why)
{
        int told[2];
        if (pipe2(told, O_CLOEXEC) < 0)
                return *why = errno, -1;
        AUTO_CLOSE int null = open("/dev/null", O_RDWR | O_CLOEXEC);
        pid_t child = fork();
        if (child == 0) {
                dup2(null, 0);
                become(argv, out < 0 ? null : out, told[1]);
        }
        *why = child < 0 ? errno : 0;
        close(told[1]);
        if (child > 0 && read(told[0], why, sizeof *why) != sizeof *why)
                *why = 0;
        close(told[0]);
        if (child > 0 && *why)
                waitpid(child, NULL, 0);
        return *why ? -1 : child;
}

/* The child's status, or -1 when it took too long and was killed. */
static int wait_patiently(pid_t child)
{
        int status;
        AUTO_CLOSE int pidfd = (int)syscall(SYS_pidfd_open, child, 0);
        struct pollfd p = { .fd = pidfd, .events = POLLIN };
        bool late = pidfd >= 0 && poll(&p, 1, PATIENCE_MS) == 0;
        if (late)
                kill(child, SIGKILL);
        while (waitpid(child, &status, 0) < 0)
                if (errno != EINTR)
                        return -1;
        return late ? -1 : status;
}

struct sample sample_run(const struct arch *a, bool appimage)
{
        AUTO_CLOSE int fd = sample_file(a, appimage);
        if (fd < 0)
                return (struct sample){ .outcome = SAMPLE_REFUSED, .error = errno };
        struct fd_path path = fd_path(fd);
        char *argv[] = { path.text, NULL };
        int why;
        pid_t child = start(argv, -1, &why);
        if (child < 0) {
                enum sample_outcome o = why == ENOEXEC ? SAMPLE_NO_HANDLER : why == ENOENT ? SAMPLE_NO_INTERPRETER : SAMPLE_REFUSED;
                return (struct sample){ .outcome = o, .error = why };
        }
        int status = wait_patiently(child);
        if (status == -1)
                return (struct sample){ .outcome = SAMPLE_HUNG };
        bool right = WIFEXITED(status) && WEXITSTATUS(status) == ARCH_SAMPLE_STATUS;
        return (struct sample){ .outcome = right ? SAMPLE_WORKS : SAMPLE_WENT_WRONG, .status = status };
}

void sample_version(const char *program, char *out, size_t cap)
{
        /* Debian starts QEMU by names that change the meaning of its arguments: ask the file itself. */
        AUTO_FREE char *real = realpath(program, NULL);
        char *argv[] = { real, "--version", NULL };
        AUTO_CLOSE int text = memfd_create("crossarm-version", MFD_CLOEXEC);
        int why;
        out[0] = 0;
        pid_t child = real && text >= 0 ? start(argv, text, &why) : -1;
        if (child < 0 || wait_patiently(child) != 0)
                return;
        ssize_t n = pread(text, out, cap - 1, 0);
        out[n < 0 ? 0 : n] = 0;
        out[strcspn(out, "\n")] = 0;
}
