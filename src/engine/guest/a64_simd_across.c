/* Advanced SIMD across lanes: integer. The result is one scalar. */
#include "engine/guest/a64_decode.h"
#include "engine/guest/a64_simd.h"

static bool across(struct lift *l, enum ir_op op, unsigned q, unsigned size, unsigned vn, unsigned vd)
{
        set_v(l, vd, q_op1(l, op, size, q_width(q), get_v(l, vn)));
        return true;
}

bool a64_ADDV(struct lift *l, const struct a64_ADDV *f) { return across(l, IR_QADDV, f->q, f->size, f->vn, f->vd); }
bool a64_SMAXV(struct lift *l, const struct a64_SMAXV *f) { return across(l, IR_QSMAXV, f->q, f->size, f->vn, f->vd); }
bool a64_UMAXV(struct lift *l, const struct a64_UMAXV *f) { return across(l, IR_QUMAXV, f->q, f->size, f->vn, f->vd); }
bool a64_SMINV(struct lift *l, const struct a64_SMINV *f) { return across(l, IR_QSMINV, f->q, f->size, f->vn, f->vd); }
bool a64_UMINV(struct lift *l, const struct a64_UMINV *f) { return across(l, IR_QUMINV, f->q, f->size, f->vn, f->vd); }

/* Sums of neighbours cannot overflow the result's lane, so that the rest is an ordinary sum of wide lanes. */
static bool add_long(struct lift *l, enum ir_op pairs, unsigned q, unsigned size, unsigned vn, unsigned vd)
{
        val sums = q_op1(l, pairs, size, q_width(q), get_v(l, vn));
        if (size == 2)
                set_v(l, vd, q_op2(l, IR_QADD, 3, W_64, sums, q_hi(l, sums)));
        else
                set_v(l, vd, q_op1(l, IR_QADDV, size + 1, q_width(q), sums));
        return true;
}

bool a64_SADDLV(struct lift *l, const struct a64_SADDLV *f) { return add_long(l, IR_QSADDLP, f->q, f->size, f->vn, f->vd); }
bool a64_UADDLV(struct lift *l, const struct a64_UADDLV *f) { return add_long(l, IR_QUADDLP, f->q, f->size, f->vn, f->vd); }
