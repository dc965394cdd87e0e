/*
 * Floating-point arithmetic. Invalid operations trap (MXCSR) and the run-time redoes the guest instruction in software, so no test is
 * needed for them; until the last instruction that may trap, only scratch registers and results that are no operand are written.
 */
#include "engine/host/emit_q.h"

/* Rows of one operation: packed and scalar, single and double. */
struct fp_ops {
        u16 packed[2], scalar[2];
        u16 id;
};

#define FP_OPS(name, helper) { { V_##name##PS, V_##name##PD }, { V_##name##SS, V_##name##SD }, helper }

/* FMULX and FRECPS differ from their host form where that traps: a helper called instead of it must be theirs. */
static unsigned helper_of(const struct ir_inst *i, const struct fp_ops *ops)
{
        if (!i->aux)
                return ops->id;
        return i->op == IR_FMUL ? HELP_fmulx : HELP_frecps;
}

static bool too_few_tmps(struct emit *e, const struct ir_inst *i, unsigned id, xmm d, const xmm *args, unsigned count, unsigned tmps)
{
        if (q_has_tmps(e, tmps))
                return false;
        emit_call_helper_q(e, id, i->esz, i->width, i->aux, d, args, count);
        return true;
}

/* AVX2, low halves: what lies above must raise no exception. Zeros do for most operations, a copy of the low half for all. */
static void low_halves(struct emit *e, val v, const struct ir_inst *i, const struct fp_ops *ops, enum x64_vop clean)
{
        struct code *c = emit_code(e);
        emit_clobber_flags(e);
        xmm a = emit_use_q(e, i->arg[0]), b = emit_use_q(e, i->arg[1]), d = emit_def_q(e, v);
        if (too_few_tmps(e, i, helper_of(i, ops), d, (xmm[]){ a, b }, 2, 2))
                return;
        xmm t = emit_tmp_q(e), u = emit_tmp_q(e);
        x64_v2(c, clean, t, a);
        x64_v2(c, clean, u, b);
        x64_v3(c, ops->packed[0], d, t, u);
        x64_vmovq_rr(c, d, d);
}

static void binary(struct emit *e, val v, const struct ir_inst *i, const struct fp_ops *ops, enum x64_vop clean)
{
        struct code *c = emit_code(e);
        unsigned dbl = i->esz == 3;
        if (i->esz < 2) {
                q_by_helper(e, v, i, ops->id);
                return;
        }
        if (!c->avx512 && i->width == W_64) {
                low_halves(e, v, i, ops, clean);
                return;
        }
        xmm a = emit_use_q(e, i->arg[0]), b = emit_use_q(e, i->arg[1]), d = emit_def_q(e, v);
        if (c->avx512) {
                x64_v3_k(c, ops->packed[dbl], d, a, b, q_mask(i->esz, i->width));
        } else {
                x64_v3(c, (i->width == W_128 ? ops->packed : ops->scalar)[dbl], d, a, b);
                if (i->width != W_128)
                        q_trunc(c, i->esz, i->width, d, d);
        }
}

static const struct fp_ops add_ops = FP_OPS(ADD, HELP_fadd), sub_ops = FP_OPS(SUB, HELP_fsub), mul_ops = FP_OPS(MUL, HELP_fmul),
                           div_ops = FP_OPS(DIV, HELP_fdiv), sqrt_ops = FP_OPS(SQRT, HELP_fsqrt);

void emit_FADD(struct emit *e, val v, const struct ir_inst *i) { binary(e, v, i, &add_ops, V_MOVQ); }
void emit_FSUB(struct emit *e, val v, const struct ir_inst *i) { binary(e, v, i, &sub_ops, V_MOVQ); }
void emit_FMUL(struct emit *e, val v, const struct ir_inst *i) { binary(e, v, i, &mul_ops, V_MOVQ); }
void emit_FDIV(struct emit *e, val v, const struct ir_inst *i) { binary(e, v, i, &div_ops, V_MOVDDUP); }

void emit_FSQRT(struct emit *e, val v, const struct ir_inst *i)
{
        struct code *c = emit_code(e);
        unsigned dbl = i->esz == 3;
        if (i->esz < 2) {
                q_by_helper(e, v, i, HELP_fsqrt);
                return;
        }
        xmm a = emit_use_q(e, i->arg[0]);
        if (c->avx512 || i->width == W_128) {
                x64_v2_k(c, sqrt_ops.packed[dbl], emit_def_q(e, v), a, c->avx512 ? q_mask(i->esz, i->width) : K_NONE);
        } else if (i->width == W_64) {
                xmm t = emit_tmp_q(e);
                x64_vmovq_rr(c, t, a);
                x64_v2(c, V_SQRTPS, emit_def_q(e, v), t);
        } else {
                xmm d = emit_def_q(e, v);
                x64_v3(c, sqrt_ops.scalar[dbl], d, a, a);
                q_trunc(c, i->esz, i->width, d, d);
        }
}

/* ---- fused multiply-add: which NaN is chosen differs, so a NaN result is redone by the helper ---- */

static const struct fp_ops fmla_ops = FP_OPS(FMADD231, HELP_fmla), fmls_ops = FP_OPS(FNMADD231, HELP_fmls),
                           fnmla_ops = FP_OPS(FNMSUB231, HELP_fnmla), fnmls_ops = FP_OPS(FMSUB231, HELP_fnmls);

/* Flags "not zero" or "parity" when d holds a NaN; returns the condition. */
static unsigned test_nan(struct emit *e, const struct ir_inst *i, xmm d, const xmm *args)
{
        struct code *c = emit_code(e);
        if (i->width == W_SCALAR) {
                x64_vucomis(c, i->esz, d, d);
                return CC_P;
        }
        if (c->avx512) {
                x64_v_cmp_k(c, i->esz == 3 ? V_CMPPD_K : V_CMPPS_K, KREG(3), d, d, 3, K_NONE);
                x64_kortestb(c, KREG(3), KREG(3));
                return CC_NE;
        }
        struct q_loan t = q_borrow(e, (xmm[]){ args[0], args[1], args[2], d }, 4, 3);
        x64_v3_i(c, i->esz == 3 ? V_CMPPD : V_CMPPS, t.r, d, d, 3);
        x64_v2(c, V_PTEST, t.r, t.r);
        q_return(e, t, 3);
        return CC_NE;
}

/* AVX2, low halves: on copies in both halves. */
static bool fused_low_halves(struct emit *e, const struct ir_inst *i, const struct fp_ops *ops, xmm d, const xmm *args)
{
        struct code *c = emit_code(e);
        if (too_few_tmps(e, i, helper_of(i, ops), d, args, 3, 2))
                return false;
        xmm t = emit_tmp_q(e), u = emit_tmp_q(e);
        x64_v2(c, V_MOVDDUP, t, args[0]);
        x64_v2(c, V_MOVDDUP, u, args[1]);
        x64_v2(c, V_MOVDDUP, d, args[2]);
        x64_v3(c, ops->packed[0], d, t, u);
        x64_vmovq_rr(c, d, d);
        x64_v3_i(c, V_CMPPS, t, d, d, 3);
        x64_v2(c, V_PTEST, t, t);
        return true;
}

/* d = the fused operation on full or single lanes. */
static void fused_lanes(struct code *c, const struct ir_inst *i, const struct fp_ops *ops, xmm d, const xmm *args)
{
        unsigned dbl = i->esz == 3;
        x64_vmovdqa_rr(c, d, args[2]);
        if (c->avx512) {
                x64_v3_k(c, ops->packed[dbl], d, args[0], args[1], q_mask(i->esz, i->width));
                return;
        }
        x64_v3(c, (i->width == W_128 ? ops->packed : ops->scalar)[dbl], d, args[0], args[1]);
        if (i->width != W_128)
                q_trunc(c, i->esz, i->width, d, d);
}

static void fused(struct emit *e, val v, const struct ir_inst *i, const struct fp_ops *ops)
{
        struct code *c = emit_code(e);
        xmm args[3];
        if (i->esz < 2) {
                q_by_helper(e, v, i, ops->id);
                return;
        }
        emit_clobber_flags(e);
        for (int n = 0; n < 3; n++)
                args[n] = emit_use_q(e, i->arg[n]);
        xmm d = emit_def_early_q(e, v), w = q_before_trap(e, i, d);
        if (!c->avx512 && i->width == W_64) {
                if (fused_low_halves(e, i, ops, w, args))
                        q_cold_helper(e, CC_NE, helper_of(i, ops), i, w, args, 3);
        } else {
                fused_lanes(c, i, ops, w, args);
                q_cold_helper(e, test_nan(e, i, w, args), helper_of(i, ops), i, w, args, 3);
        }
        x64_vmovdqa_rr(c, d, w);
}

void emit_FMLA(struct emit *e, val v, const struct ir_inst *i) { fused(e, v, i, &fmla_ops); }
void emit_FMLS(struct emit *e, val v, const struct ir_inst *i) { fused(e, v, i, &fmls_ops); }
void emit_FNMLA(struct emit *e, val v, const struct ir_inst *i) { fused(e, v, i, &fnmla_ops); }
void emit_FNMLS(struct emit *e, val v, const struct ir_inst *i) { fused(e, v, i, &fnmls_ops); }

/* ---- maximum and minimum ---- */

static const struct fp_ops max_ops = FP_OPS(MAX, HELP_fmax), min_ops = FP_OPS(MIN, HELP_fmin), maxnm_ops = FP_OPS(MAX, HELP_fmaxnm),
                           minnm_ops = FP_OPS(MIN, HELP_fminnm);

/* VRANGE is FMAXNM and FMINNM; for FMAX and FMIN lanes with a NaN are then replaced by the sum, which is the NaN to give. */
static void extreme_range(struct emit *e, val v, const struct ir_inst *i, bool max, bool number)
{
        struct code *c = emit_code(e);
        unsigned dbl = i->esz == 3;
        struct vmask k = q_mask(i->esz, i->width);
        xmm a = emit_use_q(e, i->arg[0]), b = emit_use_q(e, i->arg[1]), d = emit_def_early_q(e, v);
        x64_v3_ki(c, dbl ? V_RANGEPD : V_RANGEPS, d, a, b, max ? 5 : 4, k);
        if (!number) {
                x64_v_cmp_k(c, dbl ? V_CMPPD_K : V_CMPPS_K, KREG(3), a, b, 3, k);
                x64_v3_k(c, add_ops.packed[dbl], d, a, b, (struct vmask){ 3, false });
        }
}

/* MAX and MIN of the host trap on any NaN and give the second operand for two zeros: both orders, joined, give the right zero. */
static void extreme_both(struct emit *e, val v, const struct ir_inst *i, const struct fp_ops *ops, bool max)
{
        struct code *c = emit_code(e);
        unsigned dbl = i->esz == 3;
        xmm a = emit_use_q(e, i->arg[0]), b = emit_use_q(e, i->arg[1]), d = emit_def_early_q(e, v), t = emit_tmp_q(e);
        enum x64_vop join = max ? V_PAND : V_POR;
        if (i->width == W_64) {
                xmm w = q_before_trap(e, i, d);
                x64_v3(c, V_PUNPCKLQDQ, t, a, b);
                x64_v2_i(c, V_PSHUFD, w, t, 0x4e);
                x64_v3(c, ops->packed[0], t, t, w);
                x64_v2_i(c, V_PSHUFD, d, t, 0x4e);
        } else {
                const u16 *form = i->width == W_128 ? ops->packed : ops->scalar;
                x64_v3(c, form[dbl], t, a, b);
                x64_v3(c, form[dbl], d, b, a);
        }
        x64_v3(c, join, d, d, t);
        if (i->width != W_128)
                q_trunc(c, i->esz, i->width, d, d);
}

static void extreme(struct emit *e, val v, const struct ir_inst *i, const struct fp_ops *ops, bool max, bool number)
{
        if (i->esz < 2)
                q_by_helper(e, v, i, ops->id);
        else if (emit_code(e)->avx512)
                extreme_range(e, v, i, max, number);
        else
                extreme_both(e, v, i, ops, max);
}

void emit_FMAX(struct emit *e, val v, const struct ir_inst *i) { extreme(e, v, i, &max_ops, true, false); }
void emit_FMIN(struct emit *e, val v, const struct ir_inst *i) { extreme(e, v, i, &min_ops, false, false); }
void emit_FMAXNM(struct emit *e, val v, const struct ir_inst *i) { extreme(e, v, i, &maxnm_ops, true, true); }
void emit_FMINNM(struct emit *e, val v, const struct ir_inst *i) { extreme(e, v, i, &minnm_ops, false, true); }

/* ---- pairwise add ---- */

/* d, t = the first and the second of each pair; both twice where there is one pair only. */
static void split_pairs(struct code *c, const struct ir_inst *i, xmm d, xmm t, xmm a, xmm b)
{
        if (i->width == W_SCALAR)
                b = a;
        if (i->esz == 3) {
                x64_v3(c, V_PUNPCKLQDQ, d, a, b);
                x64_v3(c, V_PUNPCKHQDQ, t, a, b);
        } else if (i->width == W_128) {
                x64_v3_i(c, V_SHUFPS, t, a, b, 0xdd);
                x64_v3_i(c, V_SHUFPS, d, a, b, 0x88);
        } else {
                x64_v3(c, V_PUNPCKLDQ, d, a, b);
                x64_vbyteshift(c, false, t, d, 8);
                x64_vmovq_rr(c, d, d);
        }
}

void emit_FADDP(struct emit *e, val v, const struct ir_inst *i)
{
        struct code *c = emit_code(e);
        if (i->esz < 2) {
                q_by_helper(e, v, i, HELP_faddp);
                return;
        }
        xmm a = emit_use_q(e, i->arg[0]), b = i->arg[1] ? emit_use_q(e, i->arg[1]) : a;
        xmm d = emit_def_early_q(e, v), t = emit_tmp_q(e), w = q_before_trap(e, i, d);
        split_pairs(c, i, w, t, a, b);
        x64_v3(c, add_ops.packed[i->esz == 3], d, w, t);
        if (i->width != W_128)
                q_trunc(c, i->esz, i->width, d, d);
}

/* ---- sign bits ---- */

void emit_FABS(struct emit *e, val v, const struct ir_inst *i)
{
        struct code *c = emit_code(e);
        if (!i->esz) {
                q_by_helper(e, v, i, HELP_fabs);
                return;
        }
        xmm a = emit_use_q(e, i->arg[0]), d = emit_def_q(e, v);
        struct vmask k = c->avx512 ? q_mask(i->esz, i->width) : K_NONE;
        x64_vshift_ki(c, VSH_SLL, i->esz, d, a, 1, k);
        x64_vshift_i(c, VSH_SRL, i->esz, d, d, 1);
        if (i->width != W_128 && !k.k)
                q_trunc(c, i->esz, i->width, d, d);
}

void emit_FNEG(struct emit *e, val v, const struct ir_inst *i)
{
        struct code *c = emit_code(e);
        xmm a = emit_use_q(e, i->arg[0]), t = emit_tmp_q(e), d = emit_def_q(e, v);
        x64_vones(c, t);
        x64_vshift_i(c, VSH_SLL, i->esz, t, t, (8u << i->esz) - 1);
        q_op3(c, V_PXOR, i->esz, i->width, d, a, t);
}
