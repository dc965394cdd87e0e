/* Descriptors: the engine may hold one, its own executable, and the guest must not lose it. */
#include "base/sys.h"
#include "engine/linux/engine_fd.h"
#include "engine/linux/handlers.h"
#include <linux/close_range.h>
#include <linux/fcntl.h>

/* A descriptor where no program looks for one. */
static i32 move_high(long fd)
{
        static const u16 places[] = { 1000, 200, 10 };

        for (size_t i = 0; i < ARRAY_LEN(places); i++) {
                long moved = sys_call3(__NR_fcntl, fd, F_DUPFD_CLOEXEC, places[i]);

                if (!sys_failed(moved)) {
                        sys_call1(__NR_close, fd);
                        return moved;
                }
        }
        return fd;
}

void engine_fd_hold(struct linux_state *ls)
{
        long fd;

        if (ls->engine_fd >= 0)
                return;
        fd = sys_call4(__NR_openat, AT_FDCWD, (long)"/proc/self/exe", O_PATH | O_CLOEXEC, 0);
        if (!sys_failed(fd))
                ls->engine_fd = move_high(fd);
}

static bool is_engines(struct cpu *cpu, u64 fd)
{
        i32 ours = linux_of(cpu)->engine_fd;

        return ours >= 0 && (i32)fd == ours;
}

long sys_close(struct cpu *cpu)
{
        return is_engines(cpu, cpu->x[0]) ? -EBADF : safe_syscall(__NR_close, cpu->x[0], 0, 0, 0, 0, 0);
}

long sys_dup3(struct cpu *cpu)
{
        struct linux_state *ls = linux_of(cpu);

        if (is_engines(cpu, cpu->x[0]))
                return -EBADF;
        if (is_engines(cpu, cpu->x[1])) {
                long moved = sys_call3(__NR_fcntl, ls->engine_fd, F_DUPFD_CLOEXEC, 10);

                if (sys_failed(moved))
                        return moved;
                ls->engine_fd = moved;
        }
        return pass_syscall(cpu, __NR_dup3);
}

long sys_close_range(struct cpu *cpu)
{
        u32 first = cpu->x[0], last = cpu->x[1];
        i32 ours = linux_of(cpu)->engine_fd;
        long ret = 0;

        if (ours < 0 || (u32)ours < first || (u32)ours > last || cpu->x[2] & CLOSE_RANGE_CLOEXEC)
                return pass_syscall(cpu, __NR_close_range);
        if (first < (u32)ours)
                ret = sys_call3(__NR_close_range, first, ours - 1, cpu->x[2]);
        if (!ret && last > (u32)ours)
                ret = sys_call3(__NR_close_range, ours + 1, last, cpu->x[2]);
        return ret;
}

/* After one of these our executable may be out of reach by name. */
static long pass_holding(struct cpu *cpu, long nr)
{
        engine_fd_hold(linux_of(cpu));
        return pass_syscall(cpu, nr);
}

long sys_chroot(struct cpu *cpu)
{
        return pass_holding(cpu, __NR_chroot);
}

long sys_pivot_root(struct cpu *cpu)
{
        return pass_holding(cpu, __NR_pivot_root);
}

long sys_setns(struct cpu *cpu)
{
        return pass_holding(cpu, __NR_setns);
}

long sys_unshare(struct cpu *cpu)
{
        return pass_holding(cpu, __NR_unshare);
}
