/* Advanced SIMD by element: integer, vector and scalar. */
#include "engine/guest/a64_decode.h"
#include "engine/guest/a64_simd.h"

/* The element is copied to every lane; the rest is as in the forms with three vectors. */

static bool mul(struct lift *l, enum ir_op op, unsigned q, unsigned size, unsigned idx, unsigned vm, unsigned vn, unsigned vd)
{
        enum ir_width w = q_width(q);
        val p = q_op2(l, IR_QMUL, size, w, get_v(l, vn), q_element(l, size, idx, vm));
        set_v(l, vd, op ? q_op2(l, op, size, w, get_v(l, vd), p) : p);
        return true;
}

bool a64_MUL_e(struct lift *l, const struct a64_MUL_e *f) { return mul(l, IR_NONE, f->q, f->size, f->idx, f->vm, f->vn, f->vd); }
bool a64_MLA_e(struct lift *l, const struct a64_MLA_e *f) { return mul(l, IR_QADD, f->q, f->size, f->idx, f->vm, f->vn, f->vd); }
bool a64_MLS_e(struct lift *l, const struct a64_MLS_e *f) { return mul(l, IR_QSUB, f->q, f->size, f->idx, f->vm, f->vn, f->vd); }

static bool mul_long(struct lift *l, enum ir_op op, enum ir_op mull, unsigned q, unsigned size, unsigned idx, unsigned vm, unsigned vn,
                     unsigned vd)
{
        val p = q_op2(l, mull, size, W_128, q_part(l, q, get_v(l, vn)), q_element(l, size, idx, vm));
        set_v(l, vd, op ? q_op2(l, op, size + 1, W_128, get_v(l, vd), p) : p);
        return true;
}

bool a64_SMULL_e(struct lift *l, const struct a64_SMULL_e *f) { return mul_long(l, IR_NONE, IR_QSMULL, f->q, f->size, f->idx, f->vm, f->vn, f->vd); }
bool a64_SMLAL_e(struct lift *l, const struct a64_SMLAL_e *f) { return mul_long(l, IR_QADD, IR_QSMULL, f->q, f->size, f->idx, f->vm, f->vn, f->vd); }
bool a64_SMLSL_e(struct lift *l, const struct a64_SMLSL_e *f) { return mul_long(l, IR_QSUB, IR_QSMULL, f->q, f->size, f->idx, f->vm, f->vn, f->vd); }
bool a64_UMULL_e(struct lift *l, const struct a64_UMULL_e *f) { return mul_long(l, IR_NONE, IR_QUMULL, f->q, f->size, f->idx, f->vm, f->vn, f->vd); }
bool a64_UMLAL_e(struct lift *l, const struct a64_UMLAL_e *f) { return mul_long(l, IR_QADD, IR_QUMULL, f->q, f->size, f->idx, f->vm, f->vn, f->vd); }
bool a64_UMLSL_e(struct lift *l, const struct a64_UMLSL_e *f) { return mul_long(l, IR_QSUB, IR_QUMULL, f->q, f->size, f->idx, f->vm, f->vn, f->vd); }

static bool sqdml(struct lift *l, enum ir_op op, enum ir_width w, val n, unsigned size, val element, unsigned vd)
{
        val p = q_sqdmull(l, size, w, n, element);
        set_v(l, vd, op ? q_op2(l, op, size + 1, w, get_v(l, vd), p) : p);
        return true;
}

static bool sqdml_v(struct lift *l, enum ir_op op, unsigned q, unsigned size, unsigned idx, unsigned vm, unsigned vn, unsigned vd)
{
        return sqdml(l, op, W_128, q_part(l, q, get_v(l, vn)), size, q_element(l, size, idx, vm), vd);
}

static bool sqdml_s(struct lift *l, enum ir_op op, unsigned size, unsigned idx, unsigned vm, unsigned vn, unsigned vd)
{
        return sqdml(l, op, q_scalar(size + 1), get_v(l, vn), size, q_element(l, size, idx, vm), vd);
}

bool a64_SQDMULL_e(struct lift *l, const struct a64_SQDMULL_e *f) { return sqdml_v(l, IR_NONE, f->q, f->size, f->idx, f->vm, f->vn, f->vd); }
bool a64_SQDMLAL_e(struct lift *l, const struct a64_SQDMLAL_e *f) { return sqdml_v(l, IR_QSQADD, f->q, f->size, f->idx, f->vm, f->vn, f->vd); }
bool a64_SQDMLSL_e(struct lift *l, const struct a64_SQDMLSL_e *f) { return sqdml_v(l, IR_QSQSUB, f->q, f->size, f->idx, f->vm, f->vn, f->vd); }
bool a64_SQDMULL_se(struct lift *l, const struct a64_SQDMULL_se *f) { return sqdml_s(l, IR_NONE, f->size, f->idx, f->vm, f->vn, f->vd); }
bool a64_SQDMLAL_se(struct lift *l, const struct a64_SQDMLAL_se *f) { return sqdml_s(l, IR_QSQADD, f->size, f->idx, f->vm, f->vn, f->vd); }
bool a64_SQDMLSL_se(struct lift *l, const struct a64_SQDMLSL_se *f) { return sqdml_s(l, IR_QSQSUB, f->size, f->idx, f->vm, f->vn, f->vd); }

static bool sqdmulh(struct lift *l, bool round, enum ir_width w, unsigned size, unsigned idx, unsigned vm, unsigned vn, unsigned vd)
{
        set_v(l, vd, q_sqdmulh(l, round, size, w, get_v(l, vn), q_element(l, size, idx, vm)));
        return true;
}

bool a64_SQDMULH_e(struct lift *l, const struct a64_SQDMULH_e *f) { return sqdmulh(l, false, q_width(f->q), f->size, f->idx, f->vm, f->vn, f->vd); }
bool a64_SQDMULH_se(struct lift *l, const struct a64_SQDMULH_se *f) { return sqdmulh(l, false, q_scalar(f->size), f->size, f->idx, f->vm, f->vn, f->vd); }
bool a64_SQRDMULH_e(struct lift *l, const struct a64_SQRDMULH_e *f) { return sqdmulh(l, true, q_width(f->q), f->size, f->idx, f->vm, f->vn, f->vd); }
bool a64_SQRDMULH_se(struct lift *l, const struct a64_SQRDMULH_se *f) { return sqdmulh(l, true, q_scalar(f->size), f->size, f->idx, f->vm, f->vn, f->vd); }

static bool rdm(struct lift *l, enum helper_id id, enum ir_width w, unsigned size, unsigned idx, unsigned vm, unsigned vn, unsigned vd)
{
        set_v(l, vd, q_help(l, id, size, w, get_v(l, vd), get_v(l, vn), q_element(l, size, idx, vm)));
        return true;
}

bool a64_SQRDMLAH_e(struct lift *l, const struct a64_SQRDMLAH_e *f) { return rdm(l, HELP_sqrdmlah, q_width(f->q), f->size, f->idx, f->vm, f->vn, f->vd); }
bool a64_SQRDMLAH_se(struct lift *l, const struct a64_SQRDMLAH_se *f) { return rdm(l, HELP_sqrdmlah, q_scalar(f->size), f->size, f->idx, f->vm, f->vn, f->vd); }
bool a64_SQRDMLSH_e(struct lift *l, const struct a64_SQRDMLSH_e *f) { return rdm(l, HELP_sqrdmlsh, q_width(f->q), f->size, f->idx, f->vm, f->vn, f->vd); }
bool a64_SQRDMLSH_se(struct lift *l, const struct a64_SQRDMLSH_se *f) { return rdm(l, HELP_sqrdmlsh, q_scalar(f->size), f->size, f->idx, f->vm, f->vn, f->vd); }

/* ---- dot products: the element is four bytes ---- */

bool a64_SDOT_e(struct lift *l, const struct a64_SDOT_e *f)
{
        set_v(l, f->vd, q_dot(l, true, f->q, get_v(l, f->vd), get_v(l, f->vn), q_element(l, 2, f->idx, f->vm)));
        return true;
}

bool a64_UDOT_e(struct lift *l, const struct a64_UDOT_e *f)
{
        set_v(l, f->vd, q_dot(l, false, f->q, get_v(l, f->vd), get_v(l, f->vn), q_element(l, 2, f->idx, f->vm)));
        return true;
}

bool a64_USDOT_e(struct lift *l, const struct a64_USDOT_e *f)
{
        set_v(l, f->vd, q_usdot(l, f->q, get_v(l, f->vd), get_v(l, f->vn), q_element(l, 2, f->idx, f->vm)));
        return true;
}

bool a64_SUDOT_e(struct lift *l, const struct a64_SUDOT_e *f)
{
        set_v(l, f->vd, q_usdot(l, f->q, get_v(l, f->vd), q_element(l, 2, f->idx, f->vm), get_v(l, f->vn)));
        return true;
}
