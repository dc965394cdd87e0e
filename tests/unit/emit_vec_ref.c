#include "emit_vec.h"

#include <string.h>

static u64 lane(const v128 *v, unsigned z, unsigned n)
{
        u64 x = 0;
        memcpy(&x, &v->b[n << z], 1u << z);
        return x;
}
static i64 lane_signed(const v128 *v, unsigned z, unsigned n)
{
        unsigned s = 64 - (8u << z);
        return (i64)(lane(v, z, n) << s) >> s;
}
static void set(v128 *v, unsigned z, unsigned n, u64 x) { memcpy(&v->b[n << z], &x, 1u << z); }
static unsigned lanes(const struct ir_inst *i, unsigned z) { return i->width == W_SCALAR ? 1 : (i->width == W_64 ? 8u : 16u) >> z; }

static u64 saturate(i128 x, i128 low, i128 high, u8 *qc)
{
        i128 y = x < low ? low : x > high ? high : x;
        *qc |= y != x;
        return (u64)y;
}

static u64 shifted(u64 u, i64 s, int count, int bits, bool sign)
{
        if (count >= bits)
                return 0;
        if (count >= 0)
                return u << count;
        if (sign)
                return (u64)(s >> (count <= -bits ? bits - 1 : -count));
        return count <= -bits ? 0 : u >> -count;
}

static unsigned popcount8(u64 x) { return (unsigned)__builtin_popcountll(x & 0xff); }

/* One lane from the lanes of a and b. */
static bool lanewise(const struct ir_inst *i, u64 a, u64 b, i64 sa, i64 sb, u64 *r, u8 *qc)
{
        int bits = 8 << i->esz;
        i128 smax = ((i128)1 << (bits - 1)) - 1, umax = ((i128)1 << bits) - 1;
        switch (i->op) {
        case IR_QAND: *r = a & b; return true;
        case IR_QOR: *r = a | b; return true;
        case IR_QXOR: *r = a ^ b; return true;
        case IR_QBIC: *r = a & ~b; return true;
        case IR_QORN: *r = a | ~b; return true;
        case IR_QNOT: *r = ~a; return true;
        case IR_QTRUNC: *r = a; return true;
        case IR_QADD: *r = a + b; return true;
        case IR_QSUB: *r = a - b; return true;
        case IR_QMUL: *r = a * b; return true;
        case IR_QNEG: *r = -a; return true;
        case IR_QABS: *r = sa < 0 ? -a : a; return true;
        case IR_QSMAX: *r = (u64)(sa > sb ? sa : sb); return true;
        case IR_QSMIN: *r = (u64)(sa < sb ? sa : sb); return true;
        case IR_QUMAX: *r = a > b ? a : b; return true;
        case IR_QUMIN: *r = a < b ? a : b; return true;
        case IR_QCMEQ: *r = -(u64)(a == b); return true;
        case IR_QCMGT: *r = -(u64)(sa > sb); return true;
        case IR_QCMGE: *r = -(u64)(sa >= sb); return true;
        case IR_QCMHI: *r = -(u64)(a > b); return true;
        case IR_QCMHS: *r = -(u64)(a >= b); return true;
        case IR_QCMTST: *r = -(u64)((a & b) != 0); return true;
        case IR_QSHL_I: *r = a << i->imm; return true;
        case IR_QSHR_I: *r = i->imm >= bits ? 0 : a >> i->imm; return true;
        case IR_QSAR_I: *r = (u64)(sa >> (i->imm >= bits ? bits - 1 : i->imm)); return true;
        case IR_QSSHL: *r = shifted(a, sa, (i8)b, bits, true); return true;
        case IR_QUSHL: *r = shifted(a, sa, (i8)b, bits, false); return true;
        case IR_QCNT: *r = popcount8(a); return true;
        case IR_QCLZ: *r = a ? (u64)(__builtin_clzll(a) - (64 - bits)) : (u64)bits; return true;
        case IR_QAVGR_U: *r = (a + b + 1) >> 1; return true;
        case IR_QABD_U: *r = a > b ? a - b : b - a; return true;
        case IR_QABD_S: *r = sa > sb ? (u64)sa - (u64)sb : (u64)sb - (u64)sa; return true;
        case IR_QSQADD: *r = saturate((i128)sa + sb, -smax - 1, smax, qc); return true;
        case IR_QSQSUB: *r = saturate((i128)sa - sb, -smax - 1, smax, qc); return true;
        case IR_QUQADD: *r = saturate((i128)a + b, 0, umax, qc); return true;
        case IR_QUQSUB: *r = saturate((i128)a - b, 0, umax, qc); return true;
        default: return false;
        }
}

static u64 pair_op(enum ir_op op, u64 a, u64 b, i64 sa, i64 sb)
{
        switch (op) {
        case IR_QADDP: case IR_QADDV: return a + b;
        case IR_QUMAXP: case IR_QUMAXV: return a > b ? a : b;
        case IR_QUMINP: case IR_QUMINV: return a < b ? a : b;
        case IR_QSMAXP: case IR_QSMAXV: return (u64)(sa > sb ? sa : sb);
        default: return (u64)(sa < sb ? sa : sb);
        }
}

static void across(const struct ir_inst *i, const v128 *a, v128 *r)
{
        v128 acc = *a;
        for (unsigned n = 1; n < lanes(i, i->esz); n++)
                set(&acc, i->esz, 0, pair_op(i->op, lane(&acc, i->esz, 0), lane(a, i->esz, n), lane_signed(&acc, i->esz, 0), lane_signed(a, i->esz, n)));
        set(r, i->esz, 0, lane(&acc, i->esz, 0));
}

static void pairwise(const struct ir_inst *i, const v128 *q, v128 *r)
{
        unsigned count = lanes(i, i->esz), z = i->esz;
        for (unsigned n = 0; n < count; n++) {
                const v128 *s = &q[n >= count / 2];
                unsigned k = 2 * (n % (count / 2));
                set(r, z, n, pair_op(i->op, lane(s, z, k), lane(s, z, k + 1), lane_signed(s, z, k), lane_signed(s, z, k + 1)));
        }
}

static void table(const v128 *q, unsigned tables, const v128 *index, unsigned count, v128 *r)
{
        for (unsigned n = 0; n < count; n++) {
                unsigned x = index->b[n];
                r->b[n] = x < 16 * tables ? q[x / 16].b[x % 16] : 0;
        }
}

static void permute(const struct ir_inst *i, const v128 *q, v128 *r)
{
        unsigned z = i->esz, count = lanes(i, z), bytes = lanes(i, 0);
        for (unsigned n = 0; n < count; n++) {
                unsigned half = count / 2;
                switch (i->op) {
                case IR_QZIP1: set(r, z, n, lane(&q[n & 1], z, n / 2)); break;
                case IR_QZIP2: set(r, z, n, lane(&q[n & 1], z, half + n / 2)); break;
                case IR_QUZP1: set(r, z, n, lane(&q[n >= half], z, 2 * (n % half))); break;
                case IR_QUZP2: set(r, z, n, lane(&q[n >= half], z, 2 * (n % half) + 1)); break;
                case IR_QTRN1: set(r, z, n, lane(&q[n & 1], z, n & ~1u)); break;
                case IR_QTRN2: set(r, z, n, lane(&q[n & 1], z, n | 1)); break;
                case IR_QREV: set(r, z, n, lane(&q[0], z, n ^ ((1u << (i->imm - z)) - 1))); break;
                default: break;
                }
        }
        for (unsigned n = 0; i->op == IR_QEXT && n < bytes; n++)
                r->b[n] = n + i->imm < bytes ? q[0].b[n + i->imm] : q[1].b[n + i->imm - bytes];
}

static bool lengthening(const struct ir_inst *i, const v128 *q, v128 *r)
{
        unsigned z = i->esz, count = 8u >> z;
        for (unsigned n = 0; n < count; n++)
                switch (i->op) {
                case IR_QXTN: set(r, z, n, lane(&q[0], z + 1, n)); break;
                case IR_QUXTL: set(r, z + 1, n, lane(&q[0], z, n)); break;
                case IR_QSXTL: set(r, z + 1, n, (u64)lane_signed(&q[0], z, n)); break;
                case IR_QUMULL: set(r, z + 1, n, lane(&q[0], z, n) * lane(&q[1], z, n)); break;
                case IR_QSMULL: set(r, z + 1, n, (u64)(lane_signed(&q[0], z, n) * lane_signed(&q[1], z, n))); break;
                default: return false;
                }
        return true;
}

static void add_long(const struct ir_inst *i, const v128 *a, v128 *r)
{
        unsigned z = i->esz;
        for (unsigned n = 0; n < lanes(i, z + 1); n++)
                set(r, z + 1, n, i->op == IR_QUADDLP ? lane(a, z, 2 * n) + lane(a, z, 2 * n + 1)
                                                     : (u64)(lane_signed(a, z, 2 * n) + lane_signed(a, z, 2 * n + 1)));
}

static void dup(const struct ir_inst *i, u64 x, v128 *r)
{
        for (unsigned n = 0; n < lanes(i, i->esz); n++)
                set(r, i->esz, n, x);
}

static bool moves(const struct ir_inst *i, const struct operands *o, v128 *r)
{
        unsigned z = i->esz;
        const v128 *a = &o->q[0], *b = &o->q[1];
        switch (i->op) {
        case IR_QZERO: return true;
        case IR_QCONST: r->d[0] = (u64)i->imm; r->d[1] = i->width == W_128 ? (u64)i->imm : 0; return true;
        case IR_QDUP: dup(i, o->x[0], r); return true;
        case IR_QDUP_LANE: dup(i, lane(a, z, (unsigned)i->imm), r); return true;
        case IR_QFROM_I: set(r, z, 0, o->x[0]); return true;
        case IR_QTO_I: r->d[0] = lane(a, z, (unsigned)i->imm); return true;
        case IR_QTO_I_S: r->d[0] = (u64)lane_signed(a, z, (unsigned)i->imm); return true;
        case IR_QINS: *r = *a; set(r, z, (unsigned)i->imm, o->x[1]); return true;
        case IR_QINS_LANE: *r = *a; set(r, z, (unsigned)i->imm, lane(b, z, i->aux)); return true;
        case IR_QLANE: set(r, z, 0, lane(a, z, (unsigned)i->imm)); return true;
        case IR_QHI: r->d[0] = a->d[1]; return true;
        case IR_QJOIN: r->d[0] = a->d[0]; r->d[1] = b->d[0]; return true;
        default: return false;
        }
}

bool reference(const struct ir_inst *i, const struct operands *o, v128 *r, u8 *qc)
{
        const v128 *q = o->q;
        unsigned z = i->esz;
        memset(r, 0, sizeof *r);
        if (moves(i, o, r) || lengthening(i, q, r))
                return true;
        switch (i->op) {
        case IR_QADDV: case IR_QUMAXV: case IR_QUMINV: case IR_QSMAXV: case IR_QSMINV: across(i, q, r); return true;
        case IR_QADDP: case IR_QUMAXP: case IR_QUMINP: case IR_QSMAXP: case IR_QSMINP: pairwise(i, q, r); return true;
        case IR_QUADDLP: case IR_QSADDLP: add_long(i, q, r); return true;
        case IR_QTBL1: table(q, 1, &q[1], lanes(i, 0), r); return true;
        case IR_QTBL2: table(q, 2, &q[2], lanes(i, 0), r); return true;
        case IR_QZIP1: case IR_QZIP2: case IR_QUZP1: case IR_QUZP2: case IR_QTRN1: case IR_QTRN2: case IR_QREV: case IR_QEXT:
                permute(i, q, r);
                return true;
        case IR_QBSL:
                for (unsigned n = 0; n < lanes(i, 0); n++)
                        r->b[n] = (u8)((q[2].b[n] & q[0].b[n]) | (~q[2].b[n] & q[1].b[n]));
                return true;
        default: break;
        }
        for (unsigned n = 0; n < lanes(i, z); n++) {
                u64 x;
                if (!lanewise(i, lane(&q[0], z, n), lane(&q[1], z, n), lane_signed(&q[0], z, n), lane_signed(&q[1], z, n), &x, qc))
                        return false;
                set(r, z, n, x);
        }
        return true;
}
