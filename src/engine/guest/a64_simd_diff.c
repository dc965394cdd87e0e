/* Advanced SIMD three different: long, wide and narrow arithmetic. */
#include "engine/guest/a64_decode.h"
#include "engine/guest/a64_simd.h"

/* The q field selects the high halves of the narrow operands or result ("2" forms). size is that of the narrow lanes. */

static val extend(struct lift *l, enum ir_op xtl, unsigned q, unsigned size, unsigned v)
{
        return q_op1(l, xtl, size, W_128, q_part(l, q, get_v(l, v)));
}

static bool long_op(struct lift *l, enum ir_op op, enum ir_op xtl, unsigned q, unsigned size, unsigned vm, unsigned vn, unsigned vd)
{
        set_v(l, vd, q_op2(l, op, size + 1, W_128, extend(l, xtl, q, size, vn), extend(l, xtl, q, size, vm)));
        return true;
}

static bool wide_op(struct lift *l, enum ir_op op, enum ir_op xtl, unsigned q, unsigned size, unsigned vm, unsigned vn, unsigned vd)
{
        set_v(l, vd, q_op2(l, op, size + 1, W_128, get_v(l, vn), extend(l, xtl, q, size, vm)));
        return true;
}

bool a64_SADDL(struct lift *l, const struct a64_SADDL *f) { return long_op(l, IR_QADD, IR_QSXTL, f->q, f->size, f->vm, f->vn, f->vd); }
bool a64_SSUBL(struct lift *l, const struct a64_SSUBL *f) { return long_op(l, IR_QSUB, IR_QSXTL, f->q, f->size, f->vm, f->vn, f->vd); }
bool a64_SADDW(struct lift *l, const struct a64_SADDW *f) { return wide_op(l, IR_QADD, IR_QSXTL, f->q, f->size, f->vm, f->vn, f->vd); }
bool a64_SSUBW(struct lift *l, const struct a64_SSUBW *f) { return wide_op(l, IR_QSUB, IR_QSXTL, f->q, f->size, f->vm, f->vn, f->vd); }
bool a64_UADDL(struct lift *l, const struct a64_UADDL *f) { return long_op(l, IR_QADD, IR_QUXTL, f->q, f->size, f->vm, f->vn, f->vd); }
bool a64_USUBL(struct lift *l, const struct a64_USUBL *f) { return long_op(l, IR_QSUB, IR_QUXTL, f->q, f->size, f->vm, f->vn, f->vd); }
bool a64_UADDW(struct lift *l, const struct a64_UADDW *f) { return wide_op(l, IR_QADD, IR_QUXTL, f->q, f->size, f->vm, f->vn, f->vd); }
bool a64_USUBW(struct lift *l, const struct a64_USUBW *f) { return wide_op(l, IR_QSUB, IR_QUXTL, f->q, f->size, f->vm, f->vn, f->vd); }

static bool high_narrow(struct lift *l, enum ir_op op, bool round, unsigned q, unsigned size, unsigned vm, unsigned vn, unsigned vd)
{
        unsigned wide = size + 1, bits = 8u << size;
        val x = q_op2(l, op, wide, W_128, get_v(l, vn), get_v(l, vm));
        x = round ? q_round_shr(l, IR_QSHR_I, wide, W_128, x, bits) : q_imm(l, IR_QSHR_I, wide, W_128, x, bits);
        q_set_part(l, q, vd, q_op1(l, IR_QXTN, size, W_64, x));
        return true;
}

bool a64_ADDHN(struct lift *l, const struct a64_ADDHN *f) { return high_narrow(l, IR_QADD, false, f->q, f->size, f->vm, f->vn, f->vd); }
bool a64_RADDHN(struct lift *l, const struct a64_RADDHN *f) { return high_narrow(l, IR_QADD, true, f->q, f->size, f->vm, f->vn, f->vd); }
bool a64_SUBHN(struct lift *l, const struct a64_SUBHN *f) { return high_narrow(l, IR_QSUB, false, f->q, f->size, f->vm, f->vn, f->vd); }
bool a64_RSUBHN(struct lift *l, const struct a64_RSUBHN *f) { return high_narrow(l, IR_QSUB, true, f->q, f->size, f->vm, f->vn, f->vd); }

/* The absolute difference of narrow lanes, signed or not, is an unsigned narrow number. */
static val abd_long(struct lift *l, enum ir_op abd, unsigned q, unsigned size, unsigned vm, unsigned vn)
{
        val d = q_op2(l, abd, size, q_width(q), get_v(l, vn), get_v(l, vm));
        return q_op1(l, IR_QUXTL, size, W_128, q_part(l, q, d));
}

static bool abdl(struct lift *l, enum ir_op abd, unsigned q, unsigned size, unsigned vm, unsigned vn, unsigned vd)
{
        set_v(l, vd, abd_long(l, abd, q, size, vm, vn));
        return true;
}

static bool abal(struct lift *l, enum ir_op abd, unsigned q, unsigned size, unsigned vm, unsigned vn, unsigned vd)
{
        set_v(l, vd, q_op2(l, IR_QADD, size + 1, W_128, get_v(l, vd), abd_long(l, abd, q, size, vm, vn)));
        return true;
}

bool a64_SABDL(struct lift *l, const struct a64_SABDL *f) { return abdl(l, IR_QABD_S, f->q, f->size, f->vm, f->vn, f->vd); }
bool a64_SABAL(struct lift *l, const struct a64_SABAL *f) { return abal(l, IR_QABD_S, f->q, f->size, f->vm, f->vn, f->vd); }
bool a64_UABDL(struct lift *l, const struct a64_UABDL *f) { return abdl(l, IR_QABD_U, f->q, f->size, f->vm, f->vn, f->vd); }
bool a64_UABAL(struct lift *l, const struct a64_UABAL *f) { return abal(l, IR_QABD_U, f->q, f->size, f->vm, f->vn, f->vd); }

/* op IR_NONE: the product itself */
static bool mul_long(struct lift *l, enum ir_op op, enum ir_op mull, unsigned q, unsigned size, unsigned vm, unsigned vn, unsigned vd)
{
        val p = q_op2(l, mull, size, W_128, q_part(l, q, get_v(l, vn)), q_part(l, q, get_v(l, vm)));
        set_v(l, vd, op ? q_op2(l, op, size + 1, W_128, get_v(l, vd), p) : p);
        return true;
}

bool a64_SMULL_v(struct lift *l, const struct a64_SMULL_v *f) { return mul_long(l, IR_NONE, IR_QSMULL, f->q, f->size, f->vm, f->vn, f->vd); }
bool a64_SMLAL_v(struct lift *l, const struct a64_SMLAL_v *f) { return mul_long(l, IR_QADD, IR_QSMULL, f->q, f->size, f->vm, f->vn, f->vd); }
bool a64_SMLSL_v(struct lift *l, const struct a64_SMLSL_v *f) { return mul_long(l, IR_QSUB, IR_QSMULL, f->q, f->size, f->vm, f->vn, f->vd); }
bool a64_UMULL_v(struct lift *l, const struct a64_UMULL_v *f) { return mul_long(l, IR_NONE, IR_QUMULL, f->q, f->size, f->vm, f->vn, f->vd); }
bool a64_UMLAL_v(struct lift *l, const struct a64_UMLAL_v *f) { return mul_long(l, IR_QADD, IR_QUMULL, f->q, f->size, f->vm, f->vn, f->vd); }
bool a64_UMLSL_v(struct lift *l, const struct a64_UMLSL_v *f) { return mul_long(l, IR_QSUB, IR_QUMULL, f->q, f->size, f->vm, f->vn, f->vd); }

static bool sqdml(struct lift *l, enum ir_op op, unsigned q, unsigned size, unsigned vm, unsigned vn, unsigned vd)
{
        val p = q_sqdmull(l, size, W_128, q_part(l, q, get_v(l, vn)), q_part(l, q, get_v(l, vm)));
        set_v(l, vd, op ? q_op2(l, op, size + 1, W_128, get_v(l, vd), p) : p);
        return true;
}

bool a64_SQDMULL_v(struct lift *l, const struct a64_SQDMULL_v *f) { return sqdml(l, IR_NONE, f->q, f->size, f->vm, f->vn, f->vd); }
bool a64_SQDMLAL_v(struct lift *l, const struct a64_SQDMLAL_v *f) { return sqdml(l, IR_QSQADD, f->q, f->size, f->vm, f->vn, f->vd); }
bool a64_SQDMLSL_v(struct lift *l, const struct a64_SQDMLSL_v *f) { return sqdml(l, IR_QSQSUB, f->q, f->size, f->vm, f->vn, f->vd); }

bool a64_PMULL(struct lift *l, const struct a64_PMULL *f)
{
        val n = q_part(l, f->q, get_v(l, f->vn)), m = q_part(l, f->q, get_v(l, f->vm));
        set_v(l, f->vd, f->size == 3 ? q_op2(l, IR_QPMULL64, 3, W_128, n, m) : q_help(l, HELP_pmull8, 0, W_128, n, m, 0));
        return true;
}
