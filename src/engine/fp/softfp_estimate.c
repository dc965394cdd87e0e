/* The architecture's reciprocal and reciprocal square root estimates: bit-exact by definition. */
#include "engine/fp/softfp.h"
#include "engine/fp/fpsr.h"

unsigned sfp_recip_table(unsigned a)
{
        unsigned b = (1u << 19) / (a * 2 + 1);
        return (b + 1) / 2;
}

unsigned sfp_rsqrt_table(unsigned a)
{
        a = a < 256 ? a * 2 + 1 : (a / 2 * 2 + 1) * 2;
        unsigned b = 512;
        while (a * (b + 1) * (b + 1) < 1u << 28)
                b++;
        return (b + 1) / 2;
}

static u64 recip_overflow(struct sfp *s, bool sign)
{
        enum sfp_round mode = sfp_mode(s);
        bool to_inf = mode == SFP_RN || (mode == SFP_RP && !sign) || (mode == SFP_RM && sign);
        s->fpsr |= FPSR_OFC | FPSR_IXC;
        return to_inf ? sfp_inf(s, sign) : sfp_max_normal(s, sign);
}

/* An estimate (9 bits, the top one set) times 2^exp as a number of the format: exact, never rounded. */
static u64 pack_estimate(struct sfp *s, bool sign, unsigned estimate, i32 biased)
{
        u64 frac = (u64)(estimate & 255) << (s->frac_bits - 8);
        u64 one = 1ull << s->frac_bits;
        if (biased <= 0)
                return sfp_zero(s, sign) | (frac | one) >> (1 - biased);
        return sfp_zero(s, sign) | (u64)biased << s->frac_bits | frac;
}

u64 sfp_recip_estimate(struct sfp *s, u64 a)
{
        struct sfp_num n = sfp_unpack(s, a);
        int bias = sfp_bias(s);
        if (sfp_is_nan(&n))
                return sfp_nan(s, &n);
        if (n.kind == SFP_INF)
                return sfp_zero(s, n.sign);
        if (n.kind == SFP_ZERO) {
                s->fpsr |= FPSR_DZC;
                return sfp_inf(s, n.sign);
        }
        if (n.exp < -bias - 1)
                return recip_overflow(s, n.sign);
        if (sfp_flushes(s) && n.exp >= bias - 1) {
                s->fpsr |= FPSR_UFC;
                return sfp_zero(s, n.sign);
        }
        return pack_estimate(s, n.sign, sfp_recip_table(n.mant >> 55), bias - 1 - n.exp);
}

u64 sfp_rsqrt_estimate(struct sfp *s, u64 a)
{
        struct sfp_num n = sfp_unpack(s, a);
        int bias = sfp_bias(s);
        if (sfp_is_nan(&n))
                return sfp_nan(s, &n);
        if (n.kind == SFP_ZERO) {
                s->fpsr |= FPSR_DZC;
                return sfp_inf(s, n.sign);
        }
        if (n.sign)
                return sfp_invalid(s);
        if (n.kind == SFP_INF)
                return sfp_zero(s, false);
        i32 exp = n.exp + bias; /* as the exponent field, going on below 1 for denormals; bias is odd */
        unsigned scaled = exp & 1 ? n.mant >> 56 : n.mant >> 55;
        return pack_estimate(s, false, sfp_rsqrt_table(scaled), (3 * bias - 1 - exp) >> 1);
}

u64 sfp_recip_exponent(struct sfp *s, u64 a)
{
        struct sfp_num n = sfp_unpack(s, a);
        if (sfp_is_nan(&n))
                return sfp_nan(s, &n);
        u64 ones = (1ull << s->exp_bits) - 1;
        u64 exp = a >> s->frac_bits & ones;
        return sfp_zero(s, n.sign) | (exp ? exp ^ ones : ones - 1) << s->frac_bits;
}
