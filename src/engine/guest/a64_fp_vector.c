/* Advanced SIMD floating point of two vectors: three same, by element, complex. */
#include "engine/guest/a64_fp.h"

static bool same2(struct lift *l, enum helper_id op, unsigned scalar, unsigned q, unsigned esz, unsigned vn, unsigned vm, unsigned vd)
{
        val n = get_v(l, vn), m = get_v(l, vm);
        return put_v(l, vd, fp_op2(l, op, esz, fp_width(scalar, q), n, m));
}

/* Vd is the addend. */
static bool accumulate(struct lift *l, enum helper_id op, unsigned q, unsigned esz, unsigned vn, unsigned vm, unsigned vd)
{
        val n = get_v(l, vn), m = get_v(l, vm), d = get_v(l, vd);
        return put_v(l, vd, fp_op(l, op, esz, q_width(q), n, m, d, 0));
}

bool a64_FADD_v(struct lift *l, const struct a64_FADD_v *f)
{
        return same2(l, HELP_fadd, f->scalar, f->q, fp_esz(f->half, f->sz), f->vn, f->vm, f->vd);
}

bool a64_FSUB_v(struct lift *l, const struct a64_FSUB_v *f)
{
        return same2(l, HELP_fsub, f->scalar, f->q, fp_esz(f->half, f->sz), f->vn, f->vm, f->vd);
}

bool a64_FMUL_v(struct lift *l, const struct a64_FMUL_v *f)
{
        return same2(l, HELP_fmul, f->scalar, f->q, fp_esz(f->half, f->sz), f->vn, f->vm, f->vd);
}

bool a64_FMULX_v(struct lift *l, const struct a64_FMULX_v *f)
{
        return same2(l, HELP_fmulx, f->scalar, f->q, fp_esz(f->half, f->sz), f->vn, f->vm, f->vd);
}

bool a64_FDIV_v(struct lift *l, const struct a64_FDIV_v *f)
{
        return same2(l, HELP_fdiv, f->scalar, f->q, fp_esz(f->half, f->sz), f->vn, f->vm, f->vd);
}

bool a64_FMAX_v(struct lift *l, const struct a64_FMAX_v *f)
{
        return same2(l, HELP_fmax, f->scalar, f->q, fp_esz(f->half, f->sz), f->vn, f->vm, f->vd);
}

bool a64_FMIN_v(struct lift *l, const struct a64_FMIN_v *f)
{
        return same2(l, HELP_fmin, f->scalar, f->q, fp_esz(f->half, f->sz), f->vn, f->vm, f->vd);
}

bool a64_FMAXNM_v(struct lift *l, const struct a64_FMAXNM_v *f)
{
        return same2(l, HELP_fmaxnm, f->scalar, f->q, fp_esz(f->half, f->sz), f->vn, f->vm, f->vd);
}

bool a64_FMINNM_v(struct lift *l, const struct a64_FMINNM_v *f)
{
        return same2(l, HELP_fminnm, f->scalar, f->q, fp_esz(f->half, f->sz), f->vn, f->vm, f->vd);
}

bool a64_FCMEQ_v(struct lift *l, const struct a64_FCMEQ_v *f)
{
        return same2(l, HELP_fcmeq, f->scalar, f->q, fp_esz(f->half, f->sz), f->vn, f->vm, f->vd);
}

bool a64_FCMGE_v(struct lift *l, const struct a64_FCMGE_v *f)
{
        return same2(l, HELP_fcmge, f->scalar, f->q, fp_esz(f->half, f->sz), f->vn, f->vm, f->vd);
}

bool a64_FCMGT_v(struct lift *l, const struct a64_FCMGT_v *f)
{
        return same2(l, HELP_fcmgt, f->scalar, f->q, fp_esz(f->half, f->sz), f->vn, f->vm, f->vd);
}

bool a64_FRSQRTS_v(struct lift *l, const struct a64_FRSQRTS_v *f)
{
        return same2(l, HELP_frsqrts, f->scalar, f->q, fp_esz(f->half, f->sz), f->vn, f->vm, f->vd);
}

bool a64_FMLA_v(struct lift *l, const struct a64_FMLA_v *f)
{
        return accumulate(l, HELP_fmla, f->q, fp_esz(f->half, f->sz), f->vn, f->vm, f->vd);
}

bool a64_FMLS_v(struct lift *l, const struct a64_FMLS_v *f)
{
        return accumulate(l, HELP_fmls, f->q, fp_esz(f->half, f->sz), f->vn, f->vm, f->vd);
}

/* 2 - ab; 0 * infinity, which counts as 0 here, traps in the fused form. */
bool a64_FRECPS_v(struct lift *l, const struct a64_FRECPS_v *f)
{
        unsigned esz = fp_esz(f->half, f->sz);
        enum ir_width w = fp_width(f->scalar, f->q);
        val n = get_v(l, f->vn), m = get_v(l, f->vm);

        if (fp_explicit(l, esz))
                return put_v(l, f->vd, fp_call(l, HELP_frecps, esz, w, n, m, 0, 0));
        fp_flush_check(l, esz, w, n);
        fp_flush_check(l, esz, w, m);
        val two = q_splat(l, esz, w == W_SCALAR ? W_64 : w, fp_power_of_two(esz, 1));
        return put_v(l, f->vd, ir_q(l->b, IR_FMLS, (u8)esz, w, n, m, two, 0, 1));
}

bool a64_FABD_v(struct lift *l, const struct a64_FABD_v *f)
{
        unsigned esz = fp_esz(f->half, f->sz);
        enum ir_width w = fp_width(f->scalar, f->q);
        val n = get_v(l, f->vn), m = get_v(l, f->vm);
        return put_v(l, f->vd, fp_abs(l, esz, w, fp_op2(l, HELP_fsub, esz, w, n, m)));
}

/* |Vn| compared with |Vm|: the helper `whole` or the absolute values and `compare`. */
static bool compare_abs(
        struct lift *l, enum helper_id whole, enum helper_id compare, unsigned esz, enum ir_width w, unsigned vn, unsigned vm, unsigned vd)
{
        val n = get_v(l, vn), m = get_v(l, vm);
        if (fp_explicit(l, esz))
                return put_v(l, vd, fp_call(l, whole, esz, w, n, m, 0, 0));
        return put_v(l, vd, fp_op2(l, compare, esz, w, fp_abs(l, esz, w, n), fp_abs(l, esz, w, m)));
}

bool a64_FACGE_v(struct lift *l, const struct a64_FACGE_v *f)
{
        return compare_abs(l, HELP_facge, HELP_fcmge, fp_esz(f->half, f->sz), fp_width(f->scalar, f->q), f->vn, f->vm, f->vd);
}

bool a64_FACGT_v(struct lift *l, const struct a64_FACGT_v *f)
{
        return compare_abs(l, HELP_facgt, HELP_fcmgt, fp_esz(f->half, f->sz), fp_width(f->scalar, f->q), f->vn, f->vm, f->vd);
}

/* ---- pairs ---- */

bool a64_FADDP_v(struct lift *l, const struct a64_FADDP_v *f)
{
        return same2(l, HELP_faddp, f->scalar, f->q, fp_esz(f->half, f->sz), f->vn, f->vm, f->vd);
}

static bool pairs(
        struct lift *l, enum helper_id pair_op, enum helper_id op, unsigned q, unsigned esz, unsigned vn, unsigned vm, unsigned vd)
{
        val n = get_v(l, vn), m = get_v(l, vm);
        return put_v(l, vd, fp_pairs(l, pair_op, op, esz, q_width(q), n, m));
}

bool a64_FMAXP_v(struct lift *l, const struct a64_FMAXP_v *f)
{
        return pairs(l, HELP_fmaxp, HELP_fmax, f->q, fp_esz(f->half, f->sz), f->vn, f->vm, f->vd);
}

bool a64_FMINP_v(struct lift *l, const struct a64_FMINP_v *f)
{
        return pairs(l, HELP_fminp, HELP_fmin, f->q, fp_esz(f->half, f->sz), f->vn, f->vm, f->vd);
}

bool a64_FMAXNMP_v(struct lift *l, const struct a64_FMAXNMP_v *f)
{
        return pairs(l, HELP_fmaxnmp, HELP_fmaxnm, f->q, fp_esz(f->half, f->sz), f->vn, f->vm, f->vd);
}

bool a64_FMINNMP_v(struct lift *l, const struct a64_FMINNMP_v *f)
{
        return pairs(l, HELP_fminnmp, HELP_fminnm, f->q, fp_esz(f->half, f->sz), f->vn, f->vm, f->vd);
}

/* ---- by element ---- */

/* Element idx of vm, in every lane that the operation reads. */
static val element(struct lift *l, unsigned esz, enum ir_width w, unsigned idx, unsigned vm)
{
        return q_imm(l, IR_QDUP_LANE, esz, w == W_SCALAR ? W_64 : w, get_v(l, vm), idx);
}

static bool by_element(struct lift *l, enum helper_id op, unsigned esz, enum ir_width w, val m, unsigned vn, unsigned vd, bool accumulates)
{
        val n = get_v(l, vn);
        return put_v(l, vd, fp_op(l, op, esz, w, n, m, accumulates ? get_v(l, vd) : 0, 0));
}

bool a64_FMLA_e(struct lift *l, const struct a64_FMLA_e *f)
{
        enum ir_width w = fp_width(f->scalar, f->q);
        return by_element(l, HELP_fmla, f->esz, w, element(l, f->esz, w, f->idx, f->vm), f->vn, f->vd, true);
}

bool a64_FMLS_e(struct lift *l, const struct a64_FMLS_e *f)
{
        enum ir_width w = fp_width(f->scalar, f->q);
        return by_element(l, HELP_fmls, f->esz, w, element(l, f->esz, w, f->idx, f->vm), f->vn, f->vd, true);
}

bool a64_FMUL_e(struct lift *l, const struct a64_FMUL_e *f)
{
        enum ir_width w = fp_width(f->scalar, f->q);
        return by_element(l, HELP_fmul, f->esz, w, element(l, f->esz, w, f->idx, f->vm), f->vn, f->vd, false);
}

bool a64_FMULX_e(struct lift *l, const struct a64_FMULX_e *f)
{
        enum ir_width w = fp_width(f->scalar, f->q);
        return by_element(l, HELP_fmulx, f->esz, w, element(l, f->esz, w, f->idx, f->vm), f->vn, f->vd, false);
}

/* ---- complex ---- */

bool a64_FCADD_v(struct lift *l, const struct a64_FCADD_v *f)
{
        val n = get_v(l, f->vn), m = get_v(l, f->vm);
        return put_v(l, f->vd, fp_call(l, HELP_fcadd, f->size, q_width(f->q), n, m, 0, f->rot ? 3 : 1));
}

static bool complex_multiply(struct lift *l, unsigned esz, unsigned q, unsigned rot, unsigned vn, val m, unsigned vd)
{
        val n = get_v(l, vn), d = get_v(l, vd);
        return put_v(l, vd, fp_call(l, HELP_fcmla, esz, q_width(q), n, m, d, rot));
}

bool a64_FCMLA_v(struct lift *l, const struct a64_FCMLA_v *f)
{
        return complex_multiply(l, f->size, f->q, f->rot, f->vn, get_v(l, f->vm), f->vd);
}

bool a64_FCMLA_e(struct lift *l, const struct a64_FCMLA_e *f)
{
        val pair = q_imm(l, IR_QDUP_LANE, f->size + 1, W_128, get_v(l, f->vm), f->idx);
        return complex_multiply(l, f->size, f->q, f->rot, f->vn, pair, f->vd);
}
