/* Advanced SIMD floating point of one vector: two-register rows, pairs of one register, across lanes. */
#include "engine/guest/a64_fp.h"

static bool misc1(struct lift *l, enum helper_id op, unsigned scalar, unsigned q, unsigned esz, unsigned vn, unsigned vd, unsigned aux)
{
        return put_v(l, vd, fp_op(l, op, esz, fp_width(scalar, q), get_v(l, vn), 0, 0, aux));
}

bool a64_FABS_v(struct lift *l, const struct a64_FABS_v *f)
{
        return put_v(l, f->vd, fp_abs(l, fp_esz(f->half, f->sz), fp_width(f->scalar, f->q), get_v(l, f->vn)));
}

bool a64_FNEG_v(struct lift *l, const struct a64_FNEG_v *f)
{
        return put_v(l, f->vd, fp_neg(l, fp_esz(f->half, f->sz), fp_width(f->scalar, f->q), get_v(l, f->vn)));
}

bool a64_FSQRT_v(struct lift *l, const struct a64_FSQRT_v *f)
{
        return misc1(l, HELP_fsqrt, f->scalar, f->q, fp_esz(f->half, f->sz), f->vn, f->vd, 0);
}

bool a64_FRINT_v(struct lift *l, const struct a64_FRINT_v *f)
{
        return misc1(l, HELP_frint, f->scalar, f->q, fp_esz(f->half, f->sz), f->vn, f->vd, f->round);
}

bool a64_FRECPE_v(struct lift *l, const struct a64_FRECPE_v *f)
{
        return misc1(l, HELP_frecpe, f->scalar, f->q, fp_esz(f->half, f->sz), f->vn, f->vd, 0);
}

bool a64_FRSQRTE_v(struct lift *l, const struct a64_FRSQRTE_v *f)
{
        return misc1(l, HELP_frsqrte, f->scalar, f->q, fp_esz(f->half, f->sz), f->vn, f->vd, 0);
}

bool a64_FRECPX_s(struct lift *l, const struct a64_FRECPX_s *f)
{
        return misc1(l, HELP_frecpx, f->scalar, f->q, fp_esz(f->half, f->sz), f->vn, f->vd, 0);
}

/* ---- compare with zero: less-than forms swap the operands ---- */

static bool with_zero(struct lift *l, enum helper_id op, bool zero_first, unsigned esz, enum ir_width w, unsigned vn, unsigned vd)
{
        val n = get_v(l, vn), zero = q_zero(l);
        return put_v(l, vd, zero_first ? fp_op2(l, op, esz, w, zero, n) : fp_op2(l, op, esz, w, n, zero));
}

bool a64_FCMEQ_z(struct lift *l, const struct a64_FCMEQ_z *f)
{
        return with_zero(l, HELP_fcmeq, false, fp_esz(f->half, f->sz), fp_width(f->scalar, f->q), f->vn, f->vd);
}

bool a64_FCMGE_z(struct lift *l, const struct a64_FCMGE_z *f)
{
        return with_zero(l, HELP_fcmge, false, fp_esz(f->half, f->sz), fp_width(f->scalar, f->q), f->vn, f->vd);
}

bool a64_FCMGT_z(struct lift *l, const struct a64_FCMGT_z *f)
{
        return with_zero(l, HELP_fcmgt, false, fp_esz(f->half, f->sz), fp_width(f->scalar, f->q), f->vn, f->vd);
}

bool a64_FCMLE_z(struct lift *l, const struct a64_FCMLE_z *f)
{
        return with_zero(l, HELP_fcmge, true, fp_esz(f->half, f->sz), fp_width(f->scalar, f->q), f->vn, f->vd);
}

bool a64_FCMLT_z(struct lift *l, const struct a64_FCMLT_z *f)
{
        return with_zero(l, HELP_fcmgt, true, fp_esz(f->half, f->sz), fp_width(f->scalar, f->q), f->vn, f->vd);
}

/* ---- pairs of one register, across lanes ---- */

/* Lanes 0 and 1 of a joined. */
static val join_first_two(struct lift *l, enum helper_id pair_op, enum helper_id op, unsigned esz, val a)
{
        if (fp_explicit(l, esz))
                return fp_call(l, pair_op, esz, W_SCALAR, a, 0, 0, 0);
        return fp_op2(l, op, esz, W_SCALAR, a, q_imm(l, IR_QLANE, esz, W_128, a, 1));
}

bool a64_FADDP_s(struct lift *l, const struct a64_FADDP_s *f)
{
        return put_v(l, f->vd, join_first_two(l, HELP_faddp, HELP_fadd, fp_esz(f->half, f->sz), get_v(l, f->vn)));
}

bool a64_FMAXP_s(struct lift *l, const struct a64_FMAXP_s *f)
{
        return put_v(l, f->vd, join_first_two(l, HELP_fmaxp, HELP_fmax, fp_esz(f->half, f->sz), get_v(l, f->vn)));
}

bool a64_FMINP_s(struct lift *l, const struct a64_FMINP_s *f)
{
        return put_v(l, f->vd, join_first_two(l, HELP_fminp, HELP_fmin, fp_esz(f->half, f->sz), get_v(l, f->vn)));
}

bool a64_FMAXNMP_s(struct lift *l, const struct a64_FMAXNMP_s *f)
{
        return put_v(l, f->vd, join_first_two(l, HELP_fmaxnmp, HELP_fmaxnm, fp_esz(f->half, f->sz), get_v(l, f->vn)));
}

bool a64_FMINNMP_s(struct lift *l, const struct a64_FMINNMP_s *f)
{
        return put_v(l, f->vd, join_first_two(l, HELP_fminnmp, HELP_fminnm, fp_esz(f->half, f->sz), get_v(l, f->vn)));
}

/* Neighbours are joined, then the two results: the order the architecture defines. Four singles, or halves by the helper. */
static bool across(struct lift *l, enum helper_id whole, enum helper_id pair_op, enum helper_id op, unsigned half, unsigned q, unsigned vn,
        unsigned vd)
{
        unsigned esz = fp_esz(half, 0);
        val n = get_v(l, vn);
        if (fp_explicit(l, esz))
                return put_v(l, vd, fp_call(l, whole, esz, q_width(q), n, 0, 0, 0));
        return put_v(l, vd, join_first_two(l, pair_op, op, esz, fp_pairs(l, pair_op, op, esz, W_128, n, n)));
}

bool a64_FMAXV(struct lift *l, const struct a64_FMAXV *f)
{
        return across(l, HELP_fmaxv, HELP_fmaxp, HELP_fmax, f->half, f->q, f->vn, f->vd);
}

bool a64_FMINV(struct lift *l, const struct a64_FMINV *f)
{
        return across(l, HELP_fminv, HELP_fminp, HELP_fmin, f->half, f->q, f->vn, f->vd);
}

bool a64_FMAXNMV(struct lift *l, const struct a64_FMAXNMV *f)
{
        return across(l, HELP_fmaxnmv, HELP_fmaxnmp, HELP_fmaxnm, f->half, f->q, f->vn, f->vd);
}

bool a64_FMINNMV(struct lift *l, const struct a64_FMINNMV *f)
{
        return across(l, HELP_fminnmv, HELP_fminnmp, HELP_fminnm, f->half, f->q, f->vn, f->vd);
}
