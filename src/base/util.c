#include "base/util.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

void close_fd_var(int *fd)
{
        if (*fd >= 0)
                close(*fd);
}

int root_open(int root_fd, const char *path, int flags, mode_t mode)
{
        struct open_how how = { .flags = (u64)flags | O_CLOEXEC, .mode = flags & O_CREAT ? mode : 0, .resolve = RESOLVE_IN_ROOT };
        return (int)syscall(SYS_openat2, root_fd, path, &how, sizeof how);
}

int root_mkdirs(int root_fd, const char *path, mode_t mode)
{
        AUTO_FREE char *copy = format("%s", path);
        AUTO_CLOSE int at = root_open(root_fd, "/", O_PATH | O_DIRECTORY, 0);
        for (char *save = NULL, *part = strtok_r(copy, "/", &save); part; part = strtok_r(NULL, "/", &save)) {
                size_t done = (size_t)(part - copy) + strlen(part);
                AUTO_FREE char *sofar = format("%.*s", (int)done, path);
                int next = root_open(root_fd, sofar, O_PATH | O_DIRECTORY, 0);
                if (next < 0 && errno == ENOENT && mkdirat(at, part, mode) == 0)
                        next = root_open(root_fd, sofar, O_PATH | O_DIRECTORY, 0);
                if (next < 0)
                        return -1;
                close(at);
                at = next;
        }
        return 0;
}

char *format(const char *fmt, ...)
{
        char *text;
        va_list ap;
        va_start(ap, fmt);
        int n = vasprintf(&text, fmt, ap);
        va_end(ap);
        if (n < 0)
                abort();
        return text;
}

char *read_text(int dir_fd, const char *path, size_t max)
{
        AUTO_CLOSE int fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return NULL;
        char *text = malloc(max + 1);
        if (!text)
                abort();
        size_t len = 0;
        while (len < max) {
                ssize_t n = read(fd, text + len, max - len);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0) {
                        free(text);
                        return NULL;
                }
                if (n == 0)
                        break;
                len += (size_t)n;
        }
        text[len] = 0;
        return text;
}

int write_text(const char *path, const char *text, size_t len)
{
        AUTO_CLOSE int fd = open(path, O_WRONLY | O_CLOEXEC);
        if (fd < 0)
                return -1;
        ssize_t n = write(fd, text, len);
        if (n >= 0 && (size_t)n != len)
                errno = EIO;
        return n == (ssize_t)len ? 0 : -1;
}

static bool all_zero(const char *p, size_t n)
{
        return n && !p[0] && !memcmp(p, p + 1, n - 1);
}

int write_sparse(int fd, const void *data, size_t len, u64 at)
{
        const char *p = data;
        for (size_t done = 0; done < len;) {
                size_t piece = len - done < 65536 ? len - done : 65536;
                ssize_t n = all_zero(p + done, piece) ? (ssize_t)piece : pwrite(fd, p + done, piece, (off_t)(at + done));
                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0)
                        return -1;
                done += (size_t)n;
        }
        return 0;
}

struct fd_path fd_path(int fd)
{
        struct fd_path p;
        snprintf(p.text, sizeof p.text, "/proc/self/fd/%d", fd);
        return p;
}
