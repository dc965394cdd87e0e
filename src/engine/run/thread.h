/* One guest thread: its memory, its signals. The memory is one mapping, lazily filled by the kernel. */
#pragma once
#include "engine/run/cpu.h"
#include <linux/signal.h>

enum {
        RETURN_STACK_SIZE = 256 << 10,
        ENGINE_STACK_SIZE = 64 << 10,
        HANDLER_STACK_SIZE = 32 << 10,
        SIGNAL_QUEUE = 12,
        SIGNALS = 64,
};

/* The guest's struct sigaction as the arm64 kernel has it. */
struct guest_sigaction {
        u64 handler, flags, restorer, mask;
};

struct signal_actions {
        struct guest_sigaction action[SIGNALS + 1];
        u64 known; /* bit sig - 1: action[] was set by the guest, otherwise it is what the host says */
};

struct queued_signal {
        volatile u32 full;
        bool held;      /* a handler was entered since it came, and may block it */
        siginfo_t info;
};

/* A fault the handler left for the dispatcher. */
struct fault {
        volatile u32 waiting;
        u32 error;      /* x86 page fault error code */
        u64 host;       /* address in generated code; cpu->pc is the guest instruction */
        siginfo_t info;
};

struct thread {
        void *base;     /* the mapping */
        size_t size;
        u8 *return_guard; /* page below the return stack */
        u8 *handler_stack;
        i32 tid;
        u64 sigmask;    /* the guest's; the host's is the same without the synchronous signals, and full while one waits */
        u64 saved_mask; /* what rt_sigsuspend replaced */
        bool have_saved_mask;
        u64 altstack_sp, altstack_size;
        u32 altstack_flags;
        u32 stepping;   /* TF is ours */
        bool parent_frees; /* a vfork child: its memory goes when the parent goes on */
        struct {
                bool forked, set_sp, set_tls, clear_handlers;
                u64 sp, tls;
        } start;        /* what clone asked for the child, done by itself */
        struct signal_actions *actions; /* shared by CLONE_SIGHAND */
        struct signal_actions own_actions; /* of a child that shares memory but not handlers */
        struct fault fault;
        struct queued_signal queue[SIGNAL_QUEUE];
};

/* The cpu and thread of this host thread. */
static inline struct cpu *cpu_current(void)
{
        struct cpu *cpu;

        asm("mov %%fs:%c1, %0" : "=r"(cpu) : "i"(offsetof(struct cpu, self)));
        return cpu;
}

/* A thread's memory with stacks, thunks and an empty jump cache; NULL when the kernel has no memory. Guest state is zero. */
struct cpu *thread_create(struct process *p);
void thread_free(struct cpu *cpu);
/* The thread ends and frees its memory by itself. */
void thread_unlist(struct cpu *cpu);

/* Forget where indirect branches led. */
void thread_clear_jump_cache(struct cpu *cpu);

/* Forget all predicted returns / keep the newest ones and make room (the guard page was hit). */
void thread_reset_return_stack(struct cpu *cpu);
u64 thread_shift_return_stack(struct cpu *cpu, u64 rsp);

/* Registers of this host thread: FS base, the handlers' stack. */
void thread_attach(struct cpu *cpu);
