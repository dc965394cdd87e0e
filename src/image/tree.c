#include "image/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"

enum { NAME_LIMIT = 255, DEPTH_MAX = 4096 };

static int remove_entry(int at, const char *name, const void *arg)
{
        const int depth = *(const int *)arg, below = depth + 1;
        if (unlinkat(at, name, 0) == 0 || errno == ENOENT)
                return 0;
        if (errno != EISDIR && errno != EPERM)
                return -1;
        if (depth == DEPTH_MAX) {
                errno = ELOOP;
                return -1;
        }
        int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0 && errno == EACCES && fchmodat(at, name, 0700, 0) == 0) /* one's own folder that nobody may enter */
                fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0)
                return -1;
        if (tree_each(fd, remove_entry, &below) < 0)
                return -1;
        return unlinkat(at, name, AT_REMOVEDIR);
}

int tree_each(int fd, int (*entry)(int at, const char *name, const void *arg), const void *arg)
{
        DIR *dir = fdopendir(fd);
        int bad = 0;
        if (!dir) {
                close(fd);
                return -1;
        }
        for (struct dirent *d; !bad && (d = readdir(dir));)
                if (strcmp(d->d_name, ".") && strcmp(d->d_name, ".."))
                        bad = entry(dirfd(dir), d->d_name, arg);
        int why = errno;
        closedir(dir);
        errno = why;
        return bad;
}

int tree_remove(int at_fd, const char *name)
{
        return remove_entry(at_fd, name, &(int){ 0 });
}

static int add_usage(int at, const char *name, const void *arg)
{
        u64 *sum = *(u64 *const *)arg;
        struct stat st;
        if (fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return 0;
        *sum += (u64)st.st_blocks * 512;
        int fd = S_ISDIR(st.st_mode) ? openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
        if (fd >= 0)
                tree_each(fd, add_usage, arg);
        return 0;
}

u64 tree_usage(int at_fd, const char *name)
{
        u64 sum = 0, *at = &sum;
        add_usage(at_fd, name, &at);
        return sum;
}

bool tree_path(const char *said, char out[4096])
{
        size_t len = 0;
        for (const char *at = said; *at;) {
                size_t n = strcspn(at, "/");
                bool dot = n == 1 && at[0] == '.';
                if (n > NAME_LIMIT || (n == 2 && at[0] == '.' && at[1] == '.') || len + n + 2 > 4096)
                        return false;
                if (n && !dot) {
                        if (len)
                                out[len++] = '/';
                        memcpy(out + len, at, n);
                        len += n;
                }
                at += n + (at[n] == '/');
        }
        out[len] = 0;
        return true;
}
