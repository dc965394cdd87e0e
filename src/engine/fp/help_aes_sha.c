/* AES, SHA-256 and carry-less multiplication in C (FIPS 197, FIPS 180-4; Arm ARM AESE, SHA256hash, PolynomialMult): hosts without them are rare. */
#include "engine/fp/help_simd.h"

/* ---- AES ---- */

static u8 gf_mul(u8 a, u8 b)
{
        u8 r = 0;
        for (; b; b >>= 1) {
                r ^= b & 1 ? a : 0;
                a = (u8)(a << 1 ^ (a & 0x80 ? 0x1b : 0));
        }
        return r;
}

/* x to the power 254: the inverse, 0 for 0. */
static u8 gf_inverse(u8 x)
{
        u8 r = 1;
        for (int n = 0; n < 254; n++)
                r = gf_mul(r, x);
        return r;
}

static u8 rotl8(u8 x, int n) { return (u8)(x << n | x >> (8 - n)); }

static u8 sub_byte(u8 x)
{
        u8 b = gf_inverse(x);
        return b ^ rotl8(b, 1) ^ rotl8(b, 2) ^ rotl8(b, 3) ^ rotl8(b, 4) ^ 0x63;
}

static u8 inv_sub_byte(u8 x)
{
        return gf_inverse(rotl8(x, 1) ^ rotl8(x, 3) ^ rotl8(x, 6) ^ 0x05);
}

/* Row r of the state (bytes r, r+4, ...) rotates by `step` columns per row. */
static void round_bytes(struct cpu *cpu, unsigned step, u8 (*sub)(u8))
{
        const v128 *a = &cpu->qarg[0], *k = &cpu->qarg[1];
        v128 r;
        for (unsigned n = 0; n < 16; n++) {
                unsigned from = (n + 4 * step * (n & 3)) & 15;
                r.b[n] = sub(a->b[from] ^ k->b[from]);
        }
        cpu->qarg[3] = r;
}

void help_aese(struct cpu *cpu, const struct helper_q *how) { round_bytes(cpu, 1, sub_byte); }
void help_aesd(struct cpu *cpu, const struct helper_q *how) { round_bytes(cpu, 3, inv_sub_byte); }

static void mix_columns(struct cpu *cpu, const u8 m[4])
{
        v128 r;
        for (unsigned n = 0; n < 16; n++) {
                r.b[n] = 0;
                for (unsigned k = 0; k < 4; k++)
                        r.b[n] ^= gf_mul(m[k], cpu->qarg[0].b[(n & 12) | ((n + k) & 3)]);
        }
        cpu->qarg[3] = r;
}

void help_aesmc(struct cpu *cpu, const struct helper_q *how) { mix_columns(cpu, (const u8[]){ 2, 3, 1, 1 }); }
void help_aesimc(struct cpu *cpu, const struct helper_q *how) { mix_columns(cpu, (const u8[]){ 14, 11, 13, 9 }); }

void help_aesemc(struct cpu *cpu, const struct helper_q *how)
{
        help_aese(cpu, how);
        cpu->qarg[0] = cpu->qarg[3];
        help_aesmc(cpu, how);
}

void help_aesdimc(struct cpu *cpu, const struct helper_q *how)
{
        help_aesd(cpu, how);
        cpu->qarg[0] = cpu->qarg[3];
        help_aesimc(cpu, how);
}

void help_qpmull64(struct cpu *cpu, const struct helper_q *how)
{
        u128 r = 0;
        for (int n = 0; n < 64; n++)
                r ^= cpu->qarg[1].d[0] >> n & 1 ? (u128)cpu->qarg[0].d[0] << n : 0;
        cpu->qarg[3].q = r;
}

/* ---- SHA-256 ---- */

static u32 ror32(u32 x, int n) { return x >> n | x << (32 - n); }

/* Four rounds on x = (a, b, c, d) and y = (e, f, g, h). */
static void sha256_hash(v128 *x, v128 *y, const v128 *wk)
{
        for (int n = 0; n < 4; n++) {
                u32 e = y->s[0], a = x->s[0];
                u32 choose = (e & y->s[1]) ^ (~e & y->s[2]), majority = (a & x->s[1]) ^ (a & x->s[2]) ^ (x->s[1] & x->s[2]);
                u32 t = y->s[3] + (ror32(e, 6) ^ ror32(e, 11) ^ ror32(e, 25)) + choose + wk->s[n];
                u32 head = t + (ror32(a, 2) ^ ror32(a, 13) ^ ror32(a, 22)) + majority, middle = x->s[3] + t;
                *y = (v128){ .s = { middle, y->s[0], y->s[1], y->s[2] } };
                *x = (v128){ .s = { head, x->s[0], x->s[1], x->s[2] } };
        }
}

void help_sha256h(struct cpu *cpu, const struct helper_q *how)
{
        v128 x = cpu->qarg[0], y = cpu->qarg[1];
        sha256_hash(&x, &y, &cpu->qarg[2]);
        cpu->qarg[3] = x;
}

void help_sha256h2(struct cpu *cpu, const struct helper_q *how)
{
        v128 y = cpu->qarg[0], x = cpu->qarg[1];
        sha256_hash(&x, &y, &cpu->qarg[2]);
        cpu->qarg[3] = y;
}

void help_sha256su0(struct cpu *cpu, const struct helper_q *how)
{
        const v128 *a = &cpu->qarg[0], *b = &cpu->qarg[1];
        v128 r;
        for (int n = 0; n < 4; n++) {
                u32 w = n < 3 ? a->s[n + 1] : b->s[0];
                r.s[n] = a->s[n] + (ror32(w, 7) ^ ror32(w, 18) ^ w >> 3);
        }
        cpu->qarg[3] = r;
}

void help_sha256su1(struct cpu *cpu, const struct helper_q *how)
{
        const v128 *a = &cpu->qarg[0], *b = &cpu->qarg[1], *m = &cpu->qarg[2];
        v128 r;
        for (int n = 0; n < 4; n++) {
                u32 w = n < 2 ? m->s[n + 2] : r.s[n - 2];
                u32 old = n < 3 ? b->s[n + 1] : m->s[0];
                r.s[n] = a->s[n] + old + (ror32(w, 17) ^ ror32(w, 19) ^ w >> 10);
        }
        cpu->qarg[3] = r;
}

void help_sha256h_both(struct cpu *cpu, const struct helper_q *how)
{
        v128 abcd = cpu->qarg[0], efgh = cpu->qarg[1], first;

        help_sha256h(cpu, how);
        first = cpu->qarg[3];
        cpu->qarg[0] = efgh;
        cpu->qarg[1] = abcd;
        help_sha256h2(cpu, how);
        cpu->sha256h2 = cpu->qarg[3];
        cpu->qarg[3] = first;
}
