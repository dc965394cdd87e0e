/* Masks, and calls that wait for signals. */
#include "base/sys.h"
#include "engine/linux/signal.h"
#include "engine/run/fault.h"
#include "engine/run/safe_syscall.h"

/* Waiting signals that the host accepted although the guest blocks them: synchronous ones sent by a process, for the most part. */
static u64 held(const struct thread *t)
{
        u64 set = 0;

        for (int i = 0; i < SIGNAL_QUEUE; i++)
                if (t->queue[i].full)
                        set |= SIGNAL_BIT(t->queue[i].info.si_signo);
        return set;
}

static bool take_held(struct thread *t, u64 set, siginfo_t *info)
{
        for (int i = 0; i < SIGNAL_QUEUE; i++) {
                if (t->queue[i].full && set & SIGNAL_BIT(t->queue[i].info.si_signo)) {
                        *info = t->queue[i].info;
                        t->queue[i].full = 0;
                        return true;
                }
        }
        return false;
}

long sys_rt_sigprocmask(struct cpu *cpu);
long sys_rt_sigprocmask(struct cpu *cpu)
{
        u64 old = cpu->thread->sigmask, set, mask;

        if (cpu->x[3] != 8)
                return -EINVAL;
        if (cpu->x[1]) {
                if (!guest_read(&set, cpu->x[1], sizeof set))
                        return -EFAULT;
                switch ((int)cpu->x[0]) {
                case SIG_BLOCK: mask = old | set; break;
                case SIG_UNBLOCK: mask = old & ~set; break;
                case SIG_SETMASK: mask = set; break;
                default: return -EINVAL;
                }
                if (!signal_set_mask(cpu, mask))
                        return -SYSCALL_AGAIN;
        }
        if (cpu->x[2] && !guest_write(cpu->x[2], &old, sizeof old))
                return -EFAULT;
        return 0;
}

long sys_rt_sigpending(struct cpu *cpu);
long sys_rt_sigpending(struct cpu *cpu)
{
        u64 set = 0;
        long r;

        if (cpu->x[1] > 8)
                return -EINVAL;
        r = sys_call2(__NR_rt_sigpending, (long)&set, 8);
        set |= held(cpu->thread);
        set &= cpu->thread->sigmask;
        if (r == 0 && !guest_write(cpu->x[0], &set, cpu->x[1]))
                return -EFAULT;
        return r;
}

long signal_mask_begin(struct cpu *cpu, gaddr from, u64 size, u64 *host)
{
        struct thread *t = cpu->thread;
        u64 set;

        if (size != 8)
                return -EINVAL;
        if (!guest_read(&set, from, sizeof set))
                return -EFAULT;
        if (cpu->pending)
                return -SYSCALL_AGAIN;
        t->saved_mask = t->sigmask;
        t->have_saved_mask = true;
        t->sigmask = set & ~(SIGNAL_BIT(SIGKILL) | SIGNAL_BIT(SIGSTOP));
        *host = t->sigmask & ~SYNC_SIGNALS;
        if (!(held(t) & ~t->sigmask))
                return 0;
        cpu->pending = 1;
        return -EINTR;
}

long signal_mask_end(struct cpu *cpu, long result)
{
        struct thread *t = cpu->thread;

        if (result == -EINTR && cpu->pending)
                return result;
        t->sigmask = t->saved_mask;
        t->have_saved_mask = false;
        return result;
}

long sys_rt_sigsuspend(struct cpu *cpu);
long sys_rt_sigsuspend(struct cpu *cpu)
{
        u64 host;
        long r = signal_mask_begin(cpu, cpu->x[0], cpu->x[1], &host);

        return r ? r : signal_mask_end(cpu, safe_syscall(__NR_rt_sigsuspend, (long)&host, 8, 0, 0, 0, 0));
}

long sys_rt_sigtimedwait(struct cpu *cpu);
long sys_rt_sigtimedwait(struct cpu *cpu)
{
        struct thread *t = cpu->thread;
        siginfo_t info;
        u64 set;
        long r;

        if (cpu->x[3] != 8)
                return -EINVAL;
        if (!guest_read(&set, cpu->x[0], sizeof set))
                return -EFAULT;
        if (take_held(t, set & t->sigmask, &info))
                r = info.si_signo;
        else
                r = safe_syscall(__NR_rt_sigtimedwait, (long)&set, (long)&info, (long)cpu->x[2], 8, 0, 0);
        if (r > 0 && cpu->x[1] && !guest_write(cpu->x[1], &info, sizeof info))
                return -EFAULT;
        return r;
}
