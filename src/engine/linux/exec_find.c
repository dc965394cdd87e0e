#include "base/mem.h"
#include "base/out.h"
#include "base/str.h"
#include "base/sys.h"
#include "elf/elf.h"
#include "engine/linux/exec.h"
#include "engine/linux/path.h"
#include "engine/linux/procfs.h"
#include <asm/stat.h>
#include <linux/fcntl.h>

enum { SET_ID = 06000 };

static int link_path(int fd, char *buf)
{
        char link[40];
        struct out o = { .fd = -1, .cap = sizeof link - 1, .buf = link };
        long n;

        out_printf(&o, "/proc/self/fd/%d", fd);
        link[o.len] = 0;
        n = sys_call4(__NR_readlinkat, AT_FDCWD, (long)link, (long)buf, PATH_SIZE - 1);
        if (n < 0)
                return n;
        buf[n] = 0;
        return 0;
}

static bool has_name(const char *path)
{
        return sys_call3(__NR_faccessat, AT_FDCWD, (long)path, 0) == 0;
}

/* The file behind dirfd itself. When no path leads to it (memfd, deleted) the next engine inherits a descriptor. */
static long resolve_fd(struct exec *x)
{
        struct out o = { .fd = -1, .cap = sizeof x->path - 1, .buf = x->path };
        long n = link_path(x->dirfd, x->path);

        if (n < 0)
                return n == -ENOENT ? -EBADF : n;
        if (has_name(x->path))
                return 0;
        x->exec_fd = sys_call3(__NR_fcntl, x->dirfd, F_DUPFD, 10);
        if (x->exec_fd < 0)
                return x->exec_fd;
        out_printf(&o, "/proc/self/fd/%d", x->exec_fd);
        x->path[o.len] = 0;
        return 0;
}

long exec_resolve_path(struct exec *x)
{
        struct linux_state *ls = linux_of(x->cpu);
        char text[PATH_SIZE];
        const char *path;
        long n = path_read(x->guest_path, text, sizeof text);

        if (n < 0)
                return n;
        if (procfs_is_exe(text)) {
                str_copy(x->path, sizeof x->path, ls->exe);
                return 0;
        }
        path = path_below_prefix(ls, text, x->path);
        if (path == x->path)
                return 0;
        if (text[0] == '/' || (x->dirfd == AT_FDCWD && n)) {
                str_copy(x->path, sizeof x->path, text);
                return 0;
        }
        if (!n && !(x->flags & AT_EMPTY_PATH))
                return -ENOENT;
        if (!n && x->dirfd != AT_FDCWD)
                return resolve_fd(x);
        n = x->dirfd == AT_FDCWD ? sys_call2(__NR_getcwd, (long)x->path, sizeof x->path) : link_path(x->dirfd, x->path);
        if (n < 0)
                return n == -ENOENT ? -EBADF : n;
        if (text[0]) {
                str_append(x->path, sizeof x->path, "/");
                if (str_append(x->path, sizeof x->path, text) >= sizeof x->path)
                        return -ENAMETOOLONG;
        }
        return 0;
}

/* The beginning of a file that may be executed. Returns the bytes read or -errno. */
static long read_head(struct exec *x, const char *path, char *head)
{
        struct stat st;
        long fd, n = sys_call4(__NR_faccessat2, AT_FDCWD, (long)path, 1 /* X_OK */, AT_EACCESS);

        if (n == -ENOSYS)
                n = sys_call3(__NR_faccessat, AT_FDCWD, (long)path, 1);
        if (n)
                return n;
        fd = sys_call4(__NR_openat, AT_FDCWD, (long)path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0);
        if (fd < 0)
                return fd;
        n = sys_call2(__NR_fstat, fd, (long)&st);
        if (!n && (st.st_mode & 0170000) != 0100000)
                n = -EACCES;
        if (!n)
                n = sys_call4(__NR_pread64, fd, (long)head, EXEC_HEAD_SIZE, 0);
        sys_call1(__NR_close, fd);
        x->set_id = st.st_mode & SET_ID;
        return n;
}

static bool is_blank(char c)
{
        return c == ' ' || c == '\t';
}

/* Copy the text [s, end) and return the copy. */
static const char *keep_text(struct exec *x, const char *s, const char *end)
{
        char *copy = x->script + x->script_len;

        memcpy(copy, s, end - s);
        copy[end - s] = 0;
        x->script_len += end - s + 1;
        return copy;
}

/* "#!interpreter [argument]": both go to the front of the arguments. Returns the interpreter, NULL when there is none. */
static const char *parse_script(struct exec *x, const char *head, long len)
{
        const char *s = head + 2, *end = s, *word;
        const char *interp, *arg = NULL;

        while (end < head + len && *end && *end != '\n')
                end++;
        while (end > s && is_blank(end[-1]))
                end--;
        while (s < end && is_blank(*s))
                s++;
        for (word = s; word < end && !is_blank(*word);)
                word++;
        if (word == s || (word == head + len && len == EXEC_HEAD_SIZE))
                return NULL;
        interp = keep_text(x, s, word);
        while (word < end && is_blank(*word))
                word++;
        if (word < end)
                arg = keep_text(x, word, end);
        memmove(x->insert + (arg ? 2 : 1), x->insert, x->insert_count * sizeof x->insert[0]);
        x->insert[0] = interp;
        if (arg)
                x->insert[1] = arg;
        x->insert_count += arg ? 2 : 1;
        return interp;
}

long exec_classify(struct exec *x)
{
        char head[EXEC_HEAD_SIZE];

        for (int depth = 0; depth <= EXEC_SCRIPT_DEPTH; depth++) {
                const char *interp, *path;
                char buf[PATH_SIZE];
                long n = read_head(x, x->path, head);

                if (n < 0)
                        return EXEC_NATIVE;
                if (elf_kind_of(head, n) == ELF_A64)
                        return 0;
                if (n < 3 || head[0] != '#' || head[1] != '!' || depth == EXEC_SCRIPT_DEPTH)
                        return EXEC_NATIVE;
                if (!x->is_script) {
                        x->is_script = true;
                        str_copy(x->script_path, sizeof x->script_path, x->path);
                }
                interp = parse_script(x, head, n);
                if (!interp)
                        return EXEC_NATIVE;
                path = path_below_prefix(linux_of(x->cpu), interp, buf);
                if (str_copy(x->path, sizeof x->path, path) >= sizeof x->path)
                        return EXEC_NATIVE;
        }
        return EXEC_NATIVE;
}
