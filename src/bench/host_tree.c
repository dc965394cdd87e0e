#include "bench/host_tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"

static bool is_one_of(const char *name, const char *const *names)
{
        for (; *names; names++)
                if (!strcmp(name, *names))
                        return true;
        return false;
}

/* One name of /: a link as it is, a folder as an empty one that perhaps gets a bind. */
static int take(struct host_tree *t, const char *name)
{
        static const char *const empty[] = { "dev", "proc", "run", "sys", "tmp", NULL };
        AUTO_FREE char *from = format("/%s", name), *to = format("%s/%s", t->dir, name);
        char target[4096];
        struct stat st;
        if (lstat(from, &st) < 0 || (!S_ISLNK(st.st_mode) && !S_ISDIR(st.st_mode)))
                return 0;
        if (S_ISLNK(st.st_mode)) {
                ssize_t n = readlink(from, target, sizeof target - 1);
                target[n < 0 ? 0 : n] = 0;
                return symlink(target, to);
        }
        if (mkdir(to, 0755) < 0 || chmod(to, st.st_mode & 07777) < 0)
                return -1;
        if (is_one_of(name, empty))
                return 0;
        struct box_bind *more = realloc(t->binds, (t->bind_count + 1) * sizeof *more);
        char *same = strdup(from);
        if (!more || !same)
                abort();
        t->binds = more;
        more[t->bind_count++] = (struct box_bind){ .host = same, .guest = same, .read_only = true };
        return 0;
}

/* The extra binds come from and go with the caller; only their frames are ours. */
static void append(struct host_tree *t, const struct box_bind *extra, size_t count)
{
        if (!count)
                return;
        struct box_bind *more = realloc(t->binds, (t->bind_count + count) * sizeof *more);
        if (!more)
                abort();
        t->binds = more;
        for (size_t i = 0; i < count; i++) {
                char *host = strdup(extra[i].host);
                if (!host)
                        abort();
                more[t->bind_count++] = (struct box_bind){ .host = host, .guest = extra[i].guest, .read_only = extra[i].read_only };
        }
}

#define PREFIX "crossarm-bench-"

/* The links and empty folders in it, and itself. */
static void remove_folder(int at, const char *name)
{
        int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        DIR *d = fd < 0 ? NULL : fdopendir(fd);
        for (struct dirent *entry; d && (entry = readdir(d));)
                if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
                        if (unlinkat(dirfd(d), entry->d_name, 0) < 0)
                                unlinkat(dirfd(d), entry->d_name, AT_REMOVEDIR);
        if (d)
                closedir(d);
        unlinkat(at, name, AT_REMOVEDIR);
}

/* What is left of those that were killed. */
static void sweep(const char *tmp)
{
        DIR *d = opendir(tmp);
        for (struct dirent *entry; d && (entry = readdir(d));) {
                struct stat st;
                if (strncmp(entry->d_name, PREFIX, strlen(PREFIX)))
                        continue;
                AUTO_CLOSE int fd = openat(dirfd(d), entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
                if (fd >= 0 && fstat(fd, &st) == 0 && st.st_uid == geteuid() && flock(fd, LOCK_EX | LOCK_NB) == 0)
                        remove_folder(dirfd(d), entry->d_name);
        }
        if (d)
                closedir(d);
}

/* Made and locked; once more when another's sweep came between the two. */
static int make_folder(struct host_tree *t, const char *tmp)
{
        for (int tries = 0; tries < 100; tries++) {
                struct stat st;
                t->dir = format("%s/" PREFIX "XXXXXX", tmp);
                if (!mkdtemp(t->dir))
                        return -1;
                t->lock = open(t->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                if (t->lock >= 0 && flock(t->lock, LOCK_EX) == 0 && fstat(t->lock, &st) == 0 && st.st_nlink)
                        return fchmod(t->lock, 0755);
                close_fd_var(&t->lock);
                free(t->dir);
        }
        t->dir = format("%s/" PREFIX, tmp);
        return errno = EAGAIN, -1;
}

int host_tree_make(struct host_tree *t, const struct box_bind *extra, size_t extra_count, struct err *e)
{
        const char *named = getenv("TMPDIR"), *tmp = named && *named == '/' ? named : "/tmp";
        *t = (struct host_tree){ .lock = -1 };
        sweep(tmp);
        if (make_folder(t, tmp) < 0) {
                err_set(e, 126, "cannot make the folder %s: %s", t->dir, strerror(errno));
                free(t->dir);
                t->dir = NULL;
                return -1;
        }
        DIR *d = opendir("/");
        int result = d ? 0 : -1;
        for (struct dirent *entry; result == 0 && (entry = readdir(d));)
                if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
                        result = take(t, entry->d_name);
        if (result < 0)
                err_set(e, 126, "cannot make %s look like /: %s", t->dir, strerror(errno));
        if (d)
                closedir(d);
        append(t, extra, extra_count);
        if (result < 0)
                host_tree_remove(t);
        return result;
}

void host_tree_remove(struct host_tree *t)
{
        if (t->dir) {
                remove_folder(AT_FDCWD, t->dir);
                close_fd_var(&t->lock);
        }
        for (size_t i = 0; i < t->bind_count; i++)
                free((char *)t->binds[i].host);
        free(t->binds);
        free(t->dir);
        *t = (struct host_tree){ .lock = -1 };
}
