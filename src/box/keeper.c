#include "box/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <dirent.h>
#include <unistd.h>

#include "base/util.h"

enum { MADE_MAX = 256, PASSES = 2000 };

/*
 * Something made in the tree, by its folder and name, held open under a shared lock: several boxes can use one, the last of them removes
 * it. The folder's times before and after are there to be given back if nobody else changed it; they are written on the thing itself, where
 * the file system takes attributes, because it need not be its maker who removes it.
 */
struct made {
        int folder, self;
        char *name;
        bool is_folder;
        struct times {
                struct timespec before, after;
        } times;
};

#define TIMES_ATTRIBUTE "user.crossarm.times"

/* What a keeper made is known by its time of modification, to the nanosecond. */
static const struct timespec mark = { .tv_sec = 63113904, .tv_nsec = 271828182 };

struct keeping {
        int root, line, pidfd, lock; /* lock: of the tree, -1: not held */
        struct held_files held;
        const char *ns_file; /* "user" or "mnt" */
        ino_t ns;
        struct made made[MADE_MAX];
        size_t count;
};

struct request {
        bool folder;
        char path[4096];
};

/* ---- making ---- */

static bool same_time(struct timespec a, struct timespec b)
{
        return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

bool keeper_made(const struct stat *st)
{
        return same_time(st->st_mtim, mark) && (S_ISDIR(st->st_mode) || st->st_size == 0);
}

static bool is_marked(int folder, const char *name)
{
        struct stat st;
        return fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && keeper_made(&st);
}

static bool set_mark(int fd)
{
        struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, mark };
        return futimens(fd, times) == 0;
}

/* Hold what `name` is now. False when another keeper removed it meanwhile. */
static bool hold(struct made *m, int folder, const char *name)
{
        struct stat mine, now;
        *m = (struct made){ .folder = fcntl(folder, F_DUPFD_CLOEXEC, 0), .self = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC) };
        if (m->self >= 0 && flock(m->self, LOCK_SH) == 0 && fstat(m->self, &mine) == 0 &&
                fstatat(folder, name, &now, AT_SYMLINK_NOFOLLOW) == 0 && mine.st_ino == now.st_ino) {
                m->name = format("%s", name);
                m->is_folder = S_ISDIR(now.st_mode);
                return true;
        }
        close_fd_var(&m->self);
        close_fd_var(&m->folder);
        return false;
}

static int make_one(int folder, const char *name, bool is_folder, struct made *m)
{
        struct stat before, after;
        if (fstat(folder, &before) < 0)
                return errno;
        if (is_folder ? mkdirat(folder, name, 0755) < 0 : mknodat(folder, name, S_IFREG | 0644, 0) < 0)
                return errno;
        if (fstat(folder, &after) < 0 || !hold(m, folder, name))
                return errno ? errno : EAGAIN;
        m->times = (struct times){ before.st_mtim, after.st_mtim };
        fsetxattr(m->self, TIMES_ATTRIBUTE, &m->times, sizeof m->times, 0);
        if (!set_mark(m->self))
                return errno;
        /* What was made of a path before it keeps its mark. */
        if (same_time(before.st_mtim, mark))
                set_mark(folder);
        return 0;
}

/* Another box's, or what one left that was killed together with its keeper. */
static int adopt_one(int folder, const char *name, struct made *m)
{
        if (!hold(m, folder, name))
                return EAGAIN;
        if (fgetxattr(m->self, TIMES_ATTRIBUTE, &m->times, sizeof m->times) != sizeof m->times)
                m->times = (struct times){ 0 };
        return 0;
}

/* See that `name` is there: the tree's own, another keeper's, or ours now. 0 or an errno. */
static int provide(struct keeping *k, int folder, const char *name, bool is_folder)
{
        int why = EAGAIN;
        for (int tries = 0; tries < 100 && (why == EAGAIN || why == EEXIST); tries++) {
                if (k->count == MADE_MAX)
                        return ENOSPC;
                bool marked = is_marked(folder, name);
                if (!marked && faccessat(folder, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
                        return 0;
                struct made *m = &k->made[k->count];
                why = marked ? adopt_one(folder, name, m) : make_one(folder, name, is_folder, m);
                k->count += !why;
        }
        return why;
}

/* `path` and what is missing above it. 0 or an errno. */
static int make_path(struct keeping *k, char *path, bool is_folder)
{
        AUTO_CLOSE int at = root_open(k->root, "/", O_RDONLY | O_DIRECTORY, 0);
        for (char *slash = path; at >= 0; *slash = '/') {
                char *name = slash + strspn(slash, "/");
                slash = name + strcspn(name, "/");
                bool last = !slash[strspn(slash, "/")];
                *slash = 0;
                int why = provide(k, at, name, !last || is_folder);
                if (why || last)
                        return why;
                int next = root_open(k->root, path, O_RDONLY | O_DIRECTORY, 0);
                if (next < 0)
                        return errno;
                close(at);
                at = next;
        }
        return errno;
}

/* ---- ending what is left ---- */

/* Whether the namespace open at fd is the box's or, for user namespaces, lies inside of it. */
static bool in_box(const struct keeping *k, int fd)
{
        struct stat st;
        for (int depth = 0; depth < 33 && fd >= 0; depth++) {
                bool same = fstat(fd, &st) == 0 && st.st_ino == k->ns;
                int parent = same || strcmp(k->ns_file, "user") ? -1 : ioctl(fd, NS_GET_PARENT);
                close(fd);
                if (same)
                        return true;
                fd = parent;
        }
        return false;
}

/* One that has ended and waits for its parent is nothing to wait for. */
static bool has_ended(int proc, pid_t pid)
{
        AUTO_FREE char *path = format("%d/stat", pid), *text = read_text(proc, path, 1024);
        char *state = text ? strrchr(text, ')') : NULL;
        return !state || strchr("ZX", state[1] ? state[2] : 'X');
}

/* Kill everyone in the box; how many there were. */
static int kill_pass(const struct keeping *k)
{
        DIR *proc = opendir("/proc");
        int found = 0;
        for (struct dirent *d; proc && (d = readdir(proc));) {
                pid_t pid = atoi(d->d_name);
                AUTO_FREE char *path = pid > 0 && pid != getpid() ? format("%d/ns/%s", pid, k->ns_file) : NULL;
                if (path && in_box(k, openat(dirfd(proc), path, O_RDONLY | O_CLOEXEC)) && !has_ended(dirfd(proc), pid))
                        found += kill(pid, SIGKILL) == 0;
        }
        if (proc)
                closedir(proc);
        return found;
}

/* A process that forks and ends between the look at the list and the look at it leaves a child that was not on the list: one look is not
 * enough. */
static void end_box(const struct keeping *k)
{
        struct timespec pause = { .tv_nsec = 1000000 };
        for (int pass = 0, empty = 0; pass < PASSES && empty < 3; pass++) {
                empty = kill_pass(k) ? 0 : empty + 1;
                nanosleep(&pause, NULL);
        }
}

/* ---- unmaking ---- */

static void unmake(const struct made *m)
{
        struct stat folder, self, now;
        /* Somebody else still uses it; or the guest put something else in its place, or into it. */
        if (flock(m->self, LOCK_EX | LOCK_NB) < 0 || fstat(m->folder, &folder) < 0 || fstat(m->self, &self) < 0 ||
                fstatat(m->folder, m->name, &now, AT_SYMLINK_NOFOLLOW) < 0 || now.st_ino != self.st_ino || (!m->is_folder && now.st_size) ||
                unlinkat(m->folder, m->name, m->is_folder ? AT_REMOVEDIR : 0) < 0)
                return;
        struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, m->times.before };
        if (same_time(folder.st_mtim, m->times.after))
                futimens(m->folder, times);
}

/* ---- the process ---- */

/*
 * Making and unmaking by several keepers in one tree go one after the other, so that the folders' times come back in the order in which
 * they went. Somebody else's lock on the tree is not waited for long.
 */
static void lock_tree(struct keeping *k)
{
        struct timespec pause = { .tv_nsec = 1000000 };
        k->lock = root_open(k->root, "/", O_RDONLY | O_DIRECTORY, 0);
        for (int tries = 0; tries < 3000 && k->lock >= 0 && flock(k->lock, LOCK_EX | LOCK_NB) < 0; tries++)
                nanosleep(&pause, NULL);
}

static void serve(struct keeping *k)
{
        struct request r;
        for (;;) {
                ssize_t n = recv(k->line, &r, sizeof r, 0);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n != sizeof r) {
                        close_fd_var(&k->lock);
                        return;
                }
                if (k->lock < 0)
                        lock_tree(k);
                r.path[sizeof r.path - 1] = 0;
                int why = make_path(k, r.path, r.folder);
                send(k->line, &why, sizeof why, MSG_NOSIGNAL); /* when nobody is there to read it, the next recv tells */
        }
}

/* Nothing of the caller's stays open but what is needed: a reader of its output must see the end of it. */
static void step_aside(struct keeping *k)
{
        int *keep[3 + HELD_MAX] = { &k->root, &k->line, &k->pidfd };
        size_t count = 3;
        for (size_t i = 0; i < k->held.count; i++)
                keep[count++] = &k->held.fd[i];
        int null = open("/dev/null", O_RDWR);
        for (int fd = 0; fd < 3; fd++)
                dup2(null, fd);
        for (size_t i = 0; i < count; i++) /* first out of the way of the numbers they get */
                *keep[i] = fcntl(*keep[i], F_DUPFD, 3 + ARRAY_LEN(keep));
        for (size_t i = 0; i < count; i++)
                *keep[i] = dup2(*keep[i], 3 + (int)i);
        close_range(3 + (unsigned)count, ~0u, 0);
        setsid();
        prctl(PR_SET_NAME, "crossarm-keeper");
        chdir("/");
        for (int s = 1; s < 32; s++)
                signal(s, SIG_IGN);
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
}

_Noreturn static void keep(struct keeping *k)
{
        int ready = 0;
        step_aside(k);
        send(k->line, &ready, sizeof ready, MSG_NOSIGNAL);
        serve(k);
        struct pollfd p = { .fd = k->pidfd, .events = POLLIN };
        while (poll(&p, 1, -1) < 0 && errno == EINTR)
                ;
        end_box(k);
        lock_tree(k);
        while (k->count)
                unmake(&k->made[--k->count]);
        if (k->held.end)
                k->held.end(&k->held);
        _exit(0);
}

static ino_t own_namespace(const char *file)
{
        AUTO_FREE char *path = format("/proc/self/ns/%s", file);
        struct stat st;
        return stat(path, &st) == 0 ? st.st_ino : 0;
}

int keeper_start(struct keeper *k, int root, bool user_ns, struct held_files *held, struct err *e)
{
        int lines[2];
        struct keeping mine = { .root = root, .lock = -1, .ns_file = user_ns ? "user" : "mnt" };
        mine.ns = own_namespace(mine.ns_file);
        if (held)
                mine.held = *held;
        AUTO_CLOSE int pidfd = (int)syscall(SYS_pidfd_open, getpid(), 0);
        if (!mine.ns || pidfd < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, lines) < 0)
                return err_set(e, 126, "cannot look after the box: %s; it needs Linux 5.6 and /proc", strerror(errno));
        mine.line = lines[1];
        mine.pidfd = pidfd;
        /* Through a child that ends at once: the guest must not find a child that it did not start. */
        pid_t child = fork();
        if (child == 0) {
                /* In mounts of its own, what is mounted in the tree for the box does not hold its mount points. */
                if (unshare(CLONE_NEWNS) < 0)
                        _exit(1);
                close(lines[0]);
                pid_t grandchild = fork();
                if (grandchild == 0)
                        keep(&mine);
                _exit(grandchild < 0);
        }
        int status = -1;
        while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
                ;
        close(lines[1]);
        k->line = lines[0];
        /* Not before it has stepped aside: until then what kills our process group kills it, too. */
        int ready = -1;
        if (status == 0 && recv(k->line, &ready, sizeof ready, 0) == sizeof ready) {
                if (held)
                        held->kept = true;
                return 0;
        }
        return err_set(e, 126, "cannot start the process that looks after the box");
}

int keeper_make(const struct keeper *k, const char *path, bool folder)
{
        struct request r = { .folder = folder };
        int why = EIO;
        if (strlen(path) >= sizeof r.path)
                return errno = ENAMETOOLONG, -1;
        strcpy(r.path, path);
        if (send(k->line, &r, sizeof r, MSG_NOSIGNAL) != sizeof r || recv(k->line, &why, sizeof why, 0) != sizeof why)
                why = EIO;
        return why ? (errno = why, -1) : 0;
}
