/* SHA-1 and SHA-512 steps (Arm ARM, shared pseudocode SHAhashupdate and instructions SHA1*, SHA512*). */
#include "engine/fp/help_simd.h"

static u32 rol32(u32 x, unsigned n) { return x << n | x >> (32 - n); }
static u64 ror64(u64 x, unsigned n) { return x >> n | x << (64 - n); }

static u32 choose(u32 x, u32 y, u32 z) { return ((y ^ z) & x) ^ z; }
static u32 parity(u32 x, u32 y, u32 z) { return x ^ y ^ z; }
static u32 majority(u32 x, u32 y, u32 z) { return (x & y) | ((x | y) & z); }

/* Four rounds: a = hash a..d, b = hash e in lane 0, c = schedule words plus constants. */
static void sha1_rounds(struct cpu *cpu, u32 (*f)(u32, u32, u32))
{
        v128 x = cpu->qarg[0];
        u32 y = cpu->qarg[1].s[0];
        for (unsigned i = 0; i < 4; i++) {
                y += rol32(x.s[0], 5) + f(x.s[1], x.s[2], x.s[3]) + cpu->qarg[2].s[i];
                u32 top = x.s[3];
                x.s[3] = x.s[2];
                x.s[2] = rol32(x.s[1], 30);
                x.s[1] = x.s[0];
                x.s[0] = y;
                y = top;
        }
        cpu->qarg[3] = x;
}

void help_sha1c(struct cpu *cpu, const struct helper_q *how)
{
        (void)how;
        sha1_rounds(cpu, choose);
}
void help_sha1p(struct cpu *cpu, const struct helper_q *how)
{
        (void)how;
        sha1_rounds(cpu, parity);
}
void help_sha1m(struct cpu *cpu, const struct helper_q *how)
{
        (void)how;
        sha1_rounds(cpu, majority);
}

void help_sha512h(struct cpu *cpu, const struct helper_q *how)
{
        (void)how;
        const u64 *w = cpu->qarg[0].d, *x = cpu->qarg[1].d, *y = cpu->qarg[2].d;
        u64 hi, lo, t;
        hi = ((y[1] & x[0]) ^ (~y[1] & x[1])) + (ror64(y[1], 14) ^ ror64(y[1], 18) ^ ror64(y[1], 41)) + w[1];
        t = hi + y[0];
        lo = ((t & y[1]) ^ (~t & x[0])) + (ror64(t, 14) ^ ror64(t, 18) ^ ror64(t, 41)) + w[0];
        cpu->qarg[3] = (v128){ .d = { lo, hi } };
}

void help_sha512h2(struct cpu *cpu, const struct helper_q *how)
{
        (void)how;
        const u64 *w = cpu->qarg[0].d, *x = cpu->qarg[1].d, *y = cpu->qarg[2].d;
        u64 hi, lo;
        hi = ((x[0] & y[1]) ^ (x[0] & y[0]) ^ (y[1] & y[0])) + (ror64(y[0], 28) ^ ror64(y[0], 34) ^ ror64(y[0], 39)) + w[1];
        lo = ((hi & y[0]) ^ (hi & y[1]) ^ (y[1] & y[0])) + (ror64(hi, 28) ^ ror64(hi, 34) ^ ror64(hi, 39)) + w[0];
        cpu->qarg[3] = (v128){ .d = { lo, hi } };
}

void help_sha512su0(struct cpu *cpu, const struct helper_q *how)
{
        (void)how;
        const u64 *w = cpu->qarg[0].d, *x = cpu->qarg[1].d;
        u64 lo = w[0] + (ror64(w[1], 1) ^ ror64(w[1], 8) ^ w[1] >> 7);
        u64 hi = w[1] + (ror64(x[0], 1) ^ ror64(x[0], 8) ^ x[0] >> 7);
        cpu->qarg[3] = (v128){ .d = { lo, hi } };
}

void help_sha512su1(struct cpu *cpu, const struct helper_q *how)
{
        (void)how;
        v128 r;
        for (unsigned i = 0; i < 2; i++) {
                u64 x = cpu->qarg[1].d[i];
                r.d[i] = cpu->qarg[0].d[i] + (ror64(x, 19) ^ ror64(x, 61) ^ x >> 6) + cpu->qarg[2].d[i];
        }
        cpu->qarg[3] = r;
}
