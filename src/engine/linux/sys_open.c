/* Opening files, and the calls that carry open flags. */
#include "base/sys.h"
#include "engine/linux/handlers.h"
#include "engine/linux/linux.h"
#include "engine/linux/open_flags.h"
#include "engine/linux/path.h"
#include "engine/linux/procfs.h"
#include <linux/fcntl.h>
#include <linux/openat2.h>

static long open_proc(struct cpu *cpu, gaddr guest_path, u64 flags)
{
        char path[128];
        long n = path_read(guest_path, path, sizeof path);

        return n < 0 ? PROCFS_NOT_OURS : procfs_open(cpu, path, flags);
}

long sys_openat(struct cpu *cpu)
{
        const u64 *x = cpu->x;
        u64 flags = open_flags_swap((u32)x[2]);
        char buf[PATH_SIZE];

        if (UNLIKELY(path_begins(x[1], "/proc/"))) {
                long fd = open_proc(cpu, x[1], flags);

                if (fd != PROCFS_NOT_OURS)
                        return fd;
        }
        return safe_syscall(__NR_openat, x[0], (long)path_translate(linux_of(cpu), x[1], buf), flags, x[3], 0, 0);
}

/* What lies behind the part of the structure that we know must be zero, as the kernel demands. */
static long read_open_how(struct open_how *how, gaddr at, u64 size)
{
        if (size < sizeof *how)
                return -EINVAL;
        if (size > 4096)
                return -E2BIG;
        if (!guest_read(how, at, sizeof *how))
                return -EFAULT;
        for (u64 i = sizeof *how; i < size; i++) {
                u8 byte;

                if (!guest_read(&byte, at + i, 1))
                        return -EFAULT;
                if (byte)
                        return -E2BIG;
        }
        return 0;
}

long sys_openat2(struct cpu *cpu)
{
        const u64 *x = cpu->x;
        struct open_how how;
        char buf[PATH_SIZE];
        long ret = read_open_how(&how, x[2], x[3]);

        if (ret)
                return ret;
        how.flags = open_flags_swap(how.flags);
        if (!how.resolve && path_begins(x[1], "/proc/")) {
                ret = open_proc(cpu, x[1], how.flags);
                if (ret != PROCFS_NOT_OURS)
                        return ret;
        }
        return safe_syscall(__NR_openat2, x[0], (long)path_translate(linux_of(cpu), x[1], buf), (long)&how, sizeof how, 0, 0);
}

long sys_fcntl(struct cpu *cpu)
{
        const u64 *x = cpu->x;
        long ret;

        if ((u32)x[1] == F_SETFL)
                return safe_syscall(__NR_fcntl, x[0], F_SETFL, open_flags_swap(x[2]), 0, 0, 0);
        ret = pass_syscall(cpu, __NR_fcntl);
        return (u32)x[1] == F_GETFL && ret >= 0 ? (long)open_flags_swap(ret) : ret;
}

long sys_pipe2(struct cpu *cpu)
{
        return safe_syscall(__NR_pipe2, cpu->x[0], open_flags_swap((u32)cpu->x[1]), 0, 0, 0, 0);
}

long sys_fanotify_init(struct cpu *cpu)
{
        return safe_syscall(__NR_fanotify_init, cpu->x[0], open_flags_swap((u32)cpu->x[1]), 0, 0, 0, 0);
}

long sys_open_by_handle_at(struct cpu *cpu)
{
        return safe_syscall(__NR_open_by_handle_at, cpu->x[0], cpu->x[1], open_flags_swap((u32)cpu->x[2]), 0, 0, 0);
}
