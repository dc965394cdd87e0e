/* Prototypes of all handlers that syscall.def names. */
#pragma once
#include "engine/run/cpu.h"

#define PASS(nr, name, host, args)
#define NOSYS(nr, name, args, reason)
#define CONVERT(nr, name, args) long sys_##name(struct cpu *cpu);
#define EMULATE CONVERT
#define SIGNALS CONVERT
#include "engine/linux/syscall.def"
#undef PASS
#undef NOSYS
#undef CONVERT
#undef EMULATE
#undef SIGNALS
