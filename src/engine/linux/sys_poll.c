/* epoll: its event is packed on x86 and naturally aligned on arm64. And all calls that poll under a signal mask of their own. */
#include "base/sys.h"
#include "engine/linux/handlers.h"
#include "engine/linux/linux.h"
#include "engine/linux/signal.h"

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

/* ---- waiting under another signal mask ---- */

/* Call nr with the mask at x[4], whose size is x[5]. */
static long epoll_wait_masked(struct cpu *cpu, long nr)
{
        const u64 *x = cpu->x;
        u64 mask;
        long r;

        if (!x[4])
                return spread_events(x[1], pass_syscall(cpu, nr));
        r = signal_mask_begin(cpu, x[4], x[5], &mask);
        if (!r)
                r = signal_mask_end(cpu, safe_syscall(nr, x[0], x[1], x[2], x[3], (long)&mask, 8));
        return spread_events(x[1], r);
}

long sys_epoll_pwait(struct cpu *cpu)
{
        return epoll_wait_masked(cpu, __NR_epoll_pwait);
}

long sys_epoll_pwait2(struct cpu *cpu)
{
        return epoll_wait_masked(cpu, __NR_epoll_pwait2);
}

long sys_ppoll(struct cpu *cpu)
{
        const u64 *x = cpu->x;
        u64 mask;
        long r;

        if (!x[3])
                return pass_syscall(cpu, __NR_ppoll);
        r = signal_mask_begin(cpu, x[3], x[4], &mask);
        return r ? r : signal_mask_end(cpu, safe_syscall(__NR_ppoll, x[0], x[1], x[2], (long)&mask, 8, 0));
}

/* The sixth argument of pselect6 and io_pgetevents: a mask and its size in one. */
struct mask_argument {
        u64 mask, size;
};

static long wait_masked_by_6(struct cpu *cpu, long nr)
{
        const u64 *x = cpu->x;
        struct mask_argument a = { 0 };
        u64 mask;
        long r;

        if (x[5] && !guest_read(&a, x[5], sizeof a))
                return -EFAULT;
        if (!a.mask)
                return pass_syscall(cpu, nr);
        r = signal_mask_begin(cpu, a.mask, a.size, &mask);
        a = (struct mask_argument){ (u64)&mask, 8 };
        return r ? r : signal_mask_end(cpu, safe_syscall(nr, x[0], x[1], x[2], x[3], x[4], (long)&a));
}

long sys_pselect6(struct cpu *cpu)
{
        return wait_masked_by_6(cpu, __NR_pselect6);
}

long sys_io_pgetevents(struct cpu *cpu)
{
        return wait_masked_by_6(cpu, __NR_io_pgetevents);
}
