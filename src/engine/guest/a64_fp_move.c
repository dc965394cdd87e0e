/* FMOV in all its forms: no rounding, no exceptions. */
#include "engine/guest/a64_fp.h"

bool a64_FMOV_reg(struct lift *l, const struct a64_FMOV_reg *f)
{
        return put_v(l, f->vd, q_op1(l, IR_QTRUNC, fp_esz_of_type(f->type), W_SCALAR, get_v(l, f->vn)));
}

bool a64_FMOV_i(struct lift *l, const struct a64_FMOV_i *f)
{
        u64 bits = fp_expand_imm(fp_esz_of_type(f->type), f->imm8);
        return put_v(l, f->vd, q_imm(l, IR_QCONST, 3, W_64, 0, (i64)bits));
}

bool a64_FMOV_vi(struct lift *l, const struct a64_FMOV_vi *f)
{
        unsigned esz = fp_esz(f->half, f->dbl);
        return put_v(l, f->vd, q_splat(l, esz, q_width(f->q), fp_expand_imm(esz, f->imm8)));
}

bool a64_FMOV_to_gen(struct lift *l, const struct a64_FMOV_to_gen *f)
{
        unsigned esz = fp_esz_of_type(f->type), wide = esz == 3;
        val lane = ir_emit(l->b, (struct ir_inst){ .op = IR_QTO_I, .type = type_of(wide), .esz = (u8)esz, .arg = { get_v(l, f->vn) } });
        return put_x(l, wide, f->rd, lane);
}

bool a64_FMOV_gen(struct lift *l, const struct a64_FMOV_gen *f)
{
        return put_v(l, f->vd, q_op1(l, IR_QFROM_I, fp_esz_of_type(f->type), W_128, get_x(l, f->sf, f->rn)));
}

bool a64_FMOV_top(struct lift *l, const struct a64_FMOV_top *f)
{
        val n = get_v(l, f->vn);
        return put_x(l, 1, f->rd, ir_emit(l->b, (struct ir_inst){ .op = IR_QTO_I, .type = IR_I64, .esz = 3, .arg = { n }, .imm = 1 }));
}

bool a64_FMOV_gen_top(struct lift *l, const struct a64_FMOV_gen_top *f)
{
        val d = get_v(l, f->vd), n = get_x(l, 1, f->rn);
        return put_v(l, f->vd, q_imm2(l, IR_QINS, 3, W_128, d, n, 1));
}
