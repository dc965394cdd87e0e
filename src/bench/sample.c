#include "bench/sample.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/util.h"

/* What the child says through a pipe that execve closes: what it took to set up the box, then perhaps why it came to nothing. */
struct message {
        bool failed;
        u64 start, setup_cpu;
        struct err e;
};

struct line {
        int fd;
        pid_t parent;
        bool need_binfmt;
};

static u64 now(void)
{
        struct timespec t;
        clock_gettime(CLOCK_MONOTONIC, &t);
        return (u64)t.tv_sec * 1000000000u + (u64)t.tv_nsec;
}

static u64 cpu_of(const struct rusage *r)
{
        return (u64)(r->ru_utime.tv_sec + r->ru_stime.tv_sec) * 1000000000u + (u64)(r->ru_utime.tv_usec + r->ru_stime.tv_usec) * 1000u;
}

static int tell(int fd, const struct message *m, struct err *e)
{
        if (write(fd, m, sizeof *m) == (ssize_t)sizeof *m)
                return 0;
        return err_set(e, 126, "cannot report to the measuring process: %s", strerror(errno));
}

static int ready(void *arg, bool binfmt, struct err *e)
{
        const struct line *l = arg;
        struct rusage self, children;
        if (l->need_binfmt && !binfmt)
                return err_set(e, 126, "it needs binfmt_misc of its own in the namespace, so that it also gets the children (Linux 6.7)");
        /* Not before: each change of who we are takes it back. Whoever else is in the box is ended by its keeper. */
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != l->parent)
                raise(SIGKILL);
        getrusage(RUSAGE_SELF, &self);
        getrusage(RUSAGE_CHILDREN, &children);
        struct message m = { .setup_cpu = cpu_of(&self) + cpu_of(&children), .start = now() };
        return tell(l->fd, &m, e);
}

/* The child: a process group of its own, so that all of it can be ended, and its signals as they were meant to be. */
static _Noreturn void become(const struct sample_request *q, pid_t parent, int line)
{
        struct line l = { .fd = line, .parent = parent, .need_binfmt = q->need_binfmt };
        struct message m = { .failed = true };
        struct box b = *q->box;
        sigset_t none;
        int empty = open("/dev/null", O_RDONLY);
        setpgid(0, 0);
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        b.ready = ready;
        b.ready_arg = &l;
        if (empty < 0 || dup2(empty, 0) < 0 || dup2(q->out, 1) < 0 || dup2(q->err, 2) < 0)
                err_set(&m.e, 126, "cannot redirect the command: %s", strerror(errno));
        else
                box_run(&b, &m.e);
        struct err ignored; /* with nobody to tell, the status alone tells */
        tell(line, &m, &ignored);
        _exit(m.e.code ? m.e.code : 126);
}

/* SAMPLE_DONE when it ended by itself; it is not waited for yet. */
static enum sample_end wait_for_end(const struct sample_request *q, int pidfd)
{
        struct pollfd p[] = { { .fd = pidfd, .events = POLLIN }, { .fd = q->stop, .events = POLLIN } };
        u64 end = now() + (u64)q->timeout_ms * 1000000u;
        for (;;) {
                u64 t = now();
                int n = t >= end ? 0 : poll(p, ARRAY_LEN(p), (int)((end - t) / 1000000u) + 1);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0)
                        return SAMPLE_TIMEOUT;
                if (p[0].revents)
                        return SAMPLE_DONE;
                return SAMPLE_STOPPED;
        }
}

static enum sample_end finish(int line, u64 end, const struct rusage *r, int status, struct sample *s, struct err *e)
{
        struct message m, begun = { 0 };
        bool started = false;
        while (read(line, &m, sizeof m) == (ssize_t)sizeof m) {
                if (m.failed) {
                        *e = m.e;
                        return SAMPLE_REFUSED;
                }
                begun = m;
                started = true;
        }
        if (!started) {
                err_set(e, 126, "the box ended before the command began, with status %x", (unsigned)status);
                return SAMPLE_REFUSED;
        }
        u64 cpu = cpu_of(r);
        s->wall = end - begun.start;
        s->cpu = cpu > begun.setup_cpu ? cpu - begun.setup_cpu : 0;
        s->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        return SAMPLE_DONE;
}

enum sample_end sample_take(const struct sample_request *q, struct sample *s, struct err *e)
{
        int pipe_fds[2];
        if (pipe2(pipe_fds, O_CLOEXEC | O_NONBLOCK) < 0) {
                err_set(e, 126, "cannot make a pipe: %s", strerror(errno));
                return SAMPLE_REFUSED;
        }
        AUTO_CLOSE int from = pipe_fds[0], to = pipe_fds[1];
        pid_t parent = getpid(), pid = fork();
        if (pid == 0)
                become(q, parent, to);
        AUTO_CLOSE int pidfd = pid < 0 ? -1 : (int)syscall(SYS_pidfd_open, pid, 0);
        if (pidfd < 0) {
                err_set(e, 126, "cannot start a process: %s", strerror(errno));
                if (pid > 0) {
                        kill(pid, SIGKILL);
                        waitpid(pid, NULL, 0);
                }
                return SAMPLE_REFUSED;
        }
        setpgid(pid, pid); /* it does so too: whoever is first */
        enum sample_end how = wait_for_end(q, pidfd);
        u64 end = now();
        kill(-pid, SIGKILL); /* also what it left in the background, before its group's number is free again */
        struct rusage r;
        int status;
        while (wait4(pid, &status, 0, &r) < 0)
                if (errno != EINTR) {
                        err_set(e, 126, "cannot wait for the command: %s", strerror(errno));
                        return SAMPLE_REFUSED;
                }
        return how == SAMPLE_DONE ? finish(from, end, &r, status, s, e) : how;
}
