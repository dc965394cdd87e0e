/* The host's signal handler: the one place where signals of the kernel come in. */
#pragma once
#include "engine/run/thread.h"

/* Signals whose host handler is always ours: hardware faults of generated code. */
#define SYNC_SIGNALS (1UL << (SIGSEGV - 1) | 1UL << (SIGBUS - 1) | 1UL << (SIGFPE - 1) | 1UL << (SIGILL - 1) | 1UL << (SIGTRAP - 1))

/* Handlers for SYNC_SIGNALS in the host; remembers what was ignored before. */
void fault_install(struct signal_actions *actions);
/* The handler for `sig` in the host with the guest's SA_NOCLD* and SA_RESTART flags. */
void fault_set_handler(int sig, u64 flags);
void fault_set_default(int sig, u64 handler, u64 flags); /* handler 0 SIG_DFL or 1 SIG_IGN */

/* Whether the host ignores `sig`: SIG_IGN or SIG_DFL as a number. For signals the guest never set. */
u64 fault_host_handler(int sig);

/* The dispatcher's part of a fault: fix up and go on, or make it a guest signal. */
void fault_resolve(struct cpu *cpu);
