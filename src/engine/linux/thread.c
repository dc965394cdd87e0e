/* Threads and processes of the guest: each is one of the host's, with memory of its own for the engine when it shares the guest's. */
#include "base/arena.h"
#include "base/mem.h"
#include "base/sys.h"
#include "engine/linux/linux.h"
#include "engine/linux/signal.h"
#include "engine/run/enter.h"
#include "engine/run/persist.h"
#include "engine/run/thread.h"
#include <linux/sched.h>

/* Guest state a clone starts with; pinned vectors go over in the registers. */
static void copy_guest_state(struct cpu *to, const struct cpu *from)
{
        memcpy(to->x, from->x, sizeof to->x);
        memcpy(to->v, from->v, sizeof to->v);
        to->nzcv = from->nzcv;
        to->qc = from->qc;
        to->fpcr = from->fpcr;
        to->fpsr = from->fpsr;
        to->mxcsr = from->mxcsr;
        to->pc = from->pc;
        to->tpidr = from->tpidr;
}

static void copy_thread_state(struct thread *to, const struct thread *from, u64 flags)
{
        to->sigmask = from->sigmask;
        if (flags & CLONE_VFORK) { /* else the kernel gives a thread no alternate stack */
                to->altstack_sp = from->altstack_sp;
                to->altstack_size = from->altstack_size;
                to->altstack_flags = from->altstack_flags;
        }
        if (flags & CLONE_SIGHAND) {
                to->actions = from->actions;
        } else {
                to->own_actions = *from->actions;
                to->actions = &to->own_actions;
        }
        to->parent_frees = flags & CLONE_VFORK;
}

/* The handlers' table outlives the thread it was made in. */
static void share_actions(struct thread *t)
{
        struct signal_actions *shared;

        if (t->actions != &t->own_actions)
                return;
        shared = pages_alloc(sizeof *shared);
        *shared = t->own_actions;
        t->actions = shared;
}

static struct cpu *child_with_our_memory(struct cpu *cpu, u64 flags)
{
        struct cpu *child = thread_create(cpu->process);

        if (!child)
                return NULL;
        if (flags & CLONE_SIGHAND)
                share_actions(cpu->thread);
        copy_guest_state(child, cpu);
        copy_thread_state(child->thread, cpu->thread, flags);
        return child;
}

static void before_fork(struct process *p)
{
        process_before_fork(p); /* translation asks for guest_prot with its lock held: that order */
        linux_before_fork(p);
}

static void after_fork(struct process *p, struct cpu *child)
{
        linux_after_fork(p);
        process_after_fork(p, child);
}

/* First thing in the child, on its own engine stack, all signals blocked (enter.c). */
void thread_child_starts(struct cpu *cpu);
void thread_child_starts(struct cpu *cpu)
{
        struct thread *t = cpu->thread;

        if (t->start.forked) {
                signal_forget(t);
                after_fork(cpu->process, cpu);
        }
        thread_attach(cpu);
        if (t->start.clear_handlers)
                signal_clear_handlers(cpu);
        if (t->start.set_sp)
                cpu->x[31] = t->start.sp;
        if (t->start.set_tls)
                cpu->tpidr = t->start.tls;
        cpu->x[0] = 0;
        cpu->excl_addr = ~0UL;
        signal_apply_mask(cpu);
}

struct clone {
        u64 flags, sp, tls;
        long ptid, ctid;
        struct clone_args *args; /* clone3, or NULL */
        size_t args_size;
};

static long host_clone(const struct clone *c, u64 flags, struct cpu *child, bool shares)
{
        u8 *stack = shares ? child->engine_stack : NULL;

        if (!c->args)
                return enter_clone((long)flags, stack, c->ptid, c->ctid, child);
        c->args->flags = flags;
        c->args->stack = shares ? (u64)stack - ENGINE_STACK_SIZE : 0;
        c->args->stack_size = shares ? ENGINE_STACK_SIZE : 0;
        c->args->tls = shares ? (u64)child : 0;
        return enter_clone3(c->args, c->args_size, child);
}

static void set_start(struct thread *t, const struct clone *c, bool forked)
{
        t->start.forked = forked;
        t->start.set_sp = c->sp != 0;
        t->start.sp = c->sp;
        t->start.set_tls = c->flags & CLONE_SETTLS;
        t->start.tls = c->tls;
        t->start.clear_handlers = c->flags & CLONE_CLEAR_SIGHAND;
}

/* The child has a copy of everything, the engine included. */
static long clone_fork(struct cpu *cpu, const struct clone *c)
{
        long r;

        set_start(cpu->thread, c, true);
        before_fork(cpu->process);
        r = host_clone(c, c->flags & ~(u64)(CLONE_SETTLS | CLONE_CLEAR_SIGHAND), cpu, false);
        after_fork(cpu->process, NULL);
        return r;
}

/* The child shares memory: a thread, or a child of vfork that lives until it calls execve or exits. */
static long clone_sharing(struct cpu *cpu, const struct clone *c)
{
        struct cpu *child = child_with_our_memory(cpu, c->flags);
        long r;

        if (!child)
                return -ENOMEM;
        set_start(child->thread, c, false);
        __atomic_add_fetch(&cpu->process->thread_count, 1, __ATOMIC_RELAXED);
        r = host_clone(c, (c->flags | CLONE_SETTLS) & ~(u64)CLONE_CLEAR_SIGHAND, child, true);
        if (r < 0 || c->flags & CLONE_VFORK) {
                __atomic_sub_fetch(&cpu->process->thread_count, 1, __ATOMIC_RELAXED);
                thread_free(child);
        }
        return r;
}

/* As in the kernel, a signal that came before goes first: it is no business of the child's. */
static long do_clone(struct cpu *cpu, const struct clone *c)
{
        long r;

        if ((c->flags & CLONE_SIGHAND && !(c->flags & CLONE_VM)) || (c->flags & CLONE_SIGHAND && c->flags & CLONE_CLEAR_SIGHAND))
                return -EINVAL;
        signal_block_all();
        if (cpu->pending)
                return -SYSCALL_AGAIN; /* delivery opens the mask */
        r = c->flags & CLONE_VM ? clone_sharing(cpu, c) : clone_fork(cpu, c);
        signal_apply_mask(cpu);
        return r;
}

/* arm64: flags, stack, parent_tid, tls, child_tid */
long sys_clone(struct cpu *cpu);
long sys_clone(struct cpu *cpu)
{
        struct clone c = { .flags = (u32)cpu->x[0], .sp = cpu->x[1] & ~15UL, .tls = cpu->x[3], .ptid = (long)cpu->x[2], .ctid = (long)cpu->x[4] };

        return do_clone(cpu, &c);
}

long sys_clone3(struct cpu *cpu);
long sys_clone3(struct cpu *cpu)
{
        u8 buffer[4096];
        struct clone_args *args = (struct clone_args *)buffer;
        u64 size = cpu->x[1];
        struct clone c;

        if (size > sizeof buffer)
                return -E2BIG;
        if (size < CLONE_ARGS_SIZE_VER0)
                return -EINVAL;
        if (!guest_read(buffer, cpu->x[0], size))
                return -EFAULT;
        if (!args->stack != !args->stack_size)
                return -EINVAL;
        c = (struct clone){ .flags = args->flags, .sp = (args->stack + args->stack_size) & ~15UL, .tls = args->tls, .args = args,
                .args_size = size };
        return do_clone(cpu, &c);
}

/* What was translated is kept for the next process. Nothing may interrupt that, and there is nobody left to be interrupted. */
static void process_ends(struct process *p)
{
        if (!p->modules)
                return;
        signal_block_all();
        persist_save_all(p);
}

/* The kernel clears and wakes the guest's child_tid after our memory is gone. */
long sys_exit(struct cpu *cpu);
long sys_exit(struct cpu *cpu)
{
        struct thread *t = cpu->thread;
        long code = (long)cpu->x[0];

        if (__atomic_sub_fetch(&cpu->process->thread_count, 1, __ATOMIC_RELAXED) == 0 || t->parent_frees) {
                if (t->parent_frees) /* our parent counts */
                        __atomic_add_fetch(&cpu->process->thread_count, 1, __ATOMIC_RELAXED);
                if (!t->parent_frees)
                        process_ends(cpu->process);
                return sys_call1(__NR_exit, code);
        }
        signal_block_all();
        thread_unlist(cpu);
        enter_exit_thread(t->base, t->size, code);
}

long sys_exit_group(struct cpu *cpu);
long sys_exit_group(struct cpu *cpu)
{
        process_ends(cpu->process);
        return sys_call1(__NR_exit_group, (long)cpu->x[0]);
}

long sys_set_tid_address(struct cpu *cpu);
long sys_set_tid_address(struct cpu *cpu)
{
        return sys_call1(__NR_set_tid_address, (long)cpu->x[0]);
}
