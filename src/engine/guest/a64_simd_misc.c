/* Advanced SIMD two-register miscellaneous: integer. */
#include "engine/guest/a64_decode.h"
#include "engine/guest/a64_simd.h"

static bool unary(struct lift *l, enum ir_op op, unsigned q, unsigned size, unsigned vn, unsigned vd)
{
        set_v(l, vd, q_op1(l, op, size, q_width(q), get_v(l, vn)));
        return true;
}

bool a64_ABS_v(struct lift *l, const struct a64_ABS_v *f) { return unary(l, IR_QABS, f->q, f->size, f->vn, f->vd); }
bool a64_NEG_v(struct lift *l, const struct a64_NEG_v *f) { return unary(l, IR_QNEG, f->q, f->size, f->vn, f->vd); }
bool a64_CLZ_v(struct lift *l, const struct a64_CLZ_v *f) { return unary(l, IR_QCLZ, f->q, f->size, f->vn, f->vd); }
bool a64_SADDLP(struct lift *l, const struct a64_SADDLP *f) { return unary(l, IR_QSADDLP, f->q, f->size, f->vn, f->vd); }
bool a64_UADDLP(struct lift *l, const struct a64_UADDLP *f) { return unary(l, IR_QUADDLP, f->q, f->size, f->vn, f->vd); }
bool a64_CNT_v(struct lift *l, const struct a64_CNT_v *f) { return unary(l, IR_QCNT, f->q, 0, f->vn, f->vd); }
bool a64_NOT_v(struct lift *l, const struct a64_NOT_v *f) { return unary(l, IR_QNOT, f->q, 3, f->vn, f->vd); }

/* size: the elements that move; container: log2 of the bytes they are reversed in */
static bool reverse(struct lift *l, unsigned container, unsigned q, unsigned size, unsigned vn, unsigned vd)
{
        set_v(l, vd, q_imm(l, IR_QREV, size, q_width(q), get_v(l, vn), container));
        return true;
}

bool a64_REV64_v(struct lift *l, const struct a64_REV64_v *f) { return reverse(l, 3, f->q, f->size, f->vn, f->vd); }
bool a64_REV32_v(struct lift *l, const struct a64_REV32_v *f) { return reverse(l, 2, f->q, f->size, f->vn, f->vd); }
bool a64_REV16_v(struct lift *l, const struct a64_REV16_v *f) { return reverse(l, 1, f->q, 0, f->vn, f->vd); }

bool a64_CLS_v(struct lift *l, const struct a64_CLS_v *f)
{
        /* Bits that differ from their upper neighbour; the sign bit itself becomes a zero, which is not counted. */
        enum ir_width w = q_width(f->q);
        val n = get_v(l, f->vn);
        val diff = q_op2(l, IR_QXOR, f->size, w, n, q_imm(l, IR_QSAR_I, f->size, w, n, 1));
        set_v(l, f->vd, q_op2(l, IR_QADD, f->size, w, q_op1(l, IR_QCLZ, f->size, w, diff), q_splat(l, f->size, w, ~0ull)));
        return true;
}

bool a64_RBIT_v(struct lift *l, const struct a64_RBIT_v *f)
{
        set_v(l, f->vd, q_help(l, HELP_rbit_v, 0, q_width(f->q), get_v(l, f->vn), 0, 0));
        return true;
}

bool a64_URECPE(struct lift *l, const struct a64_URECPE *f)
{
        set_v(l, f->vd, q_help(l, HELP_urecpe, 2, q_width(f->q), get_v(l, f->vn), 0, 0));
        return true;
}

bool a64_URSQRTE(struct lift *l, const struct a64_URSQRTE *f)
{
        set_v(l, f->vd, q_help(l, HELP_ursqrte, 2, q_width(f->q), get_v(l, f->vn), 0, 0));
        return true;
}

static bool add_long_pairs(struct lift *l, enum ir_op op, unsigned q, unsigned size, unsigned vn, unsigned vd)
{
        enum ir_width w = q_width(q);
        set_v(l, vd, q_op2(l, IR_QADD, size + 1, w, get_v(l, vd), q_op1(l, op, size, w, get_v(l, vn))));
        return true;
}

bool a64_SADALP(struct lift *l, const struct a64_SADALP *f) { return add_long_pairs(l, IR_QSADDLP, f->q, f->size, f->vn, f->vd); }
bool a64_UADALP(struct lift *l, const struct a64_UADALP *f) { return add_long_pairs(l, IR_QUADDLP, f->q, f->size, f->vn, f->vd); }

static bool compare_zero(struct lift *l, enum ir_op op, bool zero_first, unsigned q, unsigned size, unsigned vn, unsigned vd)
{
        val zero = q_zero(l), n = get_v(l, vn);
        set_v(l, vd, zero_first ? q_op2(l, op, size, q_width(q), zero, n) : q_op2(l, op, size, q_width(q), n, zero));
        return true;
}

bool a64_CMGT_vz(struct lift *l, const struct a64_CMGT_vz *f) { return compare_zero(l, IR_QCMGT, false, f->q, f->size, f->vn, f->vd); }
bool a64_CMGE_vz(struct lift *l, const struct a64_CMGE_vz *f) { return compare_zero(l, IR_QCMGE, false, f->q, f->size, f->vn, f->vd); }
bool a64_CMEQ_vz(struct lift *l, const struct a64_CMEQ_vz *f) { return compare_zero(l, IR_QCMEQ, false, f->q, f->size, f->vn, f->vd); }
bool a64_CMLE_vz(struct lift *l, const struct a64_CMLE_vz *f) { return compare_zero(l, IR_QCMGE, true, f->q, f->size, f->vn, f->vd); }
bool a64_CMLT_vz(struct lift *l, const struct a64_CMLT_vz *f) { return compare_zero(l, IR_QCMGT, true, f->q, f->size, f->vn, f->vd); }

/* ---- saturating ---- */

bool a64_SQNEG_v(struct lift *l, const struct a64_SQNEG_v *f)
{
        set_v(l, f->vd, q_op2(l, IR_QSQSUB, f->size, q_width(f->q), q_zero(l), get_v(l, f->vn)));
        return true;
}

bool a64_SQABS_v(struct lift *l, const struct a64_SQABS_v *f)
{
        set_v(l, f->vd, q_sqabs(l, f->size, q_width(f->q), get_v(l, f->vn)));
        return true;
}

bool a64_SUQADD_v(struct lift *l, const struct a64_SUQADD_v *f)
{
        set_v(l, f->vd, q_help(l, HELP_suqadd, f->size, q_width(f->q), get_v(l, f->vd), get_v(l, f->vn), 0));
        return true;
}

bool a64_USQADD_v(struct lift *l, const struct a64_USQADD_v *f)
{
        set_v(l, f->vd, q_help(l, HELP_usqadd, f->size, q_width(f->q), get_v(l, f->vd), get_v(l, f->vn), 0));
        return true;
}

/* ---- narrowing and widening; q selects the high half on the narrow side ---- */

bool a64_XTN(struct lift *l, const struct a64_XTN *f)
{
        q_set_part(l, f->q, f->vd, q_op1(l, IR_QXTN, f->size, W_64, get_v(l, f->vn)));
        return true;
}

static bool narrow(struct lift *l, enum narrowing how, unsigned q, unsigned size, unsigned vn, unsigned vd)
{
        q_set_part(l, q, vd, q_sat_narrow(l, how, size, false, get_v(l, vn)));
        return true;
}

bool a64_SQXTN_v(struct lift *l, const struct a64_SQXTN_v *f) { return narrow(l, NARROW_S_S, f->q, f->size, f->vn, f->vd); }
bool a64_UQXTN_v(struct lift *l, const struct a64_UQXTN_v *f) { return narrow(l, NARROW_U_U, f->q, f->size, f->vn, f->vd); }
bool a64_SQXTUN_v(struct lift *l, const struct a64_SQXTUN_v *f) { return narrow(l, NARROW_S_U, f->q, f->size, f->vn, f->vd); }

bool a64_SHLL(struct lift *l, const struct a64_SHLL *f)
{
        val wide = q_op1(l, IR_QUXTL, f->size, W_128, q_part(l, f->q, get_v(l, f->vn)));
        set_v(l, f->vd, q_imm(l, IR_QSHL_I, f->size + 1, W_128, wide, 8 << f->size));
        return true;
}
