/* Advanced SIMD scalar forms: three same, three different, two-register miscellaneous, pairwise; integer. */
#include "engine/guest/a64_decode.h"
#include "engine/guest/a64_simd.h"

static bool three(struct lift *l, enum ir_op op, unsigned size, unsigned vm, unsigned vn, unsigned vd)
{
        set_v(l, vd, q_op2(l, op, size, q_scalar(size), get_v(l, vn), get_v(l, vm)));
        return true;
}

static bool three_helper(struct lift *l, enum helper_id id, unsigned size, unsigned vm, unsigned vn, unsigned vd)
{
        set_v(l, vd, q_help(l, id, size, q_scalar(size), get_v(l, vn), get_v(l, vm), 0));
        return true;
}

bool a64_SQADD_s(struct lift *l, const struct a64_SQADD_s *f) { return three(l, IR_QSQADD, f->size, f->vm, f->vn, f->vd); }
bool a64_UQADD_s(struct lift *l, const struct a64_UQADD_s *f) { return three(l, IR_QUQADD, f->size, f->vm, f->vn, f->vd); }
bool a64_SQSUB_s(struct lift *l, const struct a64_SQSUB_s *f) { return three(l, IR_QSQSUB, f->size, f->vm, f->vn, f->vd); }
bool a64_UQSUB_s(struct lift *l, const struct a64_UQSUB_s *f) { return three(l, IR_QUQSUB, f->size, f->vm, f->vn, f->vd); }
bool a64_ADD_s(struct lift *l, const struct a64_ADD_s *f) { return three(l, IR_QADD, 3, f->vm, f->vn, f->vd); }
bool a64_SUB_s(struct lift *l, const struct a64_SUB_s *f) { return three(l, IR_QSUB, 3, f->vm, f->vn, f->vd); }
bool a64_CMGT_s(struct lift *l, const struct a64_CMGT_s *f) { return three(l, IR_QCMGT, 3, f->vm, f->vn, f->vd); }
bool a64_CMGE_s(struct lift *l, const struct a64_CMGE_s *f) { return three(l, IR_QCMGE, 3, f->vm, f->vn, f->vd); }
bool a64_CMHI_s(struct lift *l, const struct a64_CMHI_s *f) { return three(l, IR_QCMHI, 3, f->vm, f->vn, f->vd); }
bool a64_CMHS_s(struct lift *l, const struct a64_CMHS_s *f) { return three(l, IR_QCMHS, 3, f->vm, f->vn, f->vd); }
bool a64_CMEQ_s(struct lift *l, const struct a64_CMEQ_s *f) { return three(l, IR_QCMEQ, 3, f->vm, f->vn, f->vd); }
bool a64_CMTST_s(struct lift *l, const struct a64_CMTST_s *f) { return three(l, IR_QCMTST, 3, f->vm, f->vn, f->vd); }
bool a64_SSHL_s(struct lift *l, const struct a64_SSHL_s *f) { return three(l, IR_QSSHL, 3, f->vm, f->vn, f->vd); }
bool a64_USHL_s(struct lift *l, const struct a64_USHL_s *f) { return three(l, IR_QUSHL, 3, f->vm, f->vn, f->vd); }
bool a64_SQSHL_s(struct lift *l, const struct a64_SQSHL_s *f) { return three_helper(l, HELP_sqshl, f->size, f->vm, f->vn, f->vd); }
bool a64_UQSHL_s(struct lift *l, const struct a64_UQSHL_s *f) { return three_helper(l, HELP_uqshl, f->size, f->vm, f->vn, f->vd); }
bool a64_SQRSHL_s(struct lift *l, const struct a64_SQRSHL_s *f) { return three_helper(l, HELP_sqrshl, f->size, f->vm, f->vn, f->vd); }
bool a64_UQRSHL_s(struct lift *l, const struct a64_UQRSHL_s *f) { return three_helper(l, HELP_uqrshl, f->size, f->vm, f->vn, f->vd); }
bool a64_SRSHL_s(struct lift *l, const struct a64_SRSHL_s *f) { return three_helper(l, HELP_srshl, 3, f->vm, f->vn, f->vd); }
bool a64_URSHL_s(struct lift *l, const struct a64_URSHL_s *f) { return three_helper(l, HELP_urshl, 3, f->vm, f->vn, f->vd); }

bool a64_SQDMULH_s(struct lift *l, const struct a64_SQDMULH_s *f)
{
        set_v(l, f->vd, q_sqdmulh(l, false, f->size, q_scalar(f->size), get_v(l, f->vn), get_v(l, f->vm)));
        return true;
}

bool a64_SQRDMULH_s(struct lift *l, const struct a64_SQRDMULH_s *f)
{
        set_v(l, f->vd, q_sqdmulh(l, true, f->size, q_scalar(f->size), get_v(l, f->vn), get_v(l, f->vm)));
        return true;
}

static bool rdm(struct lift *l, enum helper_id id, unsigned size, unsigned vm, unsigned vn, unsigned vd)
{
        set_v(l, vd, q_help(l, id, size, q_scalar(size), get_v(l, vd), get_v(l, vn), get_v(l, vm)));
        return true;
}

bool a64_SQRDMLAH_s(struct lift *l, const struct a64_SQRDMLAH_s *f) { return rdm(l, HELP_sqrdmlah, f->size, f->vm, f->vn, f->vd); }
bool a64_SQRDMLSH_s(struct lift *l, const struct a64_SQRDMLSH_s *f) { return rdm(l, HELP_sqrdmlsh, f->size, f->vm, f->vn, f->vd); }

/* ---- widening multiplications; size of the source ---- */

static bool sqdml(struct lift *l, enum ir_op op, unsigned size, unsigned vm, unsigned vn, unsigned vd)
{
        enum ir_width w = q_scalar(size + 1);
        val p = q_sqdmull(l, size, w, get_v(l, vn), get_v(l, vm));
        set_v(l, vd, op ? q_op2(l, op, size + 1, w, get_v(l, vd), p) : p);
        return true;
}

bool a64_SQDMULL_s(struct lift *l, const struct a64_SQDMULL_s *f) { return sqdml(l, IR_NONE, f->size, f->vm, f->vn, f->vd); }
bool a64_SQDMLAL_s(struct lift *l, const struct a64_SQDMLAL_s *f) { return sqdml(l, IR_QSQADD, f->size, f->vm, f->vn, f->vd); }
bool a64_SQDMLSL_s(struct lift *l, const struct a64_SQDMLSL_s *f) { return sqdml(l, IR_QSQSUB, f->size, f->vm, f->vn, f->vd); }

/* ---- two-register miscellaneous ---- */

static bool compare_zero(struct lift *l, enum ir_op op, bool zero_first, unsigned vn, unsigned vd)
{
        val zero = q_zero(l), n = get_v(l, vn);
        set_v(l, vd, zero_first ? q_op2(l, op, 3, W_64, zero, n) : q_op2(l, op, 3, W_64, n, zero));
        return true;
}

bool a64_CMGT_sz(struct lift *l, const struct a64_CMGT_sz *f) { return compare_zero(l, IR_QCMGT, false, f->vn, f->vd); }
bool a64_CMGE_sz(struct lift *l, const struct a64_CMGE_sz *f) { return compare_zero(l, IR_QCMGE, false, f->vn, f->vd); }
bool a64_CMEQ_sz(struct lift *l, const struct a64_CMEQ_sz *f) { return compare_zero(l, IR_QCMEQ, false, f->vn, f->vd); }
bool a64_CMLE_sz(struct lift *l, const struct a64_CMLE_sz *f) { return compare_zero(l, IR_QCMGE, true, f->vn, f->vd); }
bool a64_CMLT_sz(struct lift *l, const struct a64_CMLT_sz *f) { return compare_zero(l, IR_QCMGT, true, f->vn, f->vd); }

bool a64_ABS_s(struct lift *l, const struct a64_ABS_s *f)
{
        set_v(l, f->vd, q_op1(l, IR_QABS, 3, W_64, get_v(l, f->vn)));
        return true;
}

bool a64_NEG_s(struct lift *l, const struct a64_NEG_s *f)
{
        set_v(l, f->vd, q_op1(l, IR_QNEG, 3, W_64, get_v(l, f->vn)));
        return true;
}

bool a64_SQNEG_s(struct lift *l, const struct a64_SQNEG_s *f)
{
        set_v(l, f->vd, q_op2(l, IR_QSQSUB, f->size, q_scalar(f->size), q_zero(l), get_v(l, f->vn)));
        return true;
}

bool a64_SQABS_s(struct lift *l, const struct a64_SQABS_s *f)
{
        set_v(l, f->vd, q_sqabs(l, f->size, q_scalar(f->size), get_v(l, f->vn)));
        return true;
}

bool a64_SUQADD_s(struct lift *l, const struct a64_SUQADD_s *f)
{
        set_v(l, f->vd, q_help(l, HELP_suqadd, f->size, q_scalar(f->size), get_v(l, f->vd), get_v(l, f->vn), 0));
        return true;
}

bool a64_USQADD_s(struct lift *l, const struct a64_USQADD_s *f)
{
        set_v(l, f->vd, q_help(l, HELP_usqadd, f->size, q_scalar(f->size), get_v(l, f->vd), get_v(l, f->vn), 0));
        return true;
}

static bool narrow(struct lift *l, enum narrowing how, unsigned size, unsigned vn, unsigned vd)
{
        set_v(l, vd, q_sat_narrow(l, how, size, true, get_v(l, vn)));
        return true;
}

bool a64_SQXTN_s(struct lift *l, const struct a64_SQXTN_s *f) { return narrow(l, NARROW_S_S, f->size, f->vn, f->vd); }
bool a64_UQXTN_s(struct lift *l, const struct a64_UQXTN_s *f) { return narrow(l, NARROW_U_U, f->size, f->vn, f->vd); }
bool a64_SQXTUN_s(struct lift *l, const struct a64_SQXTUN_s *f) { return narrow(l, NARROW_S_U, f->size, f->vn, f->vd); }

bool a64_ADDP_s(struct lift *l, const struct a64_ADDP_s *f)
{
        val n = get_v(l, f->vn);
        set_v(l, f->vd, q_op2(l, IR_QADD, 3, W_64, n, q_hi(l, n)));
        return true;
}
