/* Taking numbers apart, rounding them back, and the rules for NaNs. */
#include "engine/fp/softfp.h"
#include "engine/fp/fpsr.h"

struct sfp sfp_make(unsigned esz, u32 fpcr)
{
        static const u8 exp_bits[] = { 5, 5, 8, 11 };
        static const u8 frac_bits[] = { 10, 10, 23, 52 };
        return (struct sfp){ .fpcr = fpcr, .exp_bits = exp_bits[esz & 3], .frac_bits = frac_bits[esz & 3] };
}

bool sfp_flushes(const struct sfp *s)
{
        return s->fpcr & (sfp_is_half(s) ? FPCR_FZ16 : FPCR_FZ);
}

static u64 exp_ones(const struct sfp *s)
{
        return (1ull << s->exp_bits) - 1;
}

static u64 quiet_bit(const struct sfp *s)
{
        return 1ull << (s->frac_bits - 1);
}

u64 sfp_zero(const struct sfp *s, bool sign)
{
        return sign ? sfp_sign_bit(s) : 0;
}

u64 sfp_inf(const struct sfp *s, bool sign)
{
        return sfp_zero(s, sign) | exp_ones(s) << s->frac_bits;
}

u64 sfp_max_normal(const struct sfp *s, bool sign)
{
        return sfp_inf(s, sign) - 1;
}

u64 sfp_default_nan(const struct sfp *s)
{
        return sfp_inf(s, false) | quiet_bit(s);
}

u64 sfp_invalid(struct sfp *s)
{
        s->fpsr |= FPSR_IOC;
        return sfp_default_nan(s);
}

static void set_finite(struct sfp_num *n, u64 frac, i32 exp)
{
        int up = __builtin_clzll(frac);
        n->kind = SFP_FINITE;
        n->mant = frac << up;
        n->exp = exp + 63 - up;
}

struct sfp_num sfp_unpack(struct sfp *s, u64 bits)
{
        u64 frac = bits & ((1ull << s->frac_bits) - 1);
        u64 exp = bits >> s->frac_bits & exp_ones(s);
        struct sfp_num n = { .bits = bits, .sign = bits & sfp_sign_bit(s) };

        if (exp == exp_ones(s) && !s->alt_half) {
                n.kind = !frac ? SFP_INF : frac & quiet_bit(s) ? SFP_QNAN : SFP_SNAN;
        } else if (exp) {
                set_finite(&n, frac | 1ull << s->frac_bits, (i32)exp - sfp_bias(s) - s->frac_bits);
        } else if (frac && !sfp_flushes(s)) {
                set_finite(&n, frac, 1 - sfp_bias(s) - s->frac_bits);
        } else if (frac && !sfp_is_half(s)) {
                s->fpsr |= FPSR_IDC; /* flushed half-precision inputs do not report */
        }
        return n;
}

bool sfp_round_up(enum sfp_round mode, bool sign, bool odd, int rest)
{
        switch (mode) {
        case SFP_RN: return rest == 3 || (rest == 2 && odd);
        case SFP_RP: return rest && !sign;
        case SFP_RM: return rest && sign;
        case SFP_RA: return rest >= 2;
        default: return false;
        }
}

/* What the low `drop` bits of mant are against one half of the unit above them. */
static int rest_of(u128 mant, unsigned drop)
{
        if (drop > 128)
                return 1;
        u128 half = (u128)1 << (drop - 1);
        u128 rest = drop == 128 ? mant : mant & (half * 2 - 1);
        return !rest ? 0 : rest < half ? 1 : rest == half ? 2 : 3;
}

static u64 overflow(struct sfp *s, enum sfp_round mode, bool sign)
{
        bool to_inf = mode == SFP_RN || mode == SFP_RA || (mode == SFP_RP && !sign) || (mode == SFP_RM && sign);
        s->fpsr |= FPSR_OFC | FPSR_IXC;
        return to_inf ? sfp_inf(s, sign) : sfp_max_normal(s, sign);
}

u64 sfp_pack(struct sfp *s, enum sfp_round mode, bool sign, i32 exp, u128 mant)
{
        unsigned up = (u64)(mant >> 64) ? __builtin_clzll((u64)(mant >> 64)) : 64 + __builtin_clzll((u64)mant);
        i32 lead = exp + 127 - (i32)up; /* exponent of the leading bit */
        i32 min_exp = 1 - sfp_bias(s);
        bool tiny = lead < min_exp;

        mant <<= up;
        if (tiny && sfp_flushes(s)) {
                s->fpsr |= FPSR_UFC;
                return sfp_zero(s, sign);
        }
        unsigned drop = 127 - s->frac_bits + (tiny ? min_exp - lead : 0);
        u64 kept = drop < 128 ? (u64)(mant >> drop) : 0;
        int rest = rest_of(mant, drop);
        if (sfp_round_up(mode, sign, kept & 1, rest))
                kept++;
        if (rest && mode == SFP_RO)
                kept |= 1;
        if (tiny && rest)
                s->fpsr |= FPSR_UFC;

        /* The leading bit of a normal number carries into the exponent field, as does a mantissa rounded up to a power of two. */
        u64 bits = ((u64)(tiny ? 0 : lead - min_exp) << s->frac_bits) + kept;
        if (s->alt_half && bits >> s->frac_bits > exp_ones(s)) {
                s->fpsr |= FPSR_IOC;
                return sfp_sign_bit(s) - 1 + sfp_zero(s, sign);
        }
        if (!s->alt_half && bits >> s->frac_bits >= exp_ones(s))
                return overflow(s, mode, sign);
        if (rest)
                s->fpsr |= FPSR_IXC;
        return bits | sfp_zero(s, sign);
}

u64 sfp_pack_num(struct sfp *s, const struct sfp_num *n)
{
        switch (n->kind) {
        case SFP_ZERO: return sfp_zero(s, n->sign);
        case SFP_INF: return sfp_inf(s, n->sign);
        default: return n->bits;
        }
}

u64 sfp_nan(struct sfp *s, const struct sfp_num *n)
{
        if (n->kind == SFP_SNAN)
                s->fpsr |= FPSR_IOC;
        return s->fpcr & FPCR_DN ? sfp_default_nan(s) : n->bits | quiet_bit(s);
}

bool sfp_nans3(struct sfp *s, const struct sfp_num *a, const struct sfp_num *b, const struct sfp_num *c, u64 *r)
{
        const struct sfp_num *const in_order[] = { a, b, c };
        for (int kind = SFP_SNAN; kind >= SFP_QNAN; kind--)
                for (unsigned i = 0; i < 3; i++)
                        if (in_order[i]->kind == kind) {
                                *r = sfp_nan(s, in_order[i]);
                                return true;
                        }
        return false;
}

bool sfp_nans2(struct sfp *s, const struct sfp_num *a, const struct sfp_num *b, u64 *r)
{
        return sfp_nans3(s, a, b, b, r);
}
