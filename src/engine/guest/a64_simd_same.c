/* Advanced SIMD three same, and three same extra: integer (Arm ARM C4.1, "Advanced SIMD three same"). */
#include "engine/guest/a64_decode.h"
#include "engine/guest/a64_simd.h"

static bool three_same(struct lift *l, enum ir_op op, unsigned q, unsigned size, unsigned vm, unsigned vn, unsigned vd)
{
        set_v(l, vd, q_op2(l, op, size, q_width(q), get_v(l, vn), get_v(l, vm)));
        return true;
}

bool a64_ADD_v(struct lift *l, const struct a64_ADD_v *f) { return three_same(l, IR_QADD, f->q, f->size, f->vm, f->vn, f->vd); }
bool a64_SUB_v(struct lift *l, const struct a64_SUB_v *f) { return three_same(l, IR_QSUB, f->q, f->size, f->vm, f->vn, f->vd); }
bool a64_MUL_v(struct lift *l, const struct a64_MUL_v *f) { return three_same(l, IR_QMUL, f->q, f->size, f->vm, f->vn, f->vd); }
bool a64_CMGT_v(struct lift *l, const struct a64_CMGT_v *f) { return three_same(l, IR_QCMGT, f->q, f->size, f->vm, f->vn, f->vd); }
bool a64_CMGE_v(struct lift *l, const struct a64_CMGE_v *f) { return three_same(l, IR_QCMGE, f->q, f->size, f->vm, f->vn, f->vd); }
bool a64_CMHI_v(struct lift *l, const struct a64_CMHI_v *f) { return three_same(l, IR_QCMHI, f->q, f->size, f->vm, f->vn, f->vd); }
bool a64_CMHS_v(struct lift *l, const struct a64_CMHS_v *f) { return three_same(l, IR_QCMHS, f->q, f->size, f->vm, f->vn, f->vd); }
bool a64_CMEQ_v(struct lift *l, const struct a64_CMEQ_v *f) { return three_same(l, IR_QCMEQ, f->q, f->size, f->vm, f->vn, f->vd); }
bool a64_CMTST_v(struct lift *l, const struct a64_CMTST_v *f) { return three_same(l, IR_QCMTST, f->q, f->size, f->vm, f->vn, f->vd); }
bool a64_SMAX_v(struct lift *l, const struct a64_SMAX_v *f) { return three_same(l, IR_QSMAX, f->q, f->size, f->vm, f->vn, f->vd); }
bool a64_UMAX_v(struct lift *l, const struct a64_UMAX_v *f) { return three_same(l, IR_QUMAX, f->q, f->size, f->vm, f->vn, f->vd); }
bool a64_SMIN_v(struct lift *l, const struct a64_SMIN_v *f) { return three_same(l, IR_QSMIN, f->q, f->size, f->vm, f->vn, f->vd); }
bool a64_UMIN_v(struct lift *l, const struct a64_UMIN_v *f) { return three_same(l, IR_QUMIN, f->q, f->size, f->vm, f->vn, f->vd); }
bool a64_SABD_v(struct lift *l, const struct a64_SABD_v *f) { return three_same(l, IR_QABD_S, f->q, f->size, f->vm, f->vn, f->vd); }
bool a64_UABD_v(struct lift *l, const struct a64_UABD_v *f) { return three_same(l, IR_QABD_U, f->q, f->size, f->vm, f->vn, f->vd); }
bool a64_SSHL_v(struct lift *l, const struct a64_SSHL_v *f) { return three_same(l, IR_QSSHL, f->q, f->size, f->vm, f->vn, f->vd); }
bool a64_USHL_v(struct lift *l, const struct a64_USHL_v *f) { return three_same(l, IR_QUSHL, f->q, f->size, f->vm, f->vn, f->vd); }
bool a64_ADDP_v(struct lift *l, const struct a64_ADDP_v *f) { return three_same(l, IR_QADDP, f->q, f->size, f->vm, f->vn, f->vd); }
bool a64_SMAXP_v(struct lift *l, const struct a64_SMAXP_v *f) { return three_same(l, IR_QSMAXP, f->q, f->size, f->vm, f->vn, f->vd); }
bool a64_UMAXP_v(struct lift *l, const struct a64_UMAXP_v *f) { return three_same(l, IR_QUMAXP, f->q, f->size, f->vm, f->vn, f->vd); }
bool a64_SMINP_v(struct lift *l, const struct a64_SMINP_v *f) { return three_same(l, IR_QSMINP, f->q, f->size, f->vm, f->vn, f->vd); }
bool a64_UMINP_v(struct lift *l, const struct a64_UMINP_v *f) { return three_same(l, IR_QUMINP, f->q, f->size, f->vm, f->vn, f->vd); }
bool a64_SQADD_v(struct lift *l, const struct a64_SQADD_v *f) { return three_same(l, IR_QSQADD, f->q, f->size, f->vm, f->vn, f->vd); }
bool a64_UQADD_v(struct lift *l, const struct a64_UQADD_v *f) { return three_same(l, IR_QUQADD, f->q, f->size, f->vm, f->vn, f->vd); }
bool a64_SQSUB_v(struct lift *l, const struct a64_SQSUB_v *f) { return three_same(l, IR_QSQSUB, f->q, f->size, f->vm, f->vn, f->vd); }
bool a64_UQSUB_v(struct lift *l, const struct a64_UQSUB_v *f) { return three_same(l, IR_QUQSUB, f->q, f->size, f->vm, f->vn, f->vd); }

/* vd := vd op2 (vn op1 vm) */
static bool accumulate(struct lift *l, enum ir_op op2, enum ir_op op1, unsigned q, unsigned size, unsigned vm, unsigned vn, unsigned vd)
{
        enum ir_width w = q_width(q);
        set_v(l, vd, q_op2(l, op2, size, w, get_v(l, vd), q_op2(l, op1, size, w, get_v(l, vn), get_v(l, vm))));
        return true;
}

bool a64_MLA_v(struct lift *l, const struct a64_MLA_v *f) { return accumulate(l, IR_QADD, IR_QMUL, f->q, f->size, f->vm, f->vn, f->vd); }
bool a64_MLS_v(struct lift *l, const struct a64_MLS_v *f) { return accumulate(l, IR_QSUB, IR_QMUL, f->q, f->size, f->vm, f->vn, f->vd); }
bool a64_SABA_v(struct lift *l, const struct a64_SABA_v *f) { return accumulate(l, IR_QADD, IR_QABD_S, f->q, f->size, f->vm, f->vn, f->vd); }
bool a64_UABA_v(struct lift *l, const struct a64_UABA_v *f) { return accumulate(l, IR_QADD, IR_QABD_U, f->q, f->size, f->vm, f->vn, f->vd); }

/*
 * Halving without a wider lane. a + b = 2 (a & b) + (a ^ b) = 2 (a | b) - (a ^ b), and a - b = (a ^ b) - 2 (b & ~a);
 * shr is the signed or the unsigned shift.
 */
static bool halving_add(struct lift *l, enum ir_op shr, bool round, unsigned q, unsigned size, unsigned vm, unsigned vn, unsigned vd)
{
        enum ir_width w = q_width(q);
        val n = get_v(l, vn), m = get_v(l, vm);
        val half = q_imm(l, shr, size, w, q_op2(l, IR_QXOR, size, w, n, m), 1);
        set_v(l, vd, round ? q_op2(l, IR_QSUB, size, w, q_op2(l, IR_QOR, size, w, n, m), half)
                           : q_op2(l, IR_QADD, size, w, q_op2(l, IR_QAND, size, w, n, m), half));
        return true;
}

static bool halving_sub(struct lift *l, enum ir_op shr, unsigned q, unsigned size, unsigned vm, unsigned vn, unsigned vd)
{
        enum ir_width w = q_width(q);
        val n = get_v(l, vn), m = get_v(l, vm);
        val half = q_imm(l, shr, size, w, q_op2(l, IR_QXOR, size, w, n, m), 1);
        set_v(l, vd, q_op2(l, IR_QSUB, size, w, half, q_op2(l, IR_QBIC, size, w, m, n)));
        return true;
}

bool a64_SHADD_v(struct lift *l, const struct a64_SHADD_v *f) { return halving_add(l, IR_QSAR_I, false, f->q, f->size, f->vm, f->vn, f->vd); }
bool a64_UHADD_v(struct lift *l, const struct a64_UHADD_v *f) { return halving_add(l, IR_QSHR_I, false, f->q, f->size, f->vm, f->vn, f->vd); }
bool a64_SRHADD_v(struct lift *l, const struct a64_SRHADD_v *f) { return halving_add(l, IR_QSAR_I, true, f->q, f->size, f->vm, f->vn, f->vd); }
bool a64_URHADD_v(struct lift *l, const struct a64_URHADD_v *f)
{
        if (f->size < 2)
                return three_same(l, IR_QAVGR_U, f->q, f->size, f->vm, f->vn, f->vd);
        return halving_add(l, IR_QSHR_I, true, f->q, f->size, f->vm, f->vn, f->vd);
}
bool a64_SHSUB_v(struct lift *l, const struct a64_SHSUB_v *f) { return halving_sub(l, IR_QSAR_I, f->q, f->size, f->vm, f->vn, f->vd); }
bool a64_UHSUB_v(struct lift *l, const struct a64_UHSUB_v *f) { return halving_sub(l, IR_QSHR_I, f->q, f->size, f->vm, f->vn, f->vd); }

static bool helper(struct lift *l, enum helper_id id, unsigned q, unsigned size, unsigned vm, unsigned vn, unsigned vd)
{
        set_v(l, vd, q_help(l, id, size, q_width(q), get_v(l, vn), get_v(l, vm), 0));
        return true;
}

bool a64_SQSHL_v(struct lift *l, const struct a64_SQSHL_v *f) { return helper(l, HELP_sqshl, f->q, f->size, f->vm, f->vn, f->vd); }
bool a64_UQSHL_v(struct lift *l, const struct a64_UQSHL_v *f) { return helper(l, HELP_uqshl, f->q, f->size, f->vm, f->vn, f->vd); }
bool a64_SRSHL_v(struct lift *l, const struct a64_SRSHL_v *f) { return helper(l, HELP_srshl, f->q, f->size, f->vm, f->vn, f->vd); }
bool a64_URSHL_v(struct lift *l, const struct a64_URSHL_v *f) { return helper(l, HELP_urshl, f->q, f->size, f->vm, f->vn, f->vd); }
bool a64_SQRSHL_v(struct lift *l, const struct a64_SQRSHL_v *f) { return helper(l, HELP_sqrshl, f->q, f->size, f->vm, f->vn, f->vd); }
bool a64_UQRSHL_v(struct lift *l, const struct a64_UQRSHL_v *f) { return helper(l, HELP_uqrshl, f->q, f->size, f->vm, f->vn, f->vd); }
bool a64_PMUL_v(struct lift *l, const struct a64_PMUL_v *f) { return helper(l, HELP_pmul, f->q, 0, f->vm, f->vn, f->vd); }

bool a64_SQDMULH_v(struct lift *l, const struct a64_SQDMULH_v *f)
{
        set_v(l, f->vd, q_sqdmulh(l, false, f->size, q_width(f->q), get_v(l, f->vn), get_v(l, f->vm)));
        return true;
}

bool a64_SQRDMULH_v(struct lift *l, const struct a64_SQRDMULH_v *f)
{
        set_v(l, f->vd, q_sqdmulh(l, true, f->size, q_width(f->q), get_v(l, f->vn), get_v(l, f->vm)));
        return true;
}

static bool rdm(struct lift *l, enum helper_id id, unsigned q, unsigned size, unsigned vm, unsigned vn, unsigned vd)
{
        set_v(l, vd, q_help(l, id, size, q_width(q), get_v(l, vd), get_v(l, vn), get_v(l, vm)));
        return true;
}

bool a64_SQRDMLAH_v(struct lift *l, const struct a64_SQRDMLAH_v *f) { return rdm(l, HELP_sqrdmlah, f->q, f->size, f->vm, f->vn, f->vd); }
bool a64_SQRDMLSH_v(struct lift *l, const struct a64_SQRDMLSH_v *f) { return rdm(l, HELP_sqrdmlsh, f->q, f->size, f->vm, f->vn, f->vd); }
bool a64_SMMLA_v(struct lift *l, const struct a64_SMMLA_v *f) { return rdm(l, HELP_smmla, 1, 2, f->vm, f->vn, f->vd); }
bool a64_UMMLA_v(struct lift *l, const struct a64_UMMLA_v *f) { return rdm(l, HELP_ummla, 1, 2, f->vm, f->vn, f->vd); }
bool a64_USMMLA_v(struct lift *l, const struct a64_USMMLA_v *f) { return rdm(l, HELP_usmmla, 1, 2, f->vm, f->vn, f->vd); }

/* ---- bitwise ---- */

bool a64_AND_v(struct lift *l, const struct a64_AND_v *f) { return three_same(l, IR_QAND, f->q, 3, f->vm, f->vn, f->vd); }
bool a64_BIC_v(struct lift *l, const struct a64_BIC_v *f) { return three_same(l, IR_QBIC, f->q, 3, f->vm, f->vn, f->vd); }
bool a64_ORN_v(struct lift *l, const struct a64_ORN_v *f) { return three_same(l, IR_QORN, f->q, 3, f->vm, f->vn, f->vd); }
bool a64_EOR_v(struct lift *l, const struct a64_EOR_v *f) { return three_same(l, IR_QXOR, f->q, 3, f->vm, f->vn, f->vd); }

bool a64_ORR_v(struct lift *l, const struct a64_ORR_v *f)
{
        if (f->vm != f->vn)
                return three_same(l, IR_QOR, f->q, 3, f->vm, f->vn, f->vd);
        val n = get_v(l, f->vn); /* MOV */
        set_v(l, f->vd, f->q ? n : q_op1(l, IR_QTRUNC, 3, W_64, n));
        return true;
}

/* Bits of a where mask is set, of b elsewhere. */
static bool select_bits(struct lift *l, unsigned q, unsigned mask, unsigned a, unsigned b, unsigned vd)
{
        set_v(l, vd, q_op3(l, IR_QBSL, 3, q_width(q), get_v(l, a), get_v(l, b), get_v(l, mask)));
        return true;
}

bool a64_BSL_v(struct lift *l, const struct a64_BSL_v *f) { return select_bits(l, f->q, f->vd, f->vn, f->vm, f->vd); }
bool a64_BIT_v(struct lift *l, const struct a64_BIT_v *f) { return select_bits(l, f->q, f->vm, f->vn, f->vd, f->vd); }
bool a64_BIF_v(struct lift *l, const struct a64_BIF_v *f) { return select_bits(l, f->q, f->vm, f->vd, f->vn, f->vd); }

/* ---- dot products ---- */

bool a64_SDOT_v(struct lift *l, const struct a64_SDOT_v *f)
{
        set_v(l, f->vd, q_dot(l, true, f->q, get_v(l, f->vd), get_v(l, f->vn), get_v(l, f->vm)));
        return true;
}

bool a64_UDOT_v(struct lift *l, const struct a64_UDOT_v *f)
{
        set_v(l, f->vd, q_dot(l, false, f->q, get_v(l, f->vd), get_v(l, f->vn), get_v(l, f->vm)));
        return true;
}

bool a64_USDOT_v(struct lift *l, const struct a64_USDOT_v *f)
{
        set_v(l, f->vd, q_usdot(l, f->q, get_v(l, f->vd), get_v(l, f->vn), get_v(l, f->vm)));
        return true;
}
