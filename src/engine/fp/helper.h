/*
 * Helpers in C that generated code calls for rare operations. One line per helper in a .def file:
 *   fp/helpers_*.def   HELPER_Q(name)  void help_name(struct cpu *, const struct helper_q *how);   operands in cpu->qarg[0..2], result cpu->qarg[3] (or cpu->hret)
 *                      HELPER_I(name)  u64 help_name(struct cpu *, u64 a, u64 b, u64 c);
 * Use: ir HELP_Q with imm = HELP_name.
 */
#pragma once
#include "engine/run/cpu.h"

enum helper_id {
        HELP_NONE,
#define HELPER_Q(name) HELP_##name,
#define HELPER_I(name) HELP_##name,
#include "engine/fp/helpers.def"
#undef HELPER_Q
#undef HELPER_I
        HELP_COUNT
};

#define HELPER_Q(name) void help_##name(struct cpu *cpu, const struct helper_q *how);
#define HELPER_I(name) u64 help_##name(struct cpu *cpu, u64 a, u64 b, u64 c);
#include "engine/fp/helpers.def"
#undef HELPER_Q
#undef HELPER_I

typedef void helper_fn(void);
extern helper_fn *const helper_table[HELP_COUNT];
