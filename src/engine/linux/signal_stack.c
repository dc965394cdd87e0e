/* The guest's alternate signal stack. */
#include "base/sys.h"
#include "engine/linux/signal.h"
#include "engine/run/safe_syscall.h"

enum { GUEST_MINSIGSTKSZ = 5120 }; /* uapi/asm/signal.h of arm64 */

struct guest_stack {
        u64 sp;
        i32 flags;
        u64 size;
};

static bool on_stack(const struct thread *t, u64 sp)
{
        return !(t->altstack_flags & SS_AUTODISARM) && sp - t->altstack_sp - 1 < t->altstack_size && t->altstack_size;
}

u64 signal_frame_sp(struct cpu *cpu, u64 flags)
{
        const struct thread *t = cpu->thread;
        u64 sp = cpu->x[31];

        if (flags & SA_ONSTACK && t->altstack_size && !on_stack(t, sp))
                return t->altstack_sp + t->altstack_size;
        return sp;
}

long signal_set_altstack(struct thread *t, u64 guest_sp, u64 sp, u32 flags, u64 size)
{
        u32 mode = flags & ~SS_AUTODISARM;

        if (on_stack(t, guest_sp))
                return -EPERM;
        if (mode != SS_DISABLE && mode != SS_ONSTACK && mode != 0)
                return -EINVAL;
        if (mode == SS_DISABLE) {
                sp = 0;
                size = 0;
        } else if (size < GUEST_MINSIGSTKSZ) {
                return -ENOMEM;
        }
        t->altstack_sp = sp;
        t->altstack_size = size;
        t->altstack_flags = flags;
        return 0;
}

long sys_sigaltstack(struct cpu *cpu);
long sys_sigaltstack(struct cpu *cpu)
{
        struct thread *t = cpu->thread;
        struct guest_stack old = { t->altstack_sp, 0, t->altstack_size }, new;
        long result = 0;

        old.flags = !t->altstack_size ? SS_DISABLE : on_stack(t, cpu->x[31]) ? SS_ONSTACK : 0;
        old.flags |= (i32)(t->altstack_flags & SS_AUTODISARM);
        if (cpu->x[0]) {
                if (!guest_read(&new, cpu->x[0], sizeof new))
                        return -EFAULT;
                result = signal_set_altstack(t, cpu->x[31], new.sp, (u32)new.flags, new.size);
        }
        if (result == 0 && cpu->x[1] && !guest_write(cpu->x[1], &old, sizeof old))
                return -EFAULT;
        return result;
}
