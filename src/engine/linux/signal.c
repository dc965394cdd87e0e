#include "engine/linux/signal.h"
#include "base/mem.h"
#include "base/sys.h"
#include "engine/run/fault.h"
#include "engine/run/process.h"
#include "engine/run/safe_syscall.h"

static const u64 DEFAULT_IS_NOTHING =
        SIGNAL_BIT(SIGCHLD) | SIGNAL_BIT(SIGCONT) | SIGNAL_BIT(SIGURG) | SIGNAL_BIT(SIGWINCH);

static const u64 NOT_MASKABLE = SIGNAL_BIT(SIGKILL) | SIGNAL_BIT(SIGSTOP);

static void host_mask(u64 mask)
{
        sys_call4(__NR_rt_sigprocmask, SIG_SETMASK, (long)&mask, 0, 8);
}

void signal_block_all(void)
{
        host_mask(~0UL);
}

static bool queue_has(const struct thread *t, u64 blocked)
{
        for (int i = 0; i < SIGNAL_QUEUE; i++)
                if (t->queue[i].full && !(blocked & SIGNAL_BIT(t->queue[i].info.si_signo)))
                        return true;
        return false;
}

/* False: a signal waits, which closed the host's mask. Opening it now would let in others that this one's handler blocks. */
static bool open_mask(u64 mask)
{
        mask &= ~SYNC_SIGNALS;
        return safe_syscall(__NR_rt_sigprocmask, SIG_SETMASK, (long)&mask, 0, 8, 0, 0) != -SYSCALL_AGAIN;
}

bool signal_set_mask(struct cpu *cpu, u64 mask)
{
        struct thread *t = cpu->thread;

        mask &= ~NOT_MASKABLE;
        if (!open_mask(mask))
                return false;
        t->sigmask = mask;
        if (UNLIKELY(queue_has(t, mask)))
                cpu->pending = 1;
        return true;
}

void signal_apply_mask(struct cpu *cpu)
{
        open_mask(cpu->thread->sigmask); /* or signal_deliver does it */
}

void signal_forget(struct thread *t)
{
        for (int i = 0; i < SIGNAL_QUEUE; i++)
                t->queue[i].full = 0;
}

struct guest_sigaction signal_action(struct cpu *cpu, int sig)
{
        struct signal_actions *a = cpu->thread->actions;
        struct guest_sigaction act;

        lock_acquire(&cpu->process->lock);
        if (!(a->known & SIGNAL_BIT(sig))) {
                a->action[sig].handler = fault_host_handler(sig);
                a->known |= SIGNAL_BIT(sig);
        }
        act = a->action[sig];
        lock_release(&cpu->process->lock);
        return act;
}

static void set_host_action(int sig, const struct guest_sigaction *act)
{
        bool handled = act->handler != (u64)SIG_DFL && act->handler != (u64)SIG_IGN;

        if (SYNC_SIGNALS & SIGNAL_BIT(sig))
                fault_set_handler(sig, handled ? act->flags : SA_RESTART);
        else if (handled)
                fault_set_handler(sig, act->flags);
        else
                fault_set_default(sig, act->handler, act->flags);
}

static void change_action(struct cpu *cpu, int sig, const struct guest_sigaction *act)
{
        struct signal_actions *a = cpu->thread->actions;

        lock_acquire(&cpu->process->lock);
        a->action[sig] = *act;
        a->known |= SIGNAL_BIT(sig);
        set_host_action(sig, act);
        lock_release(&cpu->process->lock);
}

void signal_reset_handler(struct cpu *cpu, int sig)
{
        struct guest_sigaction act = signal_action(cpu, sig);

        act.handler = (u64)SIG_DFL;
        change_action(cpu, sig, &act);
}

void signal_clear_handlers(struct cpu *cpu)
{
        for (int sig = 1; sig <= SIGNALS; sig++)
                if (!(NOT_MASKABLE & SIGNAL_BIT(sig)) && signal_action(cpu, sig).handler > (u64)SIG_IGN)
                        change_action(cpu, sig, &(struct guest_sigaction){ 0 });
}

/* The default action, done by the kernel itself; comes back after a stop. */
static void take_default(struct cpu *cpu, int sig)
{
        u64 only = ~SIGNAL_BIT(sig);

        fault_set_default(sig, (u64)SIG_DFL, 0);
        sys_call3(__NR_tgkill, sys_call0(__NR_getpid), cpu->thread->tid, sig);
        host_mask(only);
        if (SYNC_SIGNALS & SIGNAL_BIT(sig))
                fault_set_handler(sig, SA_RESTART);
}

static _Noreturn void die_by(struct cpu *cpu, int sig)
{
        for (;;) {
                take_default(cpu, sig);
                sig = SIGKILL;
        }
}

void signal_fault(struct cpu *cpu, int sig, int code, gaddr addr, u64 esr)
{
        struct guest_sigaction act = signal_action(cpu, sig);
        siginfo_t info;

        if (act.handler == (u64)SIG_DFL || act.handler == (u64)SIG_IGN || cpu->thread->sigmask & SIGNAL_BIT(sig))
                die_by(cpu, sig);
        memset(&info, 0, sizeof info);
        info.si_signo = sig;
        info.si_code = code;
        info.si_addr = (void *)addr;
        if (!signal_enter_handler(cpu, &info, &act, addr, esr))
                die_by(cpu, SIGSEGV);
        signal_apply_mask(cpu);
}

static void deliver_one(struct cpu *cpu, const siginfo_t *info)
{
        int sig = info->si_signo;
        struct guest_sigaction act = signal_action(cpu, sig);

        if (act.handler == (u64)SIG_IGN || (act.handler == (u64)SIG_DFL && DEFAULT_IS_NOTHING & SIGNAL_BIT(sig)))
                return;
        if (act.handler == (u64)SIG_DFL)
                take_default(cpu, sig);
        else if (!signal_enter_handler(cpu, info, &act, 0, 0))
                die_by(cpu, SIGSEGV);
}

/*
 * The host let a signal through under the guest's mask, or one that ppoll and the like set for their time: only a handler entered
 * since then can block it. A synchronous one comes through any mask.
 */
static bool must_wait(const struct thread *t, const struct queued_signal *q)
{
        u64 blocked = q->held ? t->sigmask : t->sigmask & SYNC_SIGNALS;

        return blocked & SIGNAL_BIT(q->info.si_signo);
}

void signal_deliver(struct cpu *cpu)
{
        struct thread *t = cpu->thread;

        cpu->pending = 0;
        for (int i = 0; i < SIGNAL_QUEUE; i++) {
                struct queued_signal *q = &t->queue[i];
                siginfo_t info = q->info;

                if (!q->full || must_wait(t, q))
                        continue;
                q->full = 0;
                deliver_one(cpu, &info);
        }
        if (t->have_saved_mask) {
                t->have_saved_mask = false;
                t->sigmask = t->saved_mask;
        }
        signal_apply_mask(cpu);
}

void signal_before_exec(struct cpu *cpu)
{
        u64 mask;

        for (int sig = 1; sig <= SIGNALS; sig++)
                if (SYNC_SIGNALS & SIGNAL_BIT(sig) && signal_action(cpu, sig).handler == (u64)SIG_IGN)
                        fault_set_default(sig, (u64)SIG_IGN, 0);
        mask = cpu->thread->sigmask;
        safe_syscall(__NR_rt_sigprocmask, SIG_SETMASK, (long)&mask, 0, 8, 0, 0); /* when a signal waits, execve is not done either */
}

void signal_undo_exec(struct cpu *cpu)
{
        for (int sig = 1; sig <= SIGNALS; sig++) {
                if (SYNC_SIGNALS & SIGNAL_BIT(sig)) {
                        struct guest_sigaction act = signal_action(cpu, sig);

                        set_host_action(sig, &act);
                }
        }
        signal_apply_mask(cpu);
}

gaddr signal_guess_address(struct cpu *cpu)
{
        u32 word = 0;
        gaddr base;

        if (!guest_read(&word, cpu->pc, sizeof word))
                return 0;
        base = cpu->x[word >> 5 & 31];
        if ((word & 0x3b000000) == 0x39000000) /* LDR, STR with unsigned offset */
                base += (u64)(word >> 10 & 0xfff) << (word & 0x04800000 ? 4 * (word >> 26 & word >> 23 & 1) : word >> 30);
        return base & 0x00ffffffffffffffUL;
}

/* ---- system calls ---- */

long sys_rt_sigaction(struct cpu *cpu);
long sys_rt_sigaction(struct cpu *cpu)
{
        u64 sig = cpu->x[0];
        struct guest_sigaction act, old;

        if (cpu->x[3] != 8 || sig < 1 || sig > SIGNALS || (cpu->x[1] && NOT_MASKABLE & SIGNAL_BIT(sig)))
                return -EINVAL;
        if (cpu->x[1] && !guest_read(&act, cpu->x[1], sizeof act))
                return -EFAULT;
        old = signal_action(cpu, (int)sig);
        if (cpu->x[1]) {
                act.mask &= ~NOT_MASKABLE;
                change_action(cpu, (int)sig, &act);
        }
        if (cpu->x[2] && !guest_write(cpu->x[2], &old, sizeof old))
                return -EFAULT;
        return 0;
}
