/* Advanced SIMD permutes: UZP, ZIP, TRN, EXT, TBL, TBX. */
#include "engine/guest/a64_decode.h"
#include "engine/guest/a64_simd.h"

static bool permute(struct lift *l, enum ir_op op, unsigned q, unsigned size, unsigned vm, unsigned vn, unsigned vd)
{
        set_v(l, vd, q_op2(l, op, size, q_width(q), get_v(l, vn), get_v(l, vm)));
        return true;
}

bool a64_UZP1(struct lift *l, const struct a64_UZP1 *f) { return permute(l, IR_QUZP1, f->q, f->size, f->vm, f->vn, f->vd); }
bool a64_UZP2(struct lift *l, const struct a64_UZP2 *f) { return permute(l, IR_QUZP2, f->q, f->size, f->vm, f->vn, f->vd); }
bool a64_ZIP1(struct lift *l, const struct a64_ZIP1 *f) { return permute(l, IR_QZIP1, f->q, f->size, f->vm, f->vn, f->vd); }
bool a64_ZIP2(struct lift *l, const struct a64_ZIP2 *f) { return permute(l, IR_QZIP2, f->q, f->size, f->vm, f->vn, f->vd); }
bool a64_TRN1(struct lift *l, const struct a64_TRN1 *f) { return permute(l, IR_QTRN1, f->q, f->size, f->vm, f->vn, f->vd); }
bool a64_TRN2(struct lift *l, const struct a64_TRN2 *f) { return permute(l, IR_QTRN2, f->q, f->size, f->vm, f->vn, f->vd); }

bool a64_EXT_v(struct lift *l, const struct a64_EXT_v *f)
{
        set_v(l, f->vd, q_imm2(l, IR_QEXT, 0, q_width(f->q), get_v(l, f->vn), get_v(l, f->vm), f->imm4));
        return true;
}

/* The bytes of 1..4 consecutive registers (V31 is followed by V0) that idx selects; 0 where idx is out of range. */
static val look_up(struct lift *l, enum ir_width w, unsigned vn, unsigned count, val idx)
{
        val t[4] = { 0 };
        for (unsigned i = 0; i < count; i++)
                t[i] = get_v(l, (vn + i) & 31);
        if (count == 1)
                return q_op2(l, IR_QTBL1, 0, w, t[0], idx);
        val low = q_op3(l, IR_QTBL2, 0, w, t[0], t[1], idx);
        if (count == 2)
                return low;
        /* An index below 32 becomes 224 or more here, which selects nothing. */
        val rest = q_op2(l, IR_QSUB, 0, w, idx, q_splat(l, 0, w, 32));
        val high = count == 3 ? q_op2(l, IR_QTBL1, 0, w, t[2], rest) : q_op3(l, IR_QTBL2, 0, w, t[2], t[3], rest);
        return q_op2(l, IR_QOR, 3, w, low, high);
}

bool a64_TBL(struct lift *l, const struct a64_TBL *f)
{
        set_v(l, f->vd, look_up(l, q_width(f->q), f->vn, f->len + 1u, get_v(l, f->vm)));
        return true;
}

bool a64_TBX(struct lift *l, const struct a64_TBX *f)
{
        enum ir_width w = q_width(f->q);
        val idx = get_v(l, f->vm), found = look_up(l, w, f->vn, f->len + 1u, idx);
        val inside = q_op2(l, IR_QCMHI, 0, w, q_splat(l, 0, w, 16 * (f->len + 1u)), idx);
        set_v(l, f->vd, q_op3(l, IR_QBSL, 0, w, found, get_v(l, f->vd), inside));
        return true;
}
