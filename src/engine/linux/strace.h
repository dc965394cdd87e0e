/* -strace: one line per system call on standard error. */
#pragma once
#include "engine/run/cpu.h"

/* Keep the arguments; for calls that do not come back (exec, exit) print the line now. */
void strace_enter(struct cpu *cpu);
void strace_leave(struct cpu *cpu, long result);
