/* What the emitters of vector operations share. */
#pragma once
#include "engine/fp/helper.h"
#include "engine/host/emit_ops.h"
#include "engine/host/x64_int.h"
#include "engine/host/x64_vec.h"

/* The mask that makes an instruction on lanes of esz zero everything beyond width; k 0 when there is none. */
struct vmask q_mask(unsigned esz, unsigned width);

/* d = s with the lanes beyond width zero. */
void q_trunc(struct code *c, unsigned esz, unsigned width, xmm d, xmm s);

/* d = op(a, b) with the lanes beyond width zero: one instruction where the host has masks. */
void q_op3(struct code *c, enum x64_vop op, unsigned esz, unsigned width, xmm d, xmm a, xmm b);

/* Can the host execute op on any register? */
bool q_has(const struct code *c, enum x64_vop op);

/* The operation of two operands that is one instruction, by lane size; V_COUNT where there is none: then helper `id` is called. */
void q_binary(struct emit *e, val v, const struct ir_inst *i, const u16 ops[4], unsigned id);

/* The whole operation through a C helper. */
void q_by_helper(struct emit *e, val v, const struct ir_inst *i, unsigned id);

/* d = the 32-bit pattern in every word; t is scratch. */
void q_broadcast32(struct code *c, gpr t, xmm d, u32 pattern);

/* d = low 64 bits, high 64 bits; t is scratch. */
void q_const128(struct code *c, gpr t, xmm d, u64 low, u64 high);

/* True when n more vector scratch registers are free in this instruction. */
bool q_has_tmps(struct emit *e, unsigned n);
unsigned q_unpinned_operands(struct emit *e, const struct ir_inst *i); /* that sit in scratch registers or in memory */

/*
 * A scratch register even when all four are taken: then a pinned one that is none of `busy` (registers of this instruction) is
 * borrowed and its content kept in cpu.qarg until q_return. Not across instructions that may trap: guest state must be in its homes.
 */
struct q_loan {
        xmm r;
        bool borrowed;
};
struct q_loan q_borrow(struct emit *e, const xmm *busy, unsigned count, unsigned slot);
void q_return(struct emit *e, struct q_loan l, unsigned slot);

/*
 * Where to compute the result d of i when something is written before the last instruction that may trap: d itself, or a scratch
 * register (move it to d at the end) when d is a guest register that an operand was derived from within the same guest instruction.
 */
xmm q_before_trap(struct emit *e, const struct ir_inst *i, xmm d);

/* Cold code that replaces the result d by that of a helper called with the same operands; the registers must still hold them. */
void q_cold_helper(struct emit *e, unsigned cc, unsigned id, const struct ir_inst *i, xmm d, const xmm *args, unsigned count);
