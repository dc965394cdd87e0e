/*
 * Between the register allocator (alloc.c) and the emitters (emit_*.c). One IR operation, one emit function
 *
 *      void emit_NAME(struct emit *e, val v, const struct ir_inst *i);
 *
 * found through emit_table[] (emit_table.c). All functions below are alloc.c's promise to the emitters.
 */
#pragma once
#include "engine/host/x64.h"
#include "engine/ir/ir.h"

struct emit; /* alloc.h */

struct code *emit_code(struct emit *e);
const struct ir_inst *emit_inst(struct emit *e, val v); /* the instruction that makes v */

/*
 * The register that holds operand v now. Read only: it may be a guest's pinned register. For an I32 value the high half is
 * unspecified: use 32-bit forms. Values that live in the CPU state or a spill slot are loaded into a scratch register.
 */
gpr emit_use_i(struct emit *e, val v);
xmm emit_use_q(struct emit *e, val v);

/*
 * The register for the result of v. Call it after every emit_use of this instruction. It may be the register of an operand
 * that dies here (write it only once all operands were read) ... I32 results must be written by 32-bit forms (zero-extending).
 */
gpr emit_def_i(struct emit *e, val v);
xmm emit_def_q(struct emit *e, val v);
/* ... while this one is never the register of an operand, so that it may be written before the operands were read. */
gpr emit_def_early_i(struct emit *e, val v);
xmm emit_def_early_q(struct emit *e, val v);

/* A scratch register until the end of this instruction. There are 3 GPRs and 4 XMMs in all, operands included. */
gpr emit_tmp_i(struct emit *e);
xmm emit_tmp_q(struct emit *e);

/* This XMM scratch register, emptied, until the end of this instruction. Call it before the uses. */
xmm emit_take_q(struct emit *e, unsigned host);

/* Must be called before code that destroys EFLAGS: saves live guest flags that are held there. Call it BEFORE the uses. */
void emit_clobber_flags(struct emit *e);

/*
 * Out-of-line code at the end of the block. emit_jcc_cold emits `jcc cold`; at the block's end fn(e, arg) is called to emit
 * the cold code with the allocator's state frozen: only fixed registers it captured in arg may be used, RAX RCX RDX and EFLAGS
 * must be preserved by it (push/pop on RSP is allowed), and the jump back is emitted for it to the point where
 * emit_cold_resume(e, label) was called. arg points into memory of emit_cold_arg (zeroed, freed with the block).
 */
void *emit_cold_arg(struct emit *e, size_t size);
int emit_jcc_cold(struct emit *e, unsigned cc, void (*fn)(struct emit *e, void *arg), void *arg);
void emit_cold_resume(struct emit *e, int label);

/* Call of a vector helper: the three operands are stored to cpu.qarg, the result loaded to `d` (n NO_REG in .n: none). From cold code too. */
void emit_call_helper_q(struct emit *e, unsigned id, u8 esz, u8 width, u8 aux, xmm d, const xmm *args, unsigned nargs);

/* AVX-512 mask registers set on entry to generated code and never written: k1 = 1, k2 = 3. k3..k7 are free scratch. */

typedef void emit_fn(struct emit *e, val v, const struct ir_inst *i);
extern emit_fn *const emit_table[IR_OP_COUNT];
