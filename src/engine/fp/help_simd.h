/* Lanes of vector helper operands, for the help_simd_*.c and help_crypto.c files. */
#pragma once
#include "engine/fp/helper.h"
#include "engine/ir/ir.h"

static inline unsigned help_esz(const struct helper_q *how) { return how->esz_width & 15; }
/* Lanes inside the operation's width. */
static inline unsigned help_lanes(const struct helper_q *how)
{
        unsigned w = how->esz_width >> 4;
        return w == W_SCALAR ? 1 : (w == W_64 ? 8u : 16u) >> help_esz(how);
}
static inline u64 lane_u(const v128 *v, unsigned esz, unsigned i)
{
        switch (esz) {
        case 0: return v->b[i];
        case 1: return v->h[i];
        case 2: return v->s[i];
        default: return v->d[i];
        }
}
static inline i64 lane_s(const v128 *v, unsigned esz, unsigned i)
{
        switch (esz) {
        case 0: return (i8)v->b[i];
        case 1: return (i16)v->h[i];
        case 2: return (i32)v->s[i];
        default: return (i64)v->d[i];
        }
}
static inline void lane_set(v128 *v, unsigned esz, unsigned i, u64 x)
{
        switch (esz) {
        case 0: v->b[i] = (u8)x; break;
        case 1: v->h[i] = (u16)x; break;
        case 2: v->s[i] = (u32)x; break;
        default: v->d[i] = x; break;
        }
}
/* x saturated to a signed or an unsigned lane; a change sets cpu->qc. */
static inline u64 sat_s(struct cpu *cpu, unsigned esz, i128 x)
{
        i128 max = ((i128)1 << ((8u << esz) - 1)) - 1;
        i128 y = x > max ? max : x < -max - 1 ? -max - 1 : x;
        cpu->qc |= x != y;
        return (u64)y;
}
static inline u64 sat_u(struct cpu *cpu, unsigned esz, i128 x)
{
        i128 max = ((i128)1 << (8u << esz)) - 1;
        i128 y = x > max ? max : x < 0 ? 0 : x;
        cpu->qc |= x != y;
        return (u64)y;
}
