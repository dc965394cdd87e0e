/*
 * The border between C and generated code (enter.c). Whenever C runs here, pinned guest GPRs are in cpu->x, while guest vectors
 * and MXCSR stay in the host's registers: C code is built to leave them alone.
 */
#pragma once
#include "engine/run/cpu.h"

/* Leave whatever runs and start the dispatcher on an empty engine stack. RBP must be cpu + CPU_BIAS. */
void enter_dispatch(void);
_Noreturn void enter_first(struct cpu *cpu); /* the same from C */

/* Guest vectors between the registers and cpu->v. The load also sets MXCSR from cpu->mxcsr, and k1 = 1, k2 = 3 for AVX-512. */
void enter_save_vectors(struct cpu *cpu);
void enter_load_vectors(struct cpu *cpu);

void thunk_exit(void);
void thunk_link(void);
void thunk_indirect(void);
void thunk_return(void);
void thunk_svc(void);
void thunk_help_i(void);
void thunk_help_q(void);
void thunk_stale(void);
void thunk_sentinel(void);

/* clone with a new engine stack: the child goes to enter_dispatch with this cpu. Parent: the kernel's result. */
long enter_clone(long flags, void *stack, long ptid, long ctid, struct cpu *child);
long enter_clone3(void *args, size_t size, struct cpu *child);

/* Unmap this thread's memory and end it. */
_Noreturn void enter_exit_thread(void *base, size_t size, long code);

/* Inside the thunks: neither C nor generated code, registers on their way. */
bool enter_contains(u64 rip);

/* What the thunks call, on the empty engine stack. Each returns the host address to go on at. */
void *run_dispatch(struct cpu *cpu);
void *run_link(struct cpu *cpu, void *record);
void *run_indirect(struct cpu *cpu);
void *run_svc(struct cpu *cpu);
void *run_stale(struct cpu *cpu, u8 *entry);

/* The guest return address of the pair at the bottom of the return stack: matches no address an instruction can have. */
#define RETURN_SENTINEL 0xdead000000000001UL
