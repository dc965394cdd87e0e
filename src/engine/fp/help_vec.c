/* Vector operations lane by lane, for lane sizes that the host has no instruction for. */
#include "engine/fp/help_simd.h"

typedef u64 lane_fn(struct cpu *cpu, unsigned esz, const v128 *a, const v128 *b, unsigned n);

static void each_lane(struct cpu *cpu, const struct helper_q *how, lane_fn *f)
{
        unsigned esz = help_esz(how);
        v128 r = { .d = { 0, 0 } };
        for (unsigned n = 0; n < help_lanes(how); n++)
                lane_set(&r, esz, n, f(cpu, esz, &cpu->qarg[0], &cpu->qarg[1], n));
        cpu->qarg[3] = r;
}

#define LANE_FN(name, expr)                                                                                   \
        static u64 name(struct cpu *cpu, unsigned z, const v128 *a, const v128 *b, unsigned n)                \
        {                                                                                                     \
                return (u64)(expr);                                                                           \
        }                                                                                                     \
        void help_q##name(struct cpu *cpu, const struct helper_q *how)                                        \
        {                                                                                                     \
                each_lane(cpu, how, name);                                                                    \
        }

static i64 max_s(i64 a, i64 b) { return a > b ? a : b; }
static i64 min_s(i64 a, i64 b) { return a < b ? a : b; }
static u64 max_u(u64 a, u64 b) { return a > b ? a : b; }
static u64 min_u(u64 a, u64 b) { return a < b ? a : b; }

static u64 leading_zeros(u64 x, unsigned bits) { return x ? (u64)__builtin_clzll(x) - (64 - bits) : bits; }

/* x of `bits` bits shifted left by the signed count s. */
static u64 shift_logical(u64 x, int s, int bits)
{
        if (s >= bits || s <= -bits)
                return 0;
        return s >= 0 ? x << s : x >> -s;
}

static i64 shift_arithmetic(i64 x, int s, int bits)
{
        if (s >= bits)
                return 0;
        if (s >= 0)
                return (i64)((u64)x << s);
        return x >> (s <= -bits ? bits - 1 : -s);
}

LANE_FN(smax, max_s(lane_s(a, z, n), lane_s(b, z, n)))
LANE_FN(smin, min_s(lane_s(a, z, n), lane_s(b, z, n)))
LANE_FN(umax, max_u(lane_u(a, z, n), lane_u(b, z, n)))
LANE_FN(umin, min_u(lane_u(a, z, n), lane_u(b, z, n)))
LANE_FN(mul, lane_u(a, z, n) * lane_u(b, z, n))
LANE_FN(avgr_u, ((u128)lane_u(a, z, n) + lane_u(b, z, n) + 1) >> 1)
LANE_FN(abd_u, max_u(lane_u(a, z, n), lane_u(b, z, n)) - min_u(lane_u(a, z, n), lane_u(b, z, n)))
LANE_FN(abd_s, (u64)max_s(lane_s(a, z, n), lane_s(b, z, n)) - (u64)min_s(lane_s(a, z, n), lane_s(b, z, n)))
LANE_FN(clz, leading_zeros(lane_u(a, z, n), 8u << z))
LANE_FN(sshl, shift_arithmetic(lane_s(a, z, n), (i8)lane_u(b, z, n), 8 << z))
LANE_FN(ushl, shift_logical(lane_u(a, z, n), (i8)lane_u(b, z, n), 8 << z))
LANE_FN(sqadd, sat_s(cpu, z, (i128)lane_s(a, z, n) + lane_s(b, z, n)))
LANE_FN(uqadd, sat_u(cpu, z, (i128)lane_u(a, z, n) + lane_u(b, z, n)))
LANE_FN(sqsub, sat_s(cpu, z, (i128)lane_s(a, z, n) - lane_s(b, z, n)))
LANE_FN(uqsub, sat_u(cpu, z, (i128)lane_u(a, z, n) - lane_u(b, z, n)))
