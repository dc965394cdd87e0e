/* Polynomial multiplication of bytes, bit reversal, integer estimates, and the 2x8 by 8x2 matrix products of FEAT_I8MM. */
#include "engine/fp/help_simd.h"

static u32 pmul8(u32 a, u32 b)
{
        u32 r = 0;
        for (unsigned i = 0; i < 8; i++)
                r ^= b >> i & 1 ? a << i : 0;
        return r;
}

void help_pmul(struct cpu *cpu, const struct helper_q *how)
{
        unsigned count = help_lanes(how);
        v128 r = { 0 };
        for (unsigned i = 0; i < count; i++)
                r.b[i] = (u8)pmul8(cpu->qarg[0].b[i], cpu->qarg[1].b[i]);
        cpu->qarg[3] = r;
}

/* The low eight bytes of both to eight 16-bit products. */
void help_pmull8(struct cpu *cpu, const struct helper_q *how)
{
        (void)how;
        v128 r = { 0 };
        for (unsigned i = 0; i < 8; i++)
                r.h[i] = (u16)pmul8(cpu->qarg[0].b[i], cpu->qarg[1].b[i]);
        cpu->qarg[3] = r;
}

static u64 reverse_bits_in_bytes(u64 x)
{
        x = (x & 0x5555555555555555) << 1 | (x >> 1 & 0x5555555555555555);
        x = (x & 0x3333333333333333) << 2 | (x >> 2 & 0x3333333333333333);
        return (x & 0x0f0f0f0f0f0f0f0f) << 4 | (x >> 4 & 0x0f0f0f0f0f0f0f0f);
}

void help_rbit_v(struct cpu *cpu, const struct helper_q *how)
{
        cpu->qarg[3].d[0] = reverse_bits_in_bytes(cpu->qarg[0].d[0]);
        cpu->qarg[3].d[1] = how->esz_width >> 4 == W_128 ? reverse_bits_in_bytes(cpu->qarg[0].d[1]) : 0;
}

/* RecipEstimate() of the Arm manual: 9 bits of a in 256..511 give 9 bits. */
static u32 recip_estimate(u32 a)
{
        a = a * 2 + 1;
        return (((1u << 19) / a) + 1) >> 1;
}

/* RecipSqrtEstimate() of the Arm manual: 9 bits of a in 128..511 give 9 bits. */
static u32 rsqrt_estimate(u32 a)
{
        a = a < 256 ? a * 2 + 1 : (a >> 1 << 1) * 2 + 2;
        u32 b = 512;
        while (a * (b + 1) * (b + 1) < 1u << 28)
                b++;
        return (b + 1) >> 1;
}

void help_urecpe(struct cpu *cpu, const struct helper_q *how)
{
        unsigned count = help_lanes(how);
        v128 r = { 0 };
        for (unsigned i = 0; i < count; i++) {
                u32 x = cpu->qarg[0].s[i];
                r.s[i] = x >> 31 ? recip_estimate(x >> 23) << 23 : ~0u;
        }
        cpu->qarg[3] = r;
}

void help_ursqrte(struct cpu *cpu, const struct helper_q *how)
{
        unsigned count = help_lanes(how);
        v128 r = { 0 };
        for (unsigned i = 0; i < count; i++) {
                u32 x = cpu->qarg[0].s[i];
                r.s[i] = x >> 30 ? rsqrt_estimate(x >> 23) << 23 : ~0u;
        }
        cpu->qarg[3] = r;
}

static i32 byte_of(const v128 *v, unsigned i, bool is_signed) { return is_signed ? (i8)v->b[i] : v->b[i]; }

static void mat_mul(struct cpu *cpu, bool signed_b, bool signed_c)
{
        v128 r = cpu->qarg[0];
        for (unsigned row = 0; row < 2; row++)
                for (unsigned col = 0; col < 2; col++)
                        for (unsigned k = 0; k < 8; k++)
                                r.s[row * 2 + col] += (u32)(byte_of(&cpu->qarg[1], row * 8 + k, signed_b) *
                                                            byte_of(&cpu->qarg[2], col * 8 + k, signed_c));
        cpu->qarg[3] = r;
}

void help_smmla(struct cpu *cpu, const struct helper_q *how)
{
        (void)how;
        mat_mul(cpu, true, true);
}
void help_ummla(struct cpu *cpu, const struct helper_q *how)
{
        (void)how;
        mat_mul(cpu, false, false);
}
void help_usmmla(struct cpu *cpu, const struct helper_q *how)
{
        (void)how;
        mat_mul(cpu, false, true);
}
