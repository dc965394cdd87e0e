/*
 * Shared by the floating-point lifters (a64_fp_*.c).
 *
 * Every FP operation has two forms: the IR operation, which the host executes and traps on when the result may differ from Arm's,
 * and the exact helper in C. fp_op() chooses; the helper's id names the operation in both cases.
 */
#pragma once
#include "a64_decode.h"
#include "engine/fp/helper.h"
#include "engine/guest/a64_lift.h"
#include "engine/guest/a64_simd.h"

/* The encodings' type field (0 single, 1 double, 3 half) as log2 of the size. */
static inline unsigned fp_esz_of_type(unsigned type)
{
        return type == 3 ? 1 : 2 + type;
}
static inline unsigned fp_esz(unsigned half, unsigned sz)
{
        return half ? 1 : 2 + sz;
}
static inline enum ir_width fp_width(unsigned scalar, unsigned q)
{
        return scalar ? W_SCALAR : q_width(q);
}

/* Is this operation lifted as a helper call? Half precision and sites where the host's result was wrong are. */
bool fp_explicit(const struct lift *l, unsigned esz);

/* In a process that flushes subnormals: those among the lanes of a trap under FPCR.FZ. */
void fp_flush_check(struct lift *l, unsigned esz, enum ir_width w, val a);

/* Operation `op` with operands in the order of ops.def; aux is the IR operation's and the helper's. */
val fp_op(struct lift *l, enum helper_id op, unsigned esz, enum ir_width w, val a, val b, val c, unsigned aux);
/* Always the helper. */
val fp_call(struct lift *l, enum helper_id op, unsigned esz, enum ir_width w, val a, val b, val c, unsigned aux);
/* A vector helper whose result is the integer in hret: I64. */
val fp_call_i(struct lift *l, enum helper_id op, unsigned esz, val a, val b, val c, unsigned aux);

static inline val fp_op1(struct lift *l, enum helper_id op, unsigned esz, enum ir_width w, val a)
{
        return fp_op(l, op, esz, w, a, 0, 0, 0);
}
static inline val fp_op2(struct lift *l, enum helper_id op, unsigned esz, enum ir_width w, val a, val b)
{
        return fp_op(l, op, esz, w, a, b, 0, 0);
}

val fp_abs(struct lift *l, unsigned esz, enum ir_width w, val a);
val fp_neg(struct lift *l, unsigned esz, enum ir_width w, val a);
/* Pairs of (b:a) joined by `op`, whose helper for pairs is `pair_op`; both vectors. */
val fp_pairs(struct lift *l, enum helper_id pair_op, enum helper_id op, unsigned esz, enum ir_width w, val a, val b);

/* set_v and true: the last line of most rows. */
bool put_v(struct lift *l, unsigned vd, val q);

/* Bits of the 8-bit immediate of FMOV (VFPExpandImm). */
u64 fp_expand_imm(unsigned esz, unsigned imm8);
/* Bits of 2 to the power n, a normal number of esz 2 or 3. */
u64 fp_power_of_two(unsigned esz, int n);
