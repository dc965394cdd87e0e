/* Between formats, to integral values, to and from integers and fixed point. */
#include "engine/fp/softfp.h"
#include "engine/fp/fpsr.h"

/* FPConvertNaN: sign and the top fraction bits survive, the result is quiet. */
static u64 convert_nan(const struct sfp *from, const struct sfp *to, const struct sfp_num *n)
{
        u64 payload = n->bits << (64 - from->frac_bits) >> (64 - to->frac_bits);
        return sfp_default_nan(to) | sfp_zero(to, n->sign) | payload;
}

u64 sfp_convert(struct sfp *s, unsigned from_esz, unsigned to_esz, enum sfp_round mode, u64 a)
{
        /* The conversions between formats ignore FZ16 and are the only operations that obey AHP. */
        u32 fpcr = s->fpcr & ~(u32)FPCR_FZ16;
        bool alt = fpcr & FPCR_AHP;
        struct sfp from = sfp_make(from_esz, fpcr), to = sfp_make(to_esz, fpcr);
        from.alt_half = alt && sfp_is_half(&from);
        to.alt_half = alt && sfp_is_half(&to);

        struct sfp_num n = sfp_unpack(&from, a);
        u64 r;
        if (sfp_is_nan(&n)) {
                if (to.alt_half)
                        r = sfp_zero(&to, n.sign);
                else
                        r = fpcr & FPCR_DN ? sfp_default_nan(&to) : convert_nan(&from, &to, &n);
                if (n.kind == SFP_SNAN || to.alt_half)
                        to.fpsr |= FPSR_IOC;
        } else if (n.kind == SFP_INF && to.alt_half) {
                r = sfp_sign_bit(&to) - 1 + sfp_zero(&to, n.sign);
                to.fpsr |= FPSR_IOC;
        } else if (n.kind == SFP_INF) {
                r = sfp_inf(&to, n.sign);
        } else if (n.kind == SFP_ZERO) {
                r = sfp_zero(&to, n.sign);
        } else {
                r = sfp_pack(&to, mode, n.sign, n.exp - 63, n.mant);
        }
        s->fpsr |= from.fpsr | to.fpsr;
        return r;
}

/* mant / 2^by rounded, by > 0. */
static u64 round_shift(u64 mant, u32 by, bool sign, enum sfp_round mode, bool *inexact)
{
        u64 kept = by < 64 ? mant >> by : 0;
        u64 lost = by < 64 ? mant << (64 - by) : by == 64 ? mant : 1;
        u64 half = 1ull << 63;
        int rest = !lost ? 0 : lost < half ? 1 : lost == half ? 2 : 3;
        *inexact = rest;
        return kept + sfp_round_up(mode, sign, kept & 1, rest);
}

u64 sfp_round_int(struct sfp *s, u64 a, enum sfp_round mode, bool exact)
{
        struct sfp_num n = sfp_unpack(s, a);
        if (sfp_is_nan(&n))
                return sfp_nan(s, &n);
        if (n.kind != SFP_FINITE || n.exp >= s->frac_bits)
                return sfp_pack_num(s, &n);
        bool inexact;
        u64 m = round_shift(n.mant, (u32)(63 - n.exp), n.sign, mode, &inexact);
        if (inexact && exact)
                s->fpsr |= FPSR_IXC;
        return m ? sfp_pack(s, SFP_RZ, n.sign, 0, m) : sfp_zero(s, n.sign);
}

static u64 low_bits(unsigned bits)
{
        return bits == 64 ? ~0ull : (1ull << bits) - 1;
}

static u64 saturated(struct sfp *s, bool sign, bool is_unsigned, unsigned bits)
{
        s->fpsr |= FPSR_IOC;
        if (is_unsigned)
                return sign ? 0 : low_bits(bits);
        return low_bits(bits - 1) + sign;
}

u64 sfp_to_fixed(struct sfp *s, u64 a, unsigned fbits, bool is_unsigned, unsigned bits, enum sfp_round mode)
{
        struct sfp_num n = sfp_unpack(s, a);
        if (sfp_is_nan(&n)) {
                s->fpsr |= FPSR_IOC;
                return 0;
        }
        if (n.kind == SFP_ZERO)
                return 0;
        i32 exp = n.exp + (i32)fbits;
        if (n.kind == SFP_INF || exp > 63)
                return saturated(s, n.sign, is_unsigned, bits);

        bool inexact = false;
        u64 m = exp == 63 ? n.mant : round_shift(n.mant, (u32)(63 - exp), n.sign, mode, &inexact);
        u64 limit = is_unsigned ? (n.sign ? 0 : low_bits(bits)) : low_bits(bits - 1) + n.sign;
        if (m > limit)
                return saturated(s, n.sign, is_unsigned, bits);
        if (inexact)
                s->fpsr |= FPSR_IXC;
        return (n.sign ? -m : m) & low_bits(bits);
}

u64 sfp_from_fixed(struct sfp *s, u64 a, unsigned fbits, bool is_unsigned, unsigned bits)
{
        bool sign = !is_unsigned && a >> (bits - 1) & 1;
        u64 m = (sign ? -a : a) & low_bits(bits);
        return m ? sfp_pack(s, sfp_mode(s), sign, -(i32)fbits, m) : 0;
}

u32 sfp_to_int32_js(struct sfp *s, u64 a, bool *exact)
{
        struct sfp_num n = sfp_unpack(s, a);
        *exact = false;
        if (n.kind == SFP_ZERO) {
                *exact = a == 0; /* neither -0 nor a flushed denormal, of which QEMU 7.2 says that it is */
                return 0;
        }
        if (n.kind != SFP_FINITE || n.exp >= 63 + 32) {
                s->fpsr |= FPSR_IOC;
                return 0;
        }
        if (n.exp > 63) {
                u32 m = (u32)(n.mant << (n.exp - 63));
                s->fpsr |= FPSR_IOC;
                return n.sign ? -m : m;
        }
        bool inexact = false;
        u64 m = n.exp == 63 ? n.mant : round_shift(n.mant, (u32)(63 - n.exp), n.sign, SFP_RZ, &inexact);
        if (m > 0x7fffffffu + (u64)n.sign)
                s->fpsr |= FPSR_IOC;
        else if (inexact)
                s->fpsr |= FPSR_IXC;
        else
                *exact = true;
        return (u32)(n.sign ? -m : m);
}
