/* epoll: its event is packed on x86 and naturally aligned on arm64. */
#include "base/sys.h"
#include "engine/linux/handlers.h"
#include "engine/linux/linux.h"

struct host_event {
        u32 events;
        u64 data;
} __attribute__((packed));

struct a64_event {
        u32 events, pad;
        u64 data;
};

long sys_epoll_ctl(struct cpu *cpu)
{
        const u64 *x = cpu->x;
        struct a64_event g;
        struct host_event h;

        if (!x[3])
                return pass_syscall(cpu, __NR_epoll_ctl);
        if (!guest_read(&g, x[3], sizeof g))
                return -EFAULT;
        h.events = g.events;
        h.data = g.data;
        return safe_syscall(__NR_epoll_ctl, x[0], x[1], x[2], (long)&h, 0, 0);
}

/* The kernel has put n packed events at `at`, where there is room for as many of ours: spread them out, the last one first. */
static long spread_events(gaddr at, long n)
{
        for (long i = n - 1; i >= 0; i--) {
                struct host_event h;
                struct a64_event g = { 0 };

                if (!guest_read(&h, at + i * sizeof h, sizeof h))
                        return -EFAULT;
                g.events = h.events;
                g.data = h.data;
                if (!guest_write(at + i * sizeof g, &g, sizeof g))
                        return -EFAULT;
        }
        return n;
}

long sys_epoll_pwait(struct cpu *cpu)
{
        return spread_events(cpu->x[1], pass_syscall(cpu, __NR_epoll_pwait));
}

long sys_epoll_pwait2(struct cpu *cpu)
{
        return spread_events(cpu->x[1], pass_syscall(cpu, __NR_epoll_pwait2));
}
