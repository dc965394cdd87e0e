/* Clocks: the host's vDSO answers without entering the kernel. */
#include "base/sys.h"
#include "engine/linux/handlers.h"
#include "engine/linux/linux.h"
#include <linux/time.h>
#include <linux/time_types.h>

typedef long clock_fn(long clock, struct __kernel_timespec *ts);
typedef long timeofday_fn(struct __kernel_old_timeval *tv, struct timezone *tz);
typedef long getcpu_fn(u32 *cpu, u32 *node, void *unused);

long sys_clock_gettime(struct cpu *cpu)
{
        clock_fn *fn = (clock_fn *)linux_of(cpu)->vdso_clock_gettime;
        struct __kernel_timespec ts;
        long ret;

        if (!fn)
                return pass_syscall(cpu, __NR_clock_gettime);
        ret = fn((i32)cpu->x[0], &ts);
        if (ret)
                return ret;
        return guest_write(cpu->x[1], &ts, sizeof ts) ? 0 : -EFAULT;
}

long sys_gettimeofday(struct cpu *cpu)
{
        timeofday_fn *fn = (timeofday_fn *)linux_of(cpu)->vdso_gettimeofday;
        struct __kernel_old_timeval tv;
        long ret;

        if (!fn || cpu->x[1] || !cpu->x[0])
                return pass_syscall(cpu, __NR_gettimeofday);
        ret = fn(&tv, NULL);
        if (ret)
                return ret;
        return guest_write(cpu->x[0], &tv, sizeof tv) ? 0 : -EFAULT;
}

long sys_getcpu(struct cpu *cpu)
{
        getcpu_fn *fn = (getcpu_fn *)linux_of(cpu)->vdso_getcpu;
        u32 n, node;

        if (!fn || fn(&n, &node, NULL))
                return pass_syscall(cpu, __NR_getcpu);
        if (cpu->x[0] && !guest_write(cpu->x[0], &n, sizeof n))
                return -EFAULT;
        return cpu->x[1] && !guest_write(cpu->x[1], &node, sizeof node) ? -EFAULT : 0;
}
