/* execve of guest programs, without any help of binfmt_misc: the next program runs in a new engine. */
#include "base/arena.h"
#include "base/sys.h"
#include "engine/linux/exec.h"
#include "engine/linux/handlers.h"
#include "engine/linux/path.h"
#include "engine/linux/procfs.h"
#include "engine/linux/signal.h"
#include "engine/run/persist.h"
#include <linux/fcntl.h>

enum { LOCAL_ARGS = 512 }; /* more arguments than these need memory from the kernel */

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
        ret = safe_syscall(__NR_execveat, x->dirfd, (long)path, (long)x->argv, (long)x->envp, (long)x->flags, 0);
        signal_undo_exec(x->cpu);
        return ret;
}

static long start_engine(struct exec *x, const char **args)
{
        struct linux_state *ls = linux_of(x->cpu);
        i32 fd = ls->engine_fd;
        long ret;

        signal_before_exec(x->cpu);
        if (fd >= 0) {
                sys_call3(__NR_fcntl, fd, F_SETFD, 0);
                ret = safe_syscall(__NR_execveat, fd, (long)"", (long)args, (long)x->envp, AT_EMPTY_PATH, 0);
                sys_call3(__NR_fcntl, fd, F_SETFD, FD_CLOEXEC);
        } else {
                ret = safe_syscall(__NR_execve, (long)"/proc/self/exe", (long)args, (long)x->envp, 0, 0, 0);
        }
        signal_undo_exec(x->cpu);
        return ret;
}

static long exec_engine(struct exec *x)
{
        const char *local[LOCAL_ARGS], **args = local;
        char texts[160];
        size_t size = 0;
        long argc = exec_count_args(x->argv), ret;

        if (argc < 0)
                return argc;
        if (argc + EXEC_PREFIX_ARGS > LOCAL_ARGS) {
                size = (argc + EXEC_PREFIX_ARGS) * sizeof *args;
                args = pages_alloc(size);
        }
        ret = exec_fill_args(x, args, argc, texts, sizeof texts);
        if (!ret)
                ret = start_engine(x, args);
        if (size)
                pages_free(args, size);
        return ret;
}

static long exec_prepared(struct exec *x)
{
        long ret = exec_resolve_path(x);

        if (ret < 0)
                return ret == -EFAULT || ret == -ENAMETOOLONG ? ret : exec_native(x);
        if (exec_classify(x) == EXEC_NATIVE)
                return exec_native(x);
        if (x->set_id) { /* only the kernel can raise privileges: with binfmt_misc's flag C */
                ret = exec_native(x);
                if (ret != -ENOEXEC)
                        return ret;
        }
        ret = exec_engine(x);
        return ret == -ENOENT && linux_of(x->cpu)->engine_fd < 0 ? exec_native(x) : ret;
}

/* All state is on the engine's stack: a vfork child shares our memory and would leave behind what it allocates. */
static long exec_new(struct cpu *cpu, int dirfd, const u64 *args, u64 flags)
{
        struct exec x;
        long ret;

        if (cpu->pending)
                return -SYSCALL_AGAIN;
        x.cpu = cpu;
        x.dirfd = dirfd;
        x.flags = flags;
        x.guest_path = args[0];
        x.argv = args[1];
        x.envp = args[2];
        x.script_len = x.insert_count = 0;
        x.is_script = x.set_id = false;
        x.exec_fd = -1;
        persist_save_all(cpu->process);
        ret = exec_prepared(&x);
        if (x.exec_fd >= 0)
                sys_call1(__NR_close, x.exec_fd);
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
