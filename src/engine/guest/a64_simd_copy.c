/* Advanced SIMD copy (DUP, INS, SMOV, UMOV) and modified immediates (MOVI, MVNI, ORR, BIC). */
#include "engine/guest/a64_decode.h"
#include "engine/guest/a64_simd.h"

/* imm5 holds the lane size as its lowest set bit and the lane's number above it. */
static unsigned lane_size(unsigned imm5) { return (unsigned)__builtin_ctz(imm5); }
static unsigned lane_index(unsigned imm5) { return imm5 >> (lane_size(imm5) + 1); }

bool a64_DUP_e(struct lift *l, const struct a64_DUP_e *f)
{
        unsigned esz = lane_size(f->imm5);
        set_v(l, f->vd, q_imm(l, IR_QDUP_LANE, esz, q_width(f->q), get_v(l, f->vn), lane_index(f->imm5)));
        return true;
}

bool a64_DUP_gen(struct lift *l, const struct a64_DUP_gen *f)
{
        unsigned esz = lane_size(f->imm5);
        set_v(l, f->vd, q_op1(l, IR_QDUP, esz, q_width(f->q), get_x(l, esz == 3, f->rn)));
        return true;
}

bool a64_DUP_se(struct lift *l, const struct a64_DUP_se *f)
{
        unsigned esz = lane_size(f->imm5);
        set_v(l, f->vd, q_imm(l, IR_QLANE, esz, q_scalar(esz), get_v(l, f->vn), lane_index(f->imm5)));
        return true;
}

static val lane_to_x(struct lift *l, enum ir_op op, unsigned sf, unsigned vn, unsigned imm5)
{
        return ir_emit(l->b, (struct ir_inst){ .op = op, .type = (u8)type_of(sf), .esz = (u8)lane_size(imm5), .width = W_128,
                                               .arg = { get_v(l, vn) }, .imm = lane_index(imm5) });
}

bool a64_SMOV(struct lift *l, const struct a64_SMOV *f)
{
        set_x(l, f->q, f->rd, lane_to_x(l, IR_QTO_I_S, f->q, f->vn, f->imm5));
        return true;
}

bool a64_UMOV(struct lift *l, const struct a64_UMOV *f)
{
        set_x(l, f->q, f->rd, lane_to_x(l, IR_QTO_I, f->q, f->vn, f->imm5));
        return true;
}

bool a64_INS_gen(struct lift *l, const struct a64_INS_gen *f)
{
        unsigned esz = lane_size(f->imm5);
        val x = get_x(l, esz == 3, f->rn);
        set_v(l, f->vd, q_imm2(l, IR_QINS, esz, W_128, get_v(l, f->vd), x, lane_index(f->imm5)));
        return true;
}

bool a64_INS_e(struct lift *l, const struct a64_INS_e *f)
{
        unsigned esz = lane_size(f->imm5);
        u8 from = (u8)(f->imm4 >> esz);
        val d = get_v(l, f->vd), n = get_v(l, f->vn);
        set_v(l, f->vd, ir_q(l->b, IR_QINS_LANE, (u8)esz, W_128, d, n, 0, lane_index(f->imm5), from));
        return true;
}

/* ---- modified immediate (AdvSIMDExpandImm of the Arm manual, without the floating-point forms) ---- */

static u64 expand(unsigned cmode, unsigned imm8)
{
        u64 x = imm8;
        if (cmode < 8)
                return (x << 8 * (cmode >> 1)) * 0x0000000100000001;
        if (cmode < 12)
                return (x << 8 * (cmode >> 1 & 1)) * 0x0001000100010001;
        if (cmode < 14)
                return (cmode & 1 ? x << 16 | 0xffff : x << 8 | 0xff) * 0x0000000100000001;
        return x * 0x0101010101010101;
}

static val constant(struct lift *l, unsigned q, u64 x) { return q_splat(l, 3, q_width(q), x); }

bool a64_MOVI_v(struct lift *l, const struct a64_MOVI_v *f)
{
        set_v(l, f->vd, f->imm8 || (f->cmode & 14) == 12 ? constant(l, f->q, expand(f->cmode, f->imm8)) : q_zero(l));
        return true;
}

bool a64_MOVI_d(struct lift *l, const struct a64_MOVI_d *f)
{
        u64 x = 0;
        for (unsigned i = 0; i < 8; i++)
                x |= f->imm8 >> i & 1 ? 0xffull << 8 * i : 0;
        set_v(l, f->vd, x ? constant(l, f->q, x) : q_zero(l));
        return true;
}

bool a64_MVNI_v(struct lift *l, const struct a64_MVNI_v *f)
{
        set_v(l, f->vd, constant(l, f->q, ~expand(f->cmode, f->imm8)));
        return true;
}

bool a64_ORR_vi(struct lift *l, const struct a64_ORR_vi *f)
{
        val x = constant(l, f->q, expand(f->cmode, f->imm8));
        set_v(l, f->vd, q_op2(l, IR_QOR, 3, q_width(f->q), get_v(l, f->vd), x));
        return true;
}

bool a64_BIC_vi(struct lift *l, const struct a64_BIC_vi *f)
{
        val x = constant(l, f->q, expand(f->cmode, f->imm8));
        set_v(l, f->vd, q_op2(l, IR_QBIC, 3, q_width(f->q), get_v(l, f->vd), x));
        return true;
}
