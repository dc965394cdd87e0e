/* Steps shared by the integer Advanced SIMD lifters: see a64_simd.h. */
#include "engine/guest/a64_simd.h"

val q_splat(struct lift *l, unsigned esz, enum ir_width w, u64 lane)
{
        static const u64 spread[] = { 0x0101010101010101, 0x0001000100010001, 0x0000000100000001, 1 };
        u64 mask = esz == 3 ? ~0ull : (1ull << (8u << esz)) - 1;
        return ir_q(l->b, IR_QCONST, (u8)esz, w, 0, 0, 0, (i64)((lane & mask) * spread[esz]), 0);
}

val q_round_shr(struct lift *l, enum ir_op shr, unsigned esz, enum ir_width w, val x, unsigned n)
{
        /* With t = x >> (n - 1) the result is (t + 1) >> 1 = t - (t >> 1), which cannot overflow. */
        val t = n == 1 ? x : q_imm(l, shr, esz, w, x, n - 1);
        return q_op2(l, IR_QSUB, esz, w, t, q_imm(l, shr, esz, w, t, 1));
}

void q_set_qc(struct lift *l, val x)
{
        struct ir_block *b = l->b;
        val lo = ir_emit(b, (struct ir_inst){ .op = IR_QTO_I, .type = IR_I64, .esz = 3, .width = W_128, .arg = { x } });
        val hi = ir_emit(b, (struct ir_inst){ .op = IR_QTO_I, .type = IR_I64, .esz = 3, .width = W_128, .arg = { x }, .imm = 1 });
        val any = ir_op2(b, IR_OR, IR_I64, lo, hi);
        val bit = ir_opi(b, IR_SHR_I, IR_I64, ir_op2(b, IR_OR, IR_I64, any, ir_op1(b, IR_NEG, IR_I64, any)), 63);
        val old = ir_emit(b, (struct ir_inst){ .op = IR_GET_CTX, .type = IR_I64, .imm = offsetof(struct cpu, qc) });
        ir_emit(b, (struct ir_inst){ .op = IR_SET_CTX, .type = IR_I64, .arg = { ir_op2(b, IR_OR, IR_I64, old, bit) },
                                     .imm = offsetof(struct cpu, qc) });
}

void q_set_part(struct lift *l, unsigned part, unsigned vd, val narrow)
{
        set_v(l, vd, part ? q_join(l, get_v(l, vd), narrow) : narrow);
}

/* x clamped to the range of the narrow lanes; lanes are wide, 1<<esz bytes. */
static val clamp(struct lift *l, enum narrowing how, unsigned esz, enum ir_width w, val x)
{
        u64 max_s = (1ull << ((4u << esz) - 1)) - 1, max_u = (1ull << (4u << esz)) - 1;
        switch (how) {
        case NARROW_S_S:
                x = q_op2(l, IR_QSMIN, esz, w, x, q_splat(l, esz, w, max_s));
                return q_op2(l, IR_QSMAX, esz, w, x, q_splat(l, esz, w, ~max_s));
        case NARROW_U_U:
                return q_op2(l, IR_QUMIN, esz, w, x, q_splat(l, esz, w, max_u));
        case NARROW_S_U:
                x = q_op2(l, IR_QSMIN, esz, w, x, q_splat(l, esz, w, max_u));
                return q_op2(l, IR_QSMAX, esz, w, x, q_zero(l));
        }
        return 0;
}

val q_sat_narrow(struct lift *l, enum narrowing how, unsigned esz, bool scalar, val x)
{
        static const enum helper_id help[] = { HELP_sqxtn, HELP_uqxtn, HELP_sqxtun };

        if (scalar)
                x = q_op1(l, IR_QTRUNC, esz + 1, q_scalar(esz + 1), x);
        if (esz == 2)
                return q_help(l, help[how], esz, W_64, x, 0, 0);
        val y = clamp(l, how, esz + 1, W_128, x);
        q_set_qc(l, q_op2(l, IR_QXOR, 3, W_128, x, y));
        return q_op1(l, IR_QXTN, esz, W_64, y);
}

/* High halves of the doubled products of the low 64 bits of a and b, not saturated. */
static val mul_high(struct lift *l, bool round, unsigned esz, val a, val b)
{
        unsigned bits = 8u << esz;
        val p = q_op2(l, IR_QSMULL, esz, W_128, a, b);
        if (round)
                p = q_op2(l, IR_QADD, esz + 1, W_128, p, q_splat(l, esz + 1, W_128, 1ull << (bits - 2)));
        return q_op1(l, IR_QXTN, esz, W_64, q_imm(l, IR_QSHR_I, esz + 1, W_128, p, bits - 1));
}

val q_sqdmulh(struct lift *l, bool round, unsigned esz, enum ir_width w, val a, val b)
{
        val r = mul_high(l, round, esz, a, b);
        if (w == W_128)
                r = q_join(l, r, mul_high(l, round, esz, q_hi(l, a), q_hi(l, b)));
        else if (w == W_SCALAR)
                r = q_op1(l, IR_QTRUNC, esz, W_SCALAR, r);
        /* Only MIN * MIN gives MIN, which must be MAX, its complement. */
        val saturated = q_op2(l, IR_QCMEQ, esz, W_128, r, q_splat(l, esz, W_128, 1ull << ((8u << esz) - 1)));
        q_set_qc(l, saturated);
        return q_op2(l, IR_QXOR, 3, W_128, r, saturated);
}

val q_element(struct lift *l, unsigned esz, unsigned idx, unsigned vm)
{
        if (esz == 1) {
                idx = idx << 1 | vm >> 4;
                vm &= 15;
        }
        return q_imm(l, IR_QDUP_LANE, esz, W_128, get_v(l, vm), idx);
}

val q_sqdmull(struct lift *l, unsigned esz, enum ir_width w, val a, val b)
{
        /* Doubling is adding with saturation: only MIN * MIN saturates. */
        val p = q_op2(l, IR_QSMULL, esz, W_128, a, b);
        return q_op2(l, IR_QSQADD, esz + 1, w, p, p);
}

val q_sqabs(struct lift *l, unsigned esz, enum ir_width w, val x)
{
        val negative = q_imm(l, IR_QSAR_I, esz, w, x, (8 << esz) - 1);
        return q_op3(l, IR_QBSL, esz, w, q_op2(l, IR_QSQSUB, esz, w, q_zero(l), x), x, negative);
}

/* Sums of four neighbours of the 16-bit products lo (of the low eight bytes) and hi, added to acc. */
static val add_fours(struct lift *l, enum ir_op addlp, unsigned q, val acc, val lo, val hi)
{
        lo = q_op1(l, addlp, 1, W_128, lo);
        hi = q ? q_op1(l, addlp, 1, W_128, hi) : q_hi(l, lo);
        return q_op2(l, IR_QADD, 2, q_width(q), acc, q_op2(l, IR_QADDP, 2, q_width(q), lo, hi));
}

val q_dot(struct lift *l, bool is_signed, unsigned q, val acc, val a, val b)
{
        enum ir_op mull = is_signed ? IR_QSMULL : IR_QUMULL;
        val lo = q_op2(l, mull, 0, W_128, a, b);
        val hi = q ? q_op2(l, mull, 0, W_128, q_hi(l, a), q_hi(l, b)) : 0;
        return add_fours(l, is_signed ? IR_QSADDLP : IR_QUADDLP, q, acc, lo, hi);
}

static val mul_us(struct lift *l, val a, val b)
{
        return q_op2(l, IR_QMUL, 1, W_128, q_op1(l, IR_QUXTL, 0, W_128, a), q_op1(l, IR_QSXTL, 0, W_128, b));
}

val q_usdot(struct lift *l, unsigned q, val acc, val a, val b)
{
        val lo = mul_us(l, a, b);
        val hi = q ? mul_us(l, q_hi(l, a), q_hi(l, b)) : 0;
        return add_fours(l, IR_QSADDLP, q, acc, lo, hi);
}
