/* Conversions between FP formats, integers and fixed point. */
#include "engine/guest/a64_fp.h"

/* ---- between formats ---- */

bool a64_FCVT(struct lift *l, const struct a64_FCVT *f)
{
        unsigned from = fp_esz_of_type(f->type), to = fp_esz_of_type(f->to);
        enum helper_id op = HELP_fcvt;
        val n = get_v(l, f->vn);
        return put_v(l, f->vd, to == 1 ? fp_call(l, op, from, W_SCALAR, n, 0, 0, to) : fp_op(l, op, from, W_SCALAR, n, 0, 0, to));
}

bool a64_FCVTL_v(struct lift *l, const struct a64_FCVTL_v *f)
{
        val n = q_part(l, f->part, get_v(l, f->vn));
        return put_v(l, f->vd, fp_op1(l, HELP_fcvtl, 1 + f->sz, W_128, n));
}

bool a64_FCVTN_v(struct lift *l, const struct a64_FCVTN_v *f)
{
        q_set_part(l, f->part, f->vd, fp_op1(l, HELP_fcvtn, 1 + f->sz, W_64, get_v(l, f->vn)));
        return true;
}

bool a64_FCVTXN_v(struct lift *l, const struct a64_FCVTXN_v *f)
{
        q_set_part(l, f->part, f->vd, fp_call(l, HELP_fcvtxn, 2, W_64, get_v(l, f->vn), 0, 0, 0));
        return true;
}

bool a64_FCVTXN_s(struct lift *l, const struct a64_FCVTXN_s *f)
{
        return put_v(l, f->vd, fp_call(l, HELP_fcvtxn, 2, W_SCALAR, get_v(l, f->vn), 0, 0, 0));
}

/* ---- to integers ---- */

bool a64_FCVT_int(struct lift *l, const struct a64_FCVT_int *f)
{
        unsigned esz = fp_esz_of_type(f->type);
        val n = get_v(l, f->vn);

        if (fp_explicit(l, esz))
                return put_x(l, 1, f->rd, fp_call_i(l, f->u ? HELP_fcvt_to_u : HELP_fcvt_to_s, esz, n, 0, 0, f->round | f->sf << 7));
        fp_flush_check(l, esz, W_SCALAR, n);
        return put_x(l, f->sf, f->rd,
                ir_emit(l->b, (struct ir_inst){ .op = f->u ? IR_FCVT_TO_U : IR_FCVT_TO_S,
                                      .type = type_of(f->sf),
                                      .esz = (u8)esz,
                                      .aux = (u8)f->round,
                                      .arg = { n } }));
}

/* Scaling first could overflow and raise what Arm does not raise: the helper does both at once. */
bool a64_FCVTZ_fix(struct lift *l, const struct a64_FCVTZ_fix *f)
{
        enum helper_id op = f->u ? HELP_fcvt_to_fix_u : HELP_fcvt_to_fix_s;
        return put_x(l, 1, f->rd, fp_call_i(l, op, fp_esz_of_type(f->type), get_v(l, f->vn), 0, 0, (64 - f->scale) | f->sf << 7));
}

bool a64_FJCVTZS(struct lift *l, const struct a64_FJCVTZS *f)
{
        val both = fp_call_i(l, HELP_fjcvtzs, 3, get_v(l, f->vn), 0, 0, 0);
        set_nzcv(l, ir_op1(l->b, IR_NZCV_FROM_X, IR_I64, ir_opi(l->b, IR_SHR_I, IR_I64, both, 32)));
        return put_x(l, 0, f->rd, ir_op1(l->b, IR_TRUNC, IR_I32, both));
}

bool a64_FCVT_int_v(struct lift *l, const struct a64_FCVT_int_v *f)
{
        enum helper_id op = f->u ? HELP_qfcvt_to_u : HELP_qfcvt_to_s;
        val n = get_v(l, f->vn);
        return put_v(l, f->vd, fp_op(l, op, fp_esz(f->half, f->sz), fp_width(f->scalar, f->q), n, 0, 0, f->round));
}

/* immh:immb of the fixed-point rows: the highest set bit gives the lane size, the rest the fraction bits. */
static unsigned fixed_esz(unsigned imm)
{
        return imm >= 64 ? 3 : imm >= 32 ? 2 : 1;
}

static unsigned fixed_fbits(unsigned imm)
{
        return (16u << fixed_esz(imm)) - imm;
}

bool a64_FCVTZ_fix_v(struct lift *l, const struct a64_FCVTZ_fix_v *f)
{
        enum helper_id op = f->u ? HELP_qfcvt_to_fix_u : HELP_qfcvt_to_fix_s;
        val n = get_v(l, f->vn);
        return put_v(l, f->vd, fp_call(l, op, fixed_esz(f->imm), fp_width(f->scalar, f->q), n, 0, 0, fixed_fbits(f->imm)));
}

/* ---- from integers: never a NaN, so that only half precision needs the helper ---- */

/* v / 2^fbits: exact, as no result is denormal. */
static val scale_down(struct lift *l, unsigned esz, enum ir_width w, val v, unsigned fbits)
{
        return fbits ? q_op2(l, IR_FMUL, esz, w, v, q_splat(l, esz, w == W_SCALAR ? W_64 : w, fp_power_of_two(esz, -(int)fbits))) : v;
}

static bool from_general(struct lift *l, unsigned sf, unsigned u, unsigned esz, unsigned rn, unsigned vd, unsigned fbits)
{
        val n = get_x(l, sf, rn);
        if (esz == 1) {
                val q = q_op1(l, IR_QFROM_I, 2 + sf, W_128, n);
                return put_v(l, vd, fp_call(l, u ? HELP_fcvt_from_u : HELP_fcvt_from_s, esz, W_SCALAR, q, 0, 0, fbits | sf << 7));
        }
        val v = q_op1(l, u ? IR_FCVT_FROM_U : IR_FCVT_FROM_S, esz, W_SCALAR, n);
        return put_v(l, vd, scale_down(l, esz, W_SCALAR, v, fbits));
}

bool a64_CVTF(struct lift *l, const struct a64_CVTF *f)
{
        return from_general(l, f->sf, f->u, fp_esz_of_type(f->type), f->rn, f->vd, 0);
}

bool a64_CVTF_fix(struct lift *l, const struct a64_CVTF_fix *f)
{
        return from_general(l, f->sf, f->u, fp_esz_of_type(f->type), f->rn, f->vd, 64 - f->scale);
}

static bool from_lanes(struct lift *l, unsigned u, unsigned esz, enum ir_width w, unsigned vn, unsigned vd, unsigned fbits)
{
        val n = get_v(l, vn);
        if (esz == 1)
                return put_v(l, vd, fp_call(l, u ? HELP_qfcvt_from_u : HELP_qfcvt_from_s, esz, w, n, 0, 0, fbits));
        val v = q_op1(l, u ? IR_QFCVT_FROM_U : IR_QFCVT_FROM_S, esz, w, n);
        return put_v(l, vd, scale_down(l, esz, w, v, fbits));
}

bool a64_CVTF_v(struct lift *l, const struct a64_CVTF_v *f)
{
        return from_lanes(l, f->u, fp_esz(f->half, f->sz), fp_width(f->scalar, f->q), f->vn, f->vd, 0);
}

bool a64_CVTF_fix_v(struct lift *l, const struct a64_CVTF_fix_v *f)
{
        return from_lanes(l, f->u, fixed_esz(f->imm), fp_width(f->scalar, f->q), f->vn, f->vd, fixed_fbits(f->imm));
}
