/*
 * Code memory is given back when most of it is dead: a guest that writes code for ever (a JIT) would otherwise take memory for ever. Direct
 * links lead from any region into any other, so all regions go at once but for those of modules that lead nowhere else: their blocks' entries
 * lead to the dispatcher, and when each thread has come by there, or is in a system call, nobody holds an address in them any more.
 */
#pragma once
#include "engine/run/process.h"

/* Called before a new region is made: begins when enough is dead, and ends what was begun if it can. Process lock held. */
void reclaim_if_due(struct process *p);

/* The calling thread holds no host address of generated code (but in what is cleared here) and has seen that process.generation moved on. */
void reclaim_pass(struct cpu *cpu);

/* Around a system call: the thread holds no such address, however long it takes. */
static inline void reclaim_enter_syscall(struct cpu *cpu)
{
        __atomic_store_n(&cpu->in_syscall, 1, __ATOMIC_RELEASE);
}

/* No fence, which would cost a short system call a fifth of its time: who begins to reclaim makes everybody go through one. */
static inline void reclaim_leave_syscall(struct cpu *cpu)
{
        __atomic_store_n(&cpu->in_syscall, 0, __ATOMIC_RELEASE);
}

/* Has the thread to call reclaim_pass() before it takes the next address of code? */
static inline bool reclaim_waits(const struct cpu *cpu)
{
        return UNLIKELY(cpu->generation != __atomic_load_n(&cpu->process->generation, __ATOMIC_ACQUIRE));
}
