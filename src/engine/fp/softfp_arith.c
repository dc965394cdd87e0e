/* Add, multiply, divide, square root and the fused forms. */
#include "engine/fp/softfp.h"
#include "engine/fp/fpsr.h"

/* A term of a sum: value = mant * 2^(exp - 126), bit 126 of mant set. The spare top bit takes the carry. */
struct term {
        u128 mant;
        i32 exp;
        bool sign;
};

static u128 shift_right_sticky(u128 v, u32 by)
{
        if (by >= 128)
                return v != 0;
        u128 lost = by ? v << (128 - by) : 0;
        return v >> by | (lost != 0);
}

static struct term term_of(const struct sfp_num *n)
{
        return (struct term){ .mant = (u128)n->mant << 63, .exp = n->exp, .sign = n->sign };
}

static struct term product_of(const struct sfp_num *a, const struct sfp_num *b)
{
        u128 p = (u128)a->mant * b->mant;
        bool carry = p >> 127;
        /* At least 20 low bits of a product of two 53-bit mantissas are zero: nothing is lost. */
        return (struct term){ .mant = carry ? p >> 1 : p, .exp = a->exp + b->exp + carry, .sign = a->sign != b->sign };
}

static u64 exact_zero(struct sfp *s)
{
        return sfp_zero(s, sfp_mode(s) == SFP_RM);
}

/* (x + y) * 2^scale rounded once. */
static u64 sum(struct sfp *s, struct term x, struct term y, i32 scale)
{
        if (x.exp < y.exp) {
                struct term t = x;
                x = y;
                y = t;
        }
        u128 small = shift_right_sticky(y.mant, (u32)(x.exp - y.exp));
        if (x.sign == y.sign)
                x.mant += small;
        else if (x.mant >= small)
                x.mant -= small;
        else {
                x.mant = small - x.mant;
                x.sign = y.sign;
        }
        return x.mant ? sfp_pack(s, sfp_mode(s), x.sign, x.exp - 126 + scale, x.mant) : exact_zero(s);
}

static u64 add_nums(struct sfp *s, const struct sfp_num *a, const struct sfp_num *b)
{
        if (a->kind == SFP_INF && b->kind == SFP_INF && a->sign != b->sign)
                return sfp_invalid(s);
        if (a->kind == SFP_INF || b->kind == SFP_INF)
                return sfp_inf(s, a->kind == SFP_INF ? a->sign : b->sign);
        if (a->kind == SFP_ZERO && b->kind == SFP_ZERO)
                return a->sign == b->sign ? sfp_zero(s, a->sign) : exact_zero(s);
        if (a->kind == SFP_ZERO)
                return b->bits;
        if (b->kind == SFP_ZERO)
                return a->bits;
        return sum(s, term_of(a), term_of(b), 0);
}

u64 sfp_add(struct sfp *s, u64 a, u64 b)
{
        struct sfp_num x = sfp_unpack(s, a), y = sfp_unpack(s, b);
        u64 r;
        return sfp_nans2(s, &x, &y, &r) ? r : add_nums(s, &x, &y);
}

u64 sfp_sub(struct sfp *s, u64 a, u64 b)
{
        struct sfp_num x = sfp_unpack(s, a), y = sfp_unpack(s, b);
        u64 r;
        if (sfp_nans2(s, &x, &y, &r))
                return r;
        y.sign = !y.sign;
        y.bits = sfp_neg(s, y.bits);
        return add_nums(s, &x, &y);
}

static bool inf_times_zero(const struct sfp_num *a, const struct sfp_num *b)
{
        return (a->kind == SFP_INF && b->kind == SFP_ZERO) || (a->kind == SFP_ZERO && b->kind == SFP_INF);
}

/* FPMul and FPMulX differ in infinity times zero only. */
static u64 multiply(struct sfp *s, u64 a, u64 b, bool extended)
{
        struct sfp_num x = sfp_unpack(s, a), y = sfp_unpack(s, b);
        bool sign = x.sign != y.sign;
        u64 r;
        if (sfp_nans2(s, &x, &y, &r))
                return r;
        if (inf_times_zero(&x, &y))
                return extended ? sfp_pack(s, SFP_RN, sign, 1, 1) : sfp_invalid(s);
        if (x.kind == SFP_INF || y.kind == SFP_INF)
                return sfp_inf(s, sign);
        if (x.kind == SFP_ZERO || y.kind == SFP_ZERO)
                return sfp_zero(s, sign);
        return sfp_pack(s, sfp_mode(s), sign, x.exp + y.exp - 126, (u128)x.mant * y.mant);
}

u64 sfp_mul(struct sfp *s, u64 a, u64 b)
{
        return multiply(s, a, b, false);
}

u64 sfp_mulx(struct sfp *s, u64 a, u64 b)
{
        return multiply(s, a, b, true);
}

static u64 divide(struct sfp *s, const struct sfp_num *a, const struct sfp_num *b)
{
        /* 53-bit mantissas, 11 quotient bits a step: 64-bit divisions are enough. */
        u64 rest = a->mant >> 11, by = b->mant >> 11;
        u64 q = rest / by;
        rest %= by;
        for (int i = 0; i < 5; i++) {
                rest <<= 11;
                q = q << 11 | rest / by;
                rest %= by;
        }
        return sfp_pack(s, sfp_mode(s), a->sign != b->sign, a->exp - b->exp - 56, (u128)q << 1 | (rest != 0));
}

u64 sfp_div(struct sfp *s, u64 a, u64 b)
{
        struct sfp_num x = sfp_unpack(s, a), y = sfp_unpack(s, b);
        bool sign = x.sign != y.sign;
        u64 r;
        if (sfp_nans2(s, &x, &y, &r))
                return r;
        if (x.kind == y.kind && x.kind != SFP_FINITE)
                return sfp_invalid(s);
        if (x.kind == SFP_INF)
                return sfp_inf(s, sign);
        if (y.kind == SFP_ZERO) {
                s->fpsr |= FPSR_DZC;
                return sfp_inf(s, sign);
        }
        if (x.kind == SFP_ZERO || y.kind == SFP_INF)
                return sfp_zero(s, sign);
        return divide(s, &x, &y);
}

u64 sfp_sqrt(struct sfp *s, u64 a)
{
        struct sfp_num n = sfp_unpack(s, a);
        if (sfp_is_nan(&n))
                return sfp_nan(s, &n);
        if (n.kind == SFP_ZERO)
                return sfp_zero(s, n.sign);
        if (n.sign)
                return sfp_invalid(s);
        if (n.kind == SFP_INF)
                return sfp_inf(s, false);

        /* value = m * 2^e with e even; the root of m << 58 has 56 bits. */
        i32 e = n.exp - 52;
        u128 rest = (u128)(n.mant >> 11) << 58;
        if (e & 1) {
                rest <<= 1;
                e--;
        }
        u128 root = 0;
        for (u128 bit = (u128)1 << 112; bit; bit >>= 2) {
                bool take = rest >= root + bit;
                if (take)
                        rest -= root + bit;
                root = root >> 1 | (take ? bit : 0);
        }
        return sfp_pack(s, sfp_mode(s), false, e / 2 - 30, root << 1 | (rest != 0));
}

/* (addend + a * b) * 2^scale for operands none of which is a NaN; not infinity times zero. */
static u64 muladd(struct sfp *s, const struct sfp_num *c, const struct sfp_num *a, const struct sfp_num *b, i32 scale)
{
        bool sign = a->sign != b->sign;
        bool inf = a->kind == SFP_INF || b->kind == SFP_INF;
        bool zero = a->kind == SFP_ZERO || b->kind == SFP_ZERO;

        if (c->kind == SFP_INF && inf && c->sign != sign)
                return sfp_invalid(s);
        if (c->kind == SFP_INF || inf)
                return sfp_inf(s, c->kind == SFP_INF ? c->sign : sign);
        if (c->kind == SFP_ZERO && zero)
                return c->sign == sign ? sfp_zero(s, sign) : exact_zero(s);
        if (zero)
                return sfp_pack(s, sfp_mode(s), c->sign, c->exp - 63 + scale, c->mant);
        struct term p = product_of(a, b);
        if (c->kind == SFP_ZERO)
                return sfp_pack(s, sfp_mode(s), p.sign, p.exp - 126 + scale, p.mant);
        return sum(s, term_of(c), p, scale);
}

u64 sfp_muladd(struct sfp *s, u64 addend, u64 a, u64 b)
{
        struct sfp_num z = sfp_unpack(s, addend), x = sfp_unpack(s, a), y = sfp_unpack(s, b);
        u64 r;
        bool nan = sfp_nans3(s, &z, &x, &y, &r);
        if (inf_times_zero(&x, &y) && (!nan || z.kind == SFP_QNAN))
                return sfp_invalid(s);
        return nan ? r : muladd(s, &z, &x, &y, 0);
}

/* (k - ab) * 2^scale; infinity times zero counts as zero. */
static u64 step(struct sfp *s, u64 k, u64 a, u64 b, i32 scale)
{
        struct sfp_num x = sfp_unpack(s, sfp_neg(s, a)), y = sfp_unpack(s, b), c = sfp_unpack(s, k);
        u64 r;
        if (sfp_nans2(s, &x, &y, &r))
                return r;
        if (inf_times_zero(&x, &y))
                x.kind = y.kind = SFP_ZERO;
        return muladd(s, &c, &x, &y, scale);
}

u64 sfp_recip_step(struct sfp *s, u64 a, u64 b)
{
        return step(s, sfp_pack(s, SFP_RN, false, 1, 1), a, b, 0);
}

u64 sfp_rsqrt_step(struct sfp *s, u64 a, u64 b)
{
        return step(s, sfp_pack(s, SFP_RN, false, 0, 3), a, b, -1);
}

u64 sfp_abs(struct sfp *s, u64 a)
{
        return a & (sfp_sign_bit(s) - 1);
}

u64 sfp_neg(struct sfp *s, u64 a)
{
        return a ^ sfp_sign_bit(s);
}
