/*
 * Shared by the integer Advanced SIMD lifters (a64_simd_*.c, a64_crypto.c): short names for vector operations, and the
 * saturating steps that several classes of instructions are made of.
 */
#pragma once
#include "engine/fp/helper.h"
#include "engine/guest/lift.h"
#include "engine/ir/ir.h"

static inline enum ir_width q_width(unsigned q) { return q ? W_128 : W_64; }
/* A scalar register of 1<<esz bytes. Eight bytes are W_64, which every host form knows. */
static inline enum ir_width q_scalar(unsigned esz) { return esz == 3 ? W_64 : W_SCALAR; }

static inline val q_op3(struct lift *l, enum ir_op op, unsigned esz, enum ir_width w, val a, val b, val c)
{
        return ir_q(l->b, op, (u8)esz, w, a, b, c, 0, 0);
}
static inline val q_op2(struct lift *l, enum ir_op op, unsigned esz, enum ir_width w, val a, val b)
{
        return ir_q(l->b, op, (u8)esz, w, a, b, 0, 0, 0);
}
static inline val q_op1(struct lift *l, enum ir_op op, unsigned esz, enum ir_width w, val a)
{
        return ir_q(l->b, op, (u8)esz, w, a, 0, 0, 0, 0);
}
static inline val q_imm(struct lift *l, enum ir_op op, unsigned esz, enum ir_width w, val a, i64 imm)
{
        return ir_q(l->b, op, (u8)esz, w, a, 0, 0, imm, 0);
}
static inline val q_imm2(struct lift *l, enum ir_op op, unsigned esz, enum ir_width w, val a, val b, i64 imm)
{
        return ir_q(l->b, op, (u8)esz, w, a, b, 0, imm, 0);
}
static inline val q_zero(struct lift *l) { return ir_q(l->b, IR_QZERO, 3, W_128, 0, 0, 0, 0, 0); }
static inline val q_hi(struct lift *l, val a) { return q_op1(l, IR_QHI, 3, W_128, a); }
static inline val q_join(struct lift *l, val lo, val hi) { return q_op2(l, IR_QJOIN, 3, W_128, lo, hi); }
/* A call of vector helper id with up to three operands (0: none). */
static inline val q_help(struct lift *l, enum helper_id id, unsigned esz, enum ir_width w, val a, val b, val c)
{
        return ir_q(l->b, IR_HELP_Q, (u8)esz, w, a, b, c, id, 0);
}

/* `lane` in every lane of 1<<esz bytes, zero beyond the width (W_64, W_128). */
val q_splat(struct lift *l, unsigned esz, enum ir_width w, u64 lane);
/* x >> n with n = 1..lane width, rounded to nearest with ties up: (x + (1 << (n - 1))) >> n without losing the carry. */
val q_round_shr(struct lift *l, enum ir_op shr, unsigned esz, enum ir_width w, val x, unsigned n);
/* FPSR.QC is set when any bit of x is set. */
void q_set_qc(struct lift *l, val x);
/* The high half (part) or the low half of v, in the low 64 bits with the rest of no importance to a widening operation. */
static inline val q_part(struct lift *l, unsigned part, val v) { return part ? q_hi(l, v) : v; }
/* Write a 64-bit narrow result: to the whole register (part 0) or to its high half. */
void q_set_part(struct lift *l, unsigned part, unsigned vd, val narrow);

/* How the lanes of 2<<esz bytes are narrowed to 1<<esz with saturation: source signed or not, result signed or not. */
enum narrowing { NARROW_S_S, NARROW_U_U, NARROW_S_U };
/* The narrow lanes in the low 64 bits; scalar: only lane 0, rest zero. Sets FPSR.QC. */
val q_sat_narrow(struct lift *l, enum narrowing how, unsigned esz, bool scalar, val x);

/* SQDMULH (round 0), SQRDMULH (round 1) for lanes of 2 or 4 bytes. Sets FPSR.QC. */
val q_sqdmulh(struct lift *l, bool round, unsigned esz, enum ir_width w, val a, val b);

/* Element idx (h:l:m bits as encoded) of vm in every lane; esz 1 or 2. */
val q_element(struct lift *l, unsigned esz, unsigned idx, unsigned vm);

/* SQDMULL: the doubled product of the low 64-bit halves, saturated; esz of the source (1, 2), w of the result. Sets FPSR.QC. */
val q_sqdmull(struct lift *l, unsigned esz, enum ir_width w, val a, val b);
/* SQABS. Sets FPSR.QC. */
val q_sqabs(struct lift *l, unsigned esz, enum ir_width w, val x);
/* Sum of products of four bytes of a and b added to each 32-bit lane of acc. */
val q_dot(struct lift *l, bool is_signed, unsigned q, val acc, val a, val b);
/* The same for unsigned a and signed b. */
val q_usdot(struct lift *l, unsigned q, val acc, val a, val b);
