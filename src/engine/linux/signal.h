/* Signals as the guest sees them: actions, masks, frames. The host's side is run/fault.c. */
#pragma once
#include "engine/run/thread.h"

/* ESR_EL1 as the kernel shows it in esr_context (Arm ARM D17.2.37). */
#define ESR_FETCH_MAP 0x82000007UL
#define ESR_FETCH_PERM 0x8200000fUL
#define ESR_BRK 0UL /* the kernel reports none */
#define ESR_PC_ALIGN 0x8a000000UL
#define ESR_DATA_MAP 0x92000007UL
#define ESR_DATA_PERM 0x9200000fUL
#define ESR_DATA_ALIGN 0x92000021UL
#define ESR_WRITE 0x40UL

#define SIGNAL_BIT(sig) (1UL << ((sig) - 1))

/*
 * A signal that cpu->pc's instruction causes: its handler is entered, or the process dies by it. `addr` goes to si_addr. An esr of 0:
 * no esr_context.
 */
void signal_fault(struct cpu *cpu, int sig, int code, gaddr addr, u64 esr);

/* Enter handlers for the signals that wait; the guest is between two instructions. Clears cpu->pending. */
void signal_deliver(struct cpu *cpu);

/* The address a load or store at cpu->pc was about to use, as far as its base register tells. */
gaddr signal_guess_address(struct cpu *cpu);

/* Set the guest's mask and the host's. False when a signal goes first: nothing was done. */
bool signal_set_mask(struct cpu *cpu, u64 mask);
/* The host's mask follows the guest's after signal_block_all or a handler's entry; at the latest when what waits is delivered. */
void signal_apply_mask(struct cpu *cpu);

/* Before an execve: the host gets the guest's whole mask and what it ignores; `undo` when the call failed. */
void signal_before_exec(struct cpu *cpu);
void signal_undo_exec(struct cpu *cpu);

/* All host signals off, as around clone; signal_apply_mask ends it. */
void signal_block_all(void);

/*
 * Calls that wait under another mask (sigsuspend, ppoll, pselect, epoll_pwait): the guest's at `from` becomes the thread's until
 * signal_mask_end(), and longer when a handler interrupts the call: it runs under that mask, and its return brings the old one back (kernel/signal.c,
 * restore_saved_sigmask_unless). *host is for the host's call. 0, or the call's result.
 */
long signal_mask_begin(struct cpu *cpu, gaddr from, u64 size, u64 *host);
long signal_mask_end(struct cpu *cpu, long result);

/* A fork's child: signals of its parent are not its own. */
void signal_forget(struct thread *t);
/* A child that asked for it (CLONE_CLEAR_SIGHAND): all handlers back to default. */
void signal_clear_handlers(struct cpu *cpu);

/* What the guest has set for sig. */
struct guest_sigaction signal_action(struct cpu *cpu, int sig);
/* SA_RESETHAND: sig has its default action again, in guest and host; flags and mask stay as they are. */
void signal_reset_handler(struct cpu *cpu, int sig);

/* signal_frame.c: build the frame on the guest's stack and enter the handler. False: the stack cannot take it. */
bool signal_enter_handler(struct cpu *cpu, const siginfo_t *info, const struct guest_sigaction *act, gaddr fault_address, u64 esr);

/* signal_stack.c: the stack pointer for a frame. */
u64 signal_frame_sp(struct cpu *cpu, u64 flags);
/* As sigaltstack(2) sets it; errors as the kernel. */
long signal_set_altstack(struct thread *t, u64 guest_sp, u64 sp, u32 flags, u64 size);
