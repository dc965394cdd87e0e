#include "bench/host_tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
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

int host_tree_make(struct host_tree *t, const struct box_bind *extra, size_t extra_count, struct err *e)
{
        const char *tmp = getenv("TMPDIR");
        *t = (struct host_tree){ .dir = format("%s/crossarm-bench-XXXXXX", tmp && *tmp == '/' ? tmp : "/tmp") };
        if (!mkdtemp(t->dir)) {
                err_set(e, 126, "cannot make the folder %s: %s", t->dir, strerror(errno));
                free(t->dir);
                t->dir = NULL;
                return -1;
        }
        chmod(t->dir, 0755);
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
        DIR *d = t->dir ? opendir(t->dir) : NULL;
        for (struct dirent *entry; d && (entry = readdir(d));)
                if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
                        if (unlinkat(dirfd(d), entry->d_name, 0) < 0)
                                unlinkat(dirfd(d), entry->d_name, AT_REMOVEDIR);
        if (d)
                closedir(d);
        if (t->dir)
                rmdir(t->dir);
        for (size_t i = 0; i < t->bind_count; i++)
                free((char *)t->binds[i].host);
        free(t->binds);
        free(t->dir);
        *t = (struct host_tree){ 0 };
}
