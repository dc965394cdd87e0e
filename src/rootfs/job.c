#include "rootfs/job.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "box/binfmt.h"
#include "box/userns.h"
#include "base/util.h"
#include "image/tree.h"

#define WORK_PREFIX ".crossarm-work-"

struct message {
        enum { MESSAGE_NEWS, MESSAGE_END } kind;
        struct job_news news;
        int failed;
        struct err error;
        struct notes notes;
};

/* ---- news ---- */

static void send_news(struct job *j, const struct job_news *n)
{
        struct message m = { .kind = MESSAGE_NEWS, .news = *n };
        send(j->line, &m, sizeof m, MSG_NOSIGNAL);
}

void job_tell(struct job *j, const char *phase, u64 done, u64 total, const char *text)
{
        static struct timespec last; /* of this process, which does one thing */
        static char last_phase[80];
        struct timespec now;
        struct job_news n = { .done = done, .total = total };
        clock_gettime(CLOCK_MONOTONIC, &now);
        i64 ms = (now.tv_sec - last.tv_sec) * 1000 + (now.tv_nsec - last.tv_nsec) / 1000000;
        if (ms < 100 && !strcmp(last_phase, phase))
                return;
        last = now;
        snprintf(last_phase, sizeof last_phase, "%s", phase);
        snprintf(n.phase, sizeof n.phase, "%s", phase);
        snprintf(n.text, sizeof n.text, "%s", text);
        send_news(j, &n);
}

void job_line(struct job *j, const char *line)
{
        struct job_news n = { 0 };
        snprintf(n.text, sizeof n.text, "%s", line);
        send_news(j, &n);
}

/* ---- programs and children ---- */

int job_start(char *const *argv, int in, int out, bool follow, struct job_program *p, struct err *e)
{
        int lines[2] = { -1, -1 };
        *p = (struct job_program){ .name = argv[0], .errors = -1, .followed = follow };
        if (follow ? pipe2(lines, O_CLOEXEC) < 0 : (lines[1] = memfd_create("errors", MFD_CLOEXEC)) < 0)
                return err_set(e, 1, "cannot start %s: %s", p->name, strerror(errno));
        p->pid = fork();
        if (p->pid == 0) {
                int null = open("/dev/null", O_RDWR);
                int from[3] = { in < 0 ? null : in, out < 0 ? null : out, lines[1] };
                for (int fd = 0; fd < 3; fd++) /* none of them may be one of the numbers it goes to */
                        from[fd] = fcntl(from[fd], F_DUPFD_CLOEXEC, 3);
                for (int fd = 0; fd < 3; fd++)
                        dup2(from[fd], fd);
                for (int sig = 1; sig < 32; sig++) /* what the overseer ignores is not for programs to inherit */
                        signal(sig, SIG_DFL);
                execvp(argv[0], argv);
                _exit(errno == ENOENT ? 127 : 126);
        }
        int why = errno;
        p->errors = follow ? lines[0] : lines[1];
        if (follow)
                close(lines[1]);
        if (p->pid > 0)
                return 0;
        close(p->errors);
        return err_set(e, 1, "cannot start a process: %s", strerror(why));
}

/* The first line of what a program printed, without its name in front; "" when it said nothing. */
static void first_line(const struct job_program *p, char text[200])
{
        size_t name = strlen(p->name);
        ssize_t n = pread(p->errors, text, 199, 0);
        text[n > 0 ? n : 0] = 0;
        text[strcspn(text, "\r\n")] = 0;
        if (!strncmp(text, p->name, name) && !strncmp(text + name, ": ", 2))
                memmove(text, text + name + 2, strlen(text + name + 2) + 1);
}

int job_wait(struct job_program *p, struct err *e)
{
        int status;
        char said[200] = "";
        while (waitpid(p->pid, &status, 0) < 0)
                if (errno != EINTR)
                        return err_set(e, 1, "cannot wait for %s: %s", p->name, strerror(errno));
        if (!p->followed) {
                first_line(p, said);
                close(p->errors);
        }
        if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
                return err_set(
                        e, 1, "cannot find the program %s; install it and try again (doc/dependencies.md tells the package)", p->name);
        if (WIFSIGNALED(status))
                return err_set(e, 1, "%s was ended by signal %d", p->name, WTERMSIG(status));
        if (!WEXITSTATUS(status))
                return 0;
        return said[0] ? err_set(e, 1, "%s failed: %s", p->name, said)
                       : err_set(e, 1, "%s failed with status %d", p->name, WEXITSTATUS(status));
}

struct confined {
        int failed;
        struct err error;
        struct notes notes;
        u64 left;
};

int job_confined(
        struct job *j, const char *root, int (*step)(struct job *j, void *arg, struct err *e), void *arg, const char *what, struct err *e)
{
        struct confined *c = mmap(NULL, sizeof *c, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (c == MAP_FAILED)
                return err_set(e, 1, "out of memory");
        pid_t pid = fork();
        if (pid == 0) {
                if (chroot(root) < 0 || chdir("/") < 0)
                        c->failed = err_set(&c->error, 1, "cannot enter %s: %s", root, strerror(errno));
                else
                        c->failed = step(j, arg, &c->error);
                c->notes = j->notes;
                c->left = j->left;
                _exit(0);
        }
        int status = -1;
        while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
                ;
        struct confined done = *c;
        munmap(c, sizeof *c);
        if (status != 0)
                return err_set(e, 1, "cannot read %s: it is damaged in a way that its reader does not survive (signal %d)", what,
                        WTERMSIG(status));
        j->notes = done.notes;
        j->left = done.left;
        if (done.failed)
                *e = done.error;
        return done.failed;
}

/* ---- the working folder ---- */

static char *parent_of(const char *target)
{
        const char *slash = strrchr(target, '/');
        return slash ? format("%.*s", slash == target ? 1 : (int)(slash - target), target) : format(".");
}

/* What was left by jobs that were killed together with their overseer: nobody holds its lock. */
static void sweep(int parent)
{
        AUTO_CLOSE int again = openat(parent, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *dir = again < 0 ? NULL : fdopendir(dup(again));
        for (struct dirent *d; dir && (d = readdir(dir));) {
                if (strncmp(d->d_name, WORK_PREFIX, strlen(WORK_PREFIX)))
                        continue;
                AUTO_CLOSE int fd = openat(parent, d->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
                if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
                        tree_remove(parent, d->d_name);
        }
        if (dir)
                closedir(dir);
}

/* ---- the overseer ---- */

struct overseer {
        const struct job_options *o;
        int (*work)(struct job *j, struct err *e);
        int line, parent, lock;
        char name[64];       /* of the working folder, in parent */
        struct message *end; /* shared with the worker */
};

_Noreturn static void worker(struct overseer *s, const char *work_path)
{
        struct job j = { .work = work_path,
                .target = s->o->target,
                .line = s->line,
                .left = s->o->max_size,
                .plan = s->o->plan,
                .engine = s->o->engine };
        struct handler_list none = { 0 };
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        /* What is mounted for the work, in the tree too, must not be there any more when the overseer removes that. */
        if (unshare(CLONE_NEWNS) < 0) {
                s->end->failed = err_set(&s->end->error, 1, "cannot make a mount namespace: %s", strerror(errno));
                _exit(0);
        }
        /* This process namespace's own, where the machine allows that: programs look for themselves in it. */
        mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
        if (j.engine) {
                AUTO_CLOSE int engine = open(j.engine, O_PATH | O_CLOEXEC);
                binfmt_install(&none, j.engine, engine);
        }
        s->end->failed = s->work(&j, &s->end->error);
        s->end->notes = j.notes;
        _exit(0);
}

/* The worker's end, or the caller's. True when the worker came to its end by itself. */
static bool wait_for_either(const struct overseer *s, pid_t pid)
{
        AUTO_CLOSE int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
        struct pollfd p[2] = { { .fd = pidfd, .events = POLLIN }, { .fd = s->line, .events = POLLIN } };
        while (poll(p, 2, -1) < 0 && errno == EINTR)
                ;
        bool by_itself = p[0].revents;
        if (!by_itself)
                kill(pid, SIGKILL);
        int status;
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
                ;
        if (by_itself && status)
                s->end->failed = err_set(&s->end->error, 1, "the work was ended by signal %d", WTERMSIG(status));
        return by_itself;
}

/* The result gets the target's name; nothing that has it is overwritten. */
static int publish(const struct overseer *s, struct err *e)
{
        AUTO_FREE char *from = format("%s/" JOB_RESULT, s->name);
        const char *slash = strrchr(s->o->target, '/'), *to = slash ? slash + 1 : s->o->target;
        if (syscall(SYS_renameat2, s->parent, from, s->parent, to, 1 /* RENAME_NOREPLACE */) == 0)
                return 0;
        return err_set(e, 1, "cannot give the result the name %s: %s", s->o->target, strerror(errno));
}

/* Of our making, and locked; once more when another job's sweep was between the making and the locking. */
static int make_work_folder(struct overseer *s)
{
        for (int tries = 0; tries < 100; tries++) {
                struct stat st;
                u32 number = (u32)getpid();
                getrandom(&number, sizeof number, GRND_NONBLOCK);
                snprintf(s->name, sizeof s->name, WORK_PREFIX "%08x", number);
                if (mkdirat(s->parent, s->name, 0755) < 0) {
                        if (errno != EEXIST)
                                return -1;
                        continue; /* not ours, whoever made it */
                }
                s->lock = openat(s->parent, s->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
                if (s->lock >= 0 && flock(s->lock, LOCK_EX) == 0 && fstat(s->lock, &st) == 0 && st.st_nlink)
                        return 0;
                close_fd_var(&s->lock);
                s->lock = -1;
        }
        return errno = EAGAIN, -1;
}

static int oversee_in(struct overseer *s, struct err *e)
{
        AUTO_FREE char *parent = parent_of(s->o->target);
        AUTO_FREE char *parent_path = realpath(parent, NULL);
        s->parent = parent_path ? open(parent_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
        if (s->parent < 0)
                return err_set(e, 1, "cannot open the folder %s: %s", parent, strerror(errno));
        sweep(s->parent);
        if (make_work_folder(s) < 0)
                return err_set(e, 1, "cannot make a folder in %s: %s", parent, strerror(errno));
        AUTO_FREE char *work_path = format("%s/%s", parent_path, s->name);
        if (unshare(CLONE_NEWPID) < 0)
                return err_set(e, 1, "cannot make a process namespace: %s", strerror(errno));
        pid_t pid = fork();
        if (pid < 0)
                return err_set(e, 1, "cannot start a process: %s", strerror(errno));
        if (pid == 0)
                worker(s, work_path);
        if (!wait_for_either(s, pid))
                return -1;
        if (s->end->failed)
                return *e = s->end->error, -1;
        return publish(s, e);
}

_Noreturn static void oversee(struct overseer *s)
{
        /* Not in the terminal's reach: what a key ends is the caller, and the folder still has to go. */
        setsid();
        for (int sig = 1; sig < 32; sig++)
                if (sig != SIGCHLD)
                        signal(sig, SIG_IGN);
        umask(022);
        s->parent = s->lock = -1;
        struct message end = { .kind = MESSAGE_END };
        end.failed = userns_enter(USERNS_AS_ROOT, &end.error) < 0 ? -1 : oversee_in(s, &end.error);
        end.notes = s->end->notes;
        if (s->lock >= 0 && tree_remove(s->parent, s->name) < 0 && !end.failed)
                end.failed = err_set(&end.error, 1, "cannot remove the working folder %s: %s", s->name, strerror(errno));
        send(s->line, &end, sizeof end, MSG_NOSIGNAL);
        _exit(0);
}

int job_run(const struct job_options *o, int (*work)(struct job *j, struct err *e), struct notes *notes, struct err *e)
{
        int lines[2];
        struct stat st;
        if (lstat(o->target, &st) == 0)
                return err_set(e, 1, "%s is already there; remove it first (a tree with other users' files: `crossarm rootfs remove %s`)",
                        o->target, o->target);
        struct message *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (shared == MAP_FAILED || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, lines) < 0)
                return err_set(e, 1, "cannot start the work: %s", strerror(errno));
        struct overseer s = { .o = o, .work = work, .line = lines[1], .end = shared };
        pid_t pid = fork();
        if (pid == 0) {
                close(lines[0]);
                oversee(&s);
        }
        close(lines[1]);
        AUTO_CLOSE int line = lines[0];
        struct message m = { 0 };
        while (pid > 0 && recv(line, &m, sizeof m, 0) == sizeof m && m.kind == MESSAGE_NEWS)
                o->tell(o->to, &m.news);
        while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
                ;
        munmap(shared, sizeof *shared);
        if (m.kind != MESSAGE_END)
                return err_set(e, 1, "the work ended without a word");
        *notes = m.notes;
        if (m.failed)
                *e = m.error;
        return m.failed;
}
