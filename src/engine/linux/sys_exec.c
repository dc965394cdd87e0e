/* execve of guest programs, without any help of binfmt_misc: the next program runs in a new engine. */
#include "base/arena.h"
#include "base/mem.h"
#include "base/out.h"
#include "base/str.h"
#include "base/sys.h"
#include "elf/elf.h"
#include "engine/linux/handlers.h"
#include "engine/linux/linux.h"
#include "engine/linux/path.h"
#include "engine/linux/procfs.h"
#include "engine/linux/signal.h"
#include <asm/stat.h>
#include <linux/fcntl.h>

enum {
        HEAD_SIZE = 256,     /* as much of a #! line as the kernel reads */
        SCRIPT_DEPTH = 5,    /* a script's interpreter may be a script: the kernel's limit */
        PREFIX_ARGS = 32,    /* engine, options, -0, --, scripts' interpreters and their arguments */
        LOCAL_ARGS = 512,    /* more arguments than these need memory from the kernel */
        SET_ID = 06000,
        NATIVE = 1,          /* not for us: the host's execve decides */
};

/* An execve being prepared. */
struct exec {
        struct cpu *cpu;
        int dirfd;
        u64 flags;
        gaddr guest_path, argv, envp;
        char path[PATH_SIZE];        /* what to run, readable from anywhere */
        char script[2 * HEAD_SIZE * SCRIPT_DEPTH]; /* texts of #! lines */
        size_t script_len;
        const char *insert[2 * SCRIPT_DEPTH]; /* interpreters and arguments of scripts, the last script first */
        int insert_count;
        bool is_script;              /* argv[0] is replaced by what is in insert and script_path */
        char script_path[PATH_SIZE];
        bool set_id;
        int exec_fd;                 /* a copy of dirfd that the next engine loads from, -1 when the path will do */
};

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

/* Turn (dirfd, path) into one path in x->path. */
static long resolve_path(struct exec *x)
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
                n = sys_call4(__NR_pread64, fd, (long)head, HEAD_SIZE, 0);
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
        if (word == s || (word == head + len && len == HEAD_SIZE))
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

/* Find out what x->path is, following scripts. 0: for the engine, x->path being the program; NATIVE; or -errno. */
static long classify(struct exec *x)
{
        char head[HEAD_SIZE];

        for (int depth = 0; depth <= SCRIPT_DEPTH; depth++) {
                const char *interp, *path;
                char buf[PATH_SIZE];
                long n = read_head(x, x->path, head);

                if (n < 0)
                        return NATIVE;
                if (elf_kind_of(head, n) == ELF_A64)
                        return 0;
                if (n < 3 || head[0] != '#' || head[1] != '!' || depth == SCRIPT_DEPTH)
                        return NATIVE;
                if (!x->is_script) {
                        x->is_script = true;
                        str_copy(x->script_path, sizeof x->script_path, x->path);
                }
                interp = parse_script(x, head, n);
                if (!interp)
                        return NATIVE;
                path = path_below_prefix(linux_of(x->cpu), interp, buf);
                if (str_copy(x->path, sizeof x->path, path) >= sizeof x->path)
                        return NATIVE;
        }
        return NATIVE;
}

static long exec_native(struct exec *x)
{
        struct linux_state *ls = linux_of(x->cpu);
        char buf[PATH_SIZE];
        gaddr path = x->guest_path;
        long ret;

        if (path_begins(path, "/proc/") && path_read(path, buf, sizeof buf) >= 0 && procfs_is_exe(buf))
                path = (gaddr)ls->exe;
        else
                path = (gaddr)path_translate(ls, path, buf);
        signal_before_exec(x->cpu);
        ret = sys_call5(__NR_execveat, x->dirfd, path, x->argv, x->envp, x->flags);
        signal_undo_exec(x->cpu);
        return ret;
}

/* The number of guest arguments, or -errno. A missing vector counts as an empty one. */
static long count_args(gaddr argv)
{
        for (long n = 0; argv; n++) {
                u64 p;

                if (!guest_read(&p, argv + n * 8, sizeof p))
                        return -EFAULT;
                if (!p)
                        return n;
                if (n > 1 << 24)
                        return -E2BIG;
        }
        return 0;
}

/* The engine's arguments: its options, the program's name for itself, the program, scripts, the guest's own. */
static long fill_args(struct exec *x, const char **args, long argc, char *texts, size_t texts_size)
{
        struct linux_state *ls = linux_of(x->cpu);
        char *number = texts + texts_size - 32;
        struct out o = { .fd = -1, .cap = 32, .buf = number };
        gaddr argv0 = 0;
        long n = 0, taken = argc ? 1 : 0;

        if (argc && !guest_read(&argv0, x->argv, sizeof argv0))
                return -EFAULT;
        args[n++] = "crossarm-aarch64";
        n += options_to_args(&ls->options, args + n, 20, texts, texts_size - 32);
        if (ls->engine_fd >= 0) {
                args[n++] = "--engine-fd";
                args[n++] = number;
                out_printf(&o, "%d%c", ls->engine_fd, 0);
        }
        if (x->exec_fd >= 0 && !x->is_script) {
                args[n++] = "--exec-fd";
                args[n++] = number + o.len;
                out_printf(&o, "%d%c", x->exec_fd, 0);
        }
        args[n++] = "-0";
        args[n++] = x->is_script ? x->insert[0] : argc ? (const char *)argv0 : "";
        args[n++] = "--";
        args[n++] = x->path;
        for (int i = 1; i < x->insert_count; i++)
                args[n++] = x->insert[i];
        if (x->is_script)
                args[n++] = x->script_path;
        if (argc > taken && !guest_read(args + n, x->argv + taken * 8, (argc - taken) * 8))
                return -EFAULT;
        args[n + argc - taken] = NULL;
        return 0;
}

static long start_engine(struct exec *x, const char **args)
{
        struct linux_state *ls = linux_of(x->cpu);
        i32 fd = ls->engine_fd;
        long ret;

        signal_before_exec(x->cpu);
        if (fd >= 0) {
                sys_call3(__NR_fcntl, fd, F_SETFD, 0);
                ret = sys_call5(__NR_execveat, fd, (long)"", (long)args, x->envp, AT_EMPTY_PATH);
                sys_call3(__NR_fcntl, fd, F_SETFD, FD_CLOEXEC);
        } else {
                ret = sys_call3(__NR_execve, (long)"/proc/self/exe", (long)args, x->envp);
        }
        signal_undo_exec(x->cpu);
        return ret;
}

static long exec_engine(struct exec *x)
{
        const char *local[LOCAL_ARGS], **args = local;
        char texts[160];
        size_t size = 0;
        long argc = count_args(x->argv), ret;

        if (argc < 0)
                return argc;
        if (argc + PREFIX_ARGS > LOCAL_ARGS) {
                size = (argc + PREFIX_ARGS) * sizeof *args;
                args = pages_alloc(size);
        }
        ret = fill_args(x, args, argc, texts, sizeof texts);
        if (!ret)
                ret = start_engine(x, args);
        if (size)
                pages_free(args, size);
        return ret;
}

static long exec_prepared(struct exec *x)
{
        long ret = resolve_path(x);

        if (ret < 0)
                return ret == -EFAULT || ret == -ENAMETOOLONG ? ret : exec_native(x);
        if (classify(x) == NATIVE)
                return exec_native(x);
        if (x->set_id) { /* only the kernel can raise privileges: with binfmt_misc's flag C */
                ret = exec_native(x);
                if (ret != -ENOEXEC)
                        return ret;
        }
        ret = exec_engine(x);
        return ret == -ENOENT && linux_of(x->cpu)->engine_fd < 0 ? exec_native(x) : ret;
}

static long exec_new(struct cpu *cpu, int dirfd, const u64 *args, u64 flags)
{
        struct exec *x;
        long ret;

        if (cpu->pending)
                return -RESTART_ALWAYS;
        x = pages_alloc(sizeof *x);
        x->cpu = cpu;
        x->dirfd = dirfd;
        x->flags = flags;
        x->guest_path = args[0];
        x->argv = args[1];
        x->envp = args[2];
        x->exec_fd = -1;
        ret = exec_prepared(x);
        if (x->exec_fd >= 0)
                sys_call1(__NR_close, x->exec_fd);
        pages_free(x, sizeof *x);
        return ret;
}

long sys_execve(struct cpu *cpu)
{
        return exec_new(cpu, AT_FDCWD, cpu->x, 0);
}

long sys_execveat(struct cpu *cpu)
{
        return exec_new(cpu, (i32)cpu->x[0], cpu->x + 1, cpu->x[4]);
}
