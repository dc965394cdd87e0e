/*
 * IEEE 754 arithmetic as the Arm architecture defines it, in integers only.
 *
 * One body serves half, single and double: the format is data. The text follows the shared pseudocode of the Arm Architecture
 * Reference Manual (DDI 0487, "shared/functions/float"); the function it restates is named at each declaration.
 */
#pragma once
#include "base/types.h"

/* The first four are FPCR.RMode. */
enum sfp_round { SFP_RN, SFP_RP, SFP_RM, SFP_RZ, SFP_RA, SFP_RO };

/* How a computation is done and what it raised: FPSR bits are ORed into fpsr. Made by sfp_make. */
struct sfp {
        u32 fpcr;
        u32 fpsr;
        u8 exp_bits, frac_bits;
        bool alt_half; /* the alternative half format (FPCR.AHP): set by conversions only */
};

enum sfp_kind { SFP_ZERO, SFP_FINITE, SFP_INF, SFP_QNAN, SFP_SNAN };

/* An operand taken apart. |value| = mant * 2^(exp - 63) with bit 63 of mant set when kind is SFP_FINITE. */
struct sfp_num {
        u64 bits;
        u64 mant;
        i32 exp;
        u8 kind;
        bool sign;
};

/* esz: 1 half, 2 single, 3 double. */
struct sfp sfp_make(unsigned esz, u32 fpcr);

static inline enum sfp_round sfp_mode(const struct sfp *s)
{
        return s->fpcr >> 22 & 3;
}
static inline u64 sfp_sign_bit(const struct sfp *s)
{
        return 1ull << (s->exp_bits + s->frac_bits);
}
static inline int sfp_bias(const struct sfp *s)
{
        return (1 << (s->exp_bits - 1)) - 1;
}
static inline bool sfp_is_half(const struct sfp *s)
{
        return s->exp_bits == 5;
}
static inline bool sfp_is_nan(const struct sfp_num *n)
{
        return n->kind >= SFP_QNAN;
}

/* ---- softfp_pack.c ---- */
struct sfp_num sfp_unpack(struct sfp *s, u64 bits); /* FPUnpack, FPUnpackCV */
u64 sfp_pack(
        struct sfp *s, enum sfp_round mode, bool sign, i32 exp, u128 mant); /* FPRound of mant * 2^exp, mant != 0; bit 0 may be sticky */
bool sfp_round_up(enum sfp_round mode, bool sign, bool odd, int rest);      /* rest: 0 none, 1 below, 2 equal, 3 above one half */
bool sfp_flushes(const struct sfp *s);                                      /* FZ or FZ16 applies to this format */
u64 sfp_zero(const struct sfp *s, bool sign);
u64 sfp_inf(const struct sfp *s, bool sign);
u64 sfp_max_normal(const struct sfp *s, bool sign);
u64 sfp_default_nan(const struct sfp *s);
u64 sfp_invalid(struct sfp *s);                                                          /* raises IOC, gives the default NaN */
u64 sfp_nan(struct sfp *s, const struct sfp_num *n);                                     /* FPProcessNaN */
bool sfp_nans2(struct sfp *s, const struct sfp_num *a, const struct sfp_num *b, u64 *r); /* FPProcessNaNs: true when *r is the result */
bool sfp_nans3(struct sfp *s, const struct sfp_num *a, const struct sfp_num *b, const struct sfp_num *c, u64 *r);
u64 sfp_pack_num(struct sfp *s, const struct sfp_num *n); /* the value unpacked before, exactly */

/* ---- softfp_arith.c ---- */
u64 sfp_add(struct sfp *s, u64 a, u64 b);
u64 sfp_sub(struct sfp *s, u64 a, u64 b);
u64 sfp_mul(struct sfp *s, u64 a, u64 b);
u64 sfp_mulx(struct sfp *s, u64 a, u64 b);
u64 sfp_div(struct sfp *s, u64 a, u64 b);
u64 sfp_sqrt(struct sfp *s, u64 a);
u64 sfp_muladd(struct sfp *s, u64 addend, u64 a, u64 b); /* FPMulAdd */
u64 sfp_recip_step(struct sfp *s, u64 a, u64 b);         /* FPRecipStepFused: 2 - ab */
u64 sfp_rsqrt_step(struct sfp *s, u64 a, u64 b);         /* FPRSqrtStepFused: (3 - ab) / 2 */
u64 sfp_abs(struct sfp *s, u64 a);
u64 sfp_neg(struct sfp *s, u64 a);

/* ---- softfp_compare.c ---- */
u32 sfp_compare(struct sfp *s, u64 a, u64 b, bool signalling); /* FPCompare: NZCV in bits 31..28 */
bool sfp_eq(struct sfp *s, u64 a, u64 b);
bool sfp_gt(struct sfp *s, u64 a, u64 b);
bool sfp_ge(struct sfp *s, u64 a, u64 b);
u64 sfp_max(struct sfp *s, u64 a, u64 b);
u64 sfp_min(struct sfp *s, u64 a, u64 b);
u64 sfp_maxnum(struct sfp *s, u64 a, u64 b);
u64 sfp_minnum(struct sfp *s, u64 a, u64 b);

/* ---- softfp_convert.c ---- */
/* FPConvert from the format `from` (an esz) to `to`; FPSR bits into s->fpsr; only s->fpcr is read. */
u64 sfp_convert(struct sfp *s, unsigned from, unsigned to, enum sfp_round mode, u64 a);
u64 sfp_round_int(struct sfp *s, u64 a, enum sfp_round mode, bool exact);                                     /* FPRoundInt */
u64 sfp_to_fixed(struct sfp *s, u64 a, unsigned fbits, bool is_unsigned, unsigned bits, enum sfp_round mode); /* FPToFixed, zero-extended */
u64 sfp_from_fixed(struct sfp *s, u64 a, unsigned fbits, bool is_unsigned, unsigned bits);                    /* FixedToFP, FPCR rounding */
u32 sfp_to_int32_js(struct sfp *s, u64 a, bool *exact);                                                       /* FPToFixedJS; *exact is Z */

/* ---- softfp_estimate.c ---- */
u64 sfp_recip_estimate(struct sfp *s, u64 a);
u64 sfp_rsqrt_estimate(struct sfp *s, u64 a);
u64 sfp_recip_exponent(struct sfp *s, u64 a); /* FPRecpX */
unsigned sfp_recip_table(unsigned a);         /* RecipEstimate: 256 <= a < 512, 9 bits out */
unsigned sfp_rsqrt_table(unsigned a);         /* RecipSqrtEstimate: 128 <= a < 512, 9 bits out */
