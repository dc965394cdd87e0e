/* The choice between IR operation and helper, and small values. */
#include "engine/guest/a64_fp.h"

/* The IR operation that gives the helper's result, or traps. */
static const u16 ir_form[HELP_COUNT] = {
        [HELP_fadd] = IR_FADD,
        [HELP_fsub] = IR_FSUB,
        [HELP_fmul] = IR_FMUL,
        [HELP_fmulx] = IR_FMUL, /* they differ in 0 * infinity only, which traps */
        [HELP_fdiv] = IR_FDIV,
        [HELP_fsqrt] = IR_FSQRT,
        [HELP_fmla] = IR_FMLA,
        [HELP_fmls] = IR_FMLS,
        [HELP_fnmla] = IR_FNMLA,
        [HELP_fnmls] = IR_FNMLS,
        [HELP_fmax] = IR_FMAX,
        [HELP_fmin] = IR_FMIN,
        [HELP_fmaxnm] = IR_FMAXNM,
        [HELP_fminnm] = IR_FMINNM,
        [HELP_faddp] = IR_FADDP,
        [HELP_fcmeq] = IR_FCMEQ,
        [HELP_fcmgt] = IR_FCMGT,
        [HELP_fcmge] = IR_FCMGE,
        [HELP_frint] = IR_FRINT,
        [HELP_fcvt] = IR_FCVT,
        [HELP_fcvtl] = IR_FCVTL,
        [HELP_fcvtn] = IR_FCVTN,
        [HELP_qfcvt_to_s] = IR_QFCVT_TO_S,
        [HELP_qfcvt_to_u] = IR_QFCVT_TO_U,
};

bool fp_explicit(const struct lift *l, unsigned esz)
{
        return esz == 1 || (l->site & SITE_FP_EXPLICIT);
}

val fp_call(struct lift *l, enum helper_id op, unsigned esz, enum ir_width w, val a, val b, val c, unsigned aux)
{
        return ir_q(l->b, IR_HELP_Q, (u8)esz, w, a, b, c, op, (u8)aux);
}

val fp_call_i(struct lift *l, enum helper_id op, unsigned esz, val a, val b, val c, unsigned aux)
{
        return ir_emit(l->b, (struct ir_inst){ .op = IR_HELP_IQ,
                                     .type = IR_I64,
                                     .esz = (u8)esz,
                                     .width = W_SCALAR,
                                     .aux = (u8)aux,
                                     .arg = { a, b, c },
                                     .imm = op });
}

/* Products, quotients and narrowed numbers may round up to the smallest normal number (sums of numbers are exact there). */
static bool rounds_to_normal(enum helper_id op, unsigned aux)
{
        return (ir_form[op] >= IR_FMUL && ir_form[op] <= IR_FNMLS && op != HELP_fsqrt) || op == HELP_fcvtn || (op == HELP_fcvt && aux == 2);
}

static bool rounds_to_integer(enum helper_id op)
{
        return op == HELP_frint || op == HELP_qfcvt_to_s || op == HELP_qfcvt_to_u;
}

void fp_flush_check(struct lift *l, unsigned esz, enum ir_width w, val a)
{
        if (a && l->site & SITE_FP_FLUSH)
                ir_q(l->b, IR_FCMEQ, (u8)esz, w, a, a, 0, 0, 0);
}

val fp_op(struct lift *l, enum helper_id op, unsigned esz, enum ir_width w, val a, val b, val c, unsigned aux)
{
        if (fp_explicit(l, esz) || !ir_form[op])
                return fp_call(l, op, esz, w, a, b, c, aux);
        if (b || rounds_to_integer(op)) {
                fp_flush_check(l, esz, w, a);
                fp_flush_check(l, esz, w, b);
                fp_flush_check(l, esz, w, c);
        }
        val r = ir_q(l->b, (enum ir_op)ir_form[op], (u8)esz, w, a, b, c, 0, op == HELP_fmulx ? 1 : (u8)aux);
        if (l->site & SITE_FP_CAREFUL && rounds_to_normal(op, aux))
                ir_emit(l->b, (struct ir_inst){ .op = IR_FTINY, .esz = op == HELP_fcvt ? 2 : (u8)esz, .arg = { r }, .imm = (i64)l->pc });
        return r;
}

val fp_abs(struct lift *l, unsigned esz, enum ir_width w, val a)
{
        return esz == 1 ? fp_call(l, HELP_fabs, esz, w, a, 0, 0, 0) : q_op1(l, IR_FABS, esz, w, a);
}

val fp_neg(struct lift *l, unsigned esz, enum ir_width w, val a)
{
        return esz == 1 ? fp_call(l, HELP_fneg, esz, w, a, 0, 0, 0) : q_op1(l, IR_FNEG, esz, w, a);
}

val fp_pairs(struct lift *l, enum helper_id pair_op, enum helper_id op, unsigned esz, enum ir_width w, val a, val b)
{
        if (fp_explicit(l, esz))
                return fp_call(l, pair_op, esz, w, a, b, 0, 0);
        val even = q_op2(l, IR_QUZP1, esz, w, a, b);
        val odd = q_op2(l, IR_QUZP2, esz, w, a, b);
        return fp_op2(l, op, esz, w, even, odd);
}

bool put_v(struct lift *l, unsigned vd, val q)
{
        set_v(l, vd, q);
        return true;
}

static const u8 exp_bits[] = { 0, 5, 8, 11 };
static const u8 frac_bits[] = { 0, 10, 23, 52 };

u64 fp_expand_imm(unsigned esz, unsigned imm8)
{
        unsigned e = exp_bits[esz], f = frac_bits[esz];
        u64 sign = imm8 >> 7, high = imm8 >> 6 & 1;
        u64 exp = (high ^ 1) << (e - 1) | (high ? (1ull << (e - 3)) - 1 : 0) << 2 | (imm8 >> 4 & 3);
        return sign << (e + f) | exp << f | (u64)(imm8 & 15) << (f - 4);
}

u64 fp_power_of_two(unsigned esz, int n)
{
        int bias = (1 << (exp_bits[esz] - 1)) - 1;
        return (u64)(bias + n) << frac_bits[esz];
}
