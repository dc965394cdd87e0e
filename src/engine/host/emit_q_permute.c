/* Lanes moved about: narrowing, widening, interleaving, extraction, table look-up. */
#include "engine/host/emit_q.h"

void emit_QXTN(struct emit *e, val v, const struct ir_inst *i)
{
        static const u16 narrow[] = { V_PMOVWB, V_PMOVDW, V_PMOVQD }, pack[] = { V_PACKUSWB, V_PACKUSDW };
        struct code *c = emit_code(e);
        unsigned bits = 8u << i->esz, wide = i->esz + 1u;
        xmm a = emit_use_q(e, i->arg[0]), d = emit_def_q(e, v);
        if (c->avx512) {
                x64_v2(c, narrow[i->esz], a, d); /* the source is ModRM.reg */
                return;
        }
        if (i->esz == 2) {
                x64_v2_i(c, V_PSHUFD, d, a, 0x08);
        } else {
                x64_vshift_i(c, VSH_SLL, wide, d, a, bits);
                x64_vshift_i(c, VSH_SRL, wide, d, d, bits);
                x64_v3(c, pack[i->esz], d, d, d);
        }
        x64_vmovq_rr(c, d, d);
}

static const u16 zero_extend[] = { V_PMOVZXBW, V_PMOVZXWD, V_PMOVZXDQ }, sign_extend[] = { V_PMOVSXBW, V_PMOVSXWD, V_PMOVSXDQ };

static void unary(struct emit *e, val v, const struct ir_inst *i, enum x64_vop op)
{
        xmm a = emit_use_q(e, i->arg[0]);
        x64_v2(emit_code(e), op, emit_def_q(e, v), a);
}

void emit_QUXTL(struct emit *e, val v, const struct ir_inst *i) { unary(e, v, i, zero_extend[i->esz]); }
void emit_QSXTL(struct emit *e, val v, const struct ir_inst *i) { unary(e, v, i, sign_extend[i->esz]); }

static void mul_long(struct emit *e, val v, const struct ir_inst *i, bool is_signed)
{
        struct code *c = emit_code(e);
        const u16 *extend = is_signed ? sign_extend : zero_extend;
        xmm a = emit_use_q(e, i->arg[0]), b = emit_use_q(e, i->arg[1]), d = emit_def_early_q(e, v), t = emit_tmp_q(e);
        if (i->esz == 1) {
                x64_v3(c, V_PMULLW, d, a, b);
                x64_v3(c, is_signed ? V_PMULHW : V_PMULHUW, t, a, b);
                x64_v3(c, V_PUNPCKLWD, d, d, t);
                return;
        }
        x64_v2(c, extend[i->esz], d, a);
        x64_v2(c, extend[i->esz], t, b);
        x64_v3(c, i->esz == 0 ? V_PMULLW : is_signed ? V_PMULDQ : V_PMULUDQ, d, d, t);
}

void emit_QUMULL(struct emit *e, val v, const struct ir_inst *i) { mul_long(e, v, i, false); }
void emit_QSMULL(struct emit *e, val v, const struct ir_inst *i) { mul_long(e, v, i, true); }

/* ---- interleaving ---- */

static const u16 unpack_low[] = { V_PUNPCKLBW, V_PUNPCKLWD, V_PUNPCKLDQ, V_PUNPCKLQDQ },
                 unpack_high[] = { V_PUNPCKHBW, V_PUNPCKHWD, V_PUNPCKHDQ, V_PUNPCKHQDQ };

static void zip(struct emit *e, val v, const struct ir_inst *i, bool second)
{
        struct code *c = emit_code(e);
        xmm a = emit_use_q(e, i->arg[0]), b = emit_use_q(e, i->arg[1]), d = emit_def_q(e, v);
        x64_v3(c, (i->width == W_128 && second ? unpack_high : unpack_low)[i->esz], d, a, b);
        if (i->width == W_128)
                return;
        if (second)
                x64_vbyteshift(c, false, d, d, 8);
        else
                x64_vmovq_rr(c, d, d);
}

void emit_QZIP1(struct emit *e, val v, const struct ir_inst *i) { zip(e, v, i, false); }
void emit_QZIP2(struct emit *e, val v, const struct ir_inst *i) { zip(e, v, i, true); }

/* d = the even or odd lanes of a, each in a lane of twice the size. */
static void half_lanes(struct code *c, unsigned esz, bool odd, xmm d, xmm a)
{
        unsigned bits = 8u << esz;
        if (!odd) {
                x64_vshift_i(c, VSH_SLL, esz + 1, d, a, bits);
                a = d;
        }
        x64_vshift_i(c, VSH_SRL, esz + 1, d, a, bits);
}

/* Bytes and halfwords of 128 bits: both sources to wider lanes, then packed. */
static void unzip_small(struct emit *e, val v, const struct ir_inst *i, bool odd)
{
        struct code *c = emit_code(e);
        xmm a = emit_use_q(e, i->arg[0]), b = emit_use_q(e, i->arg[1]), t = emit_tmp_q(e), d = emit_def_early_q(e, v);
        enum x64_vop pack = i->esz ? V_PACKUSDW : V_PACKUSWB;
        if (i->width == W_128) {
                half_lanes(c, i->esz, odd, d, a);
                half_lanes(c, i->esz, odd, t, b);
                x64_v3(c, pack, d, d, t);
        } else {
                x64_v3(c, V_PUNPCKLQDQ, t, a, b);
                half_lanes(c, i->esz, odd, t, t);
                x64_v3(c, pack, d, t, t);
                x64_vmovq_rr(c, d, d);
        }
}

static void unzip(struct emit *e, val v, const struct ir_inst *i, bool odd)
{
        struct code *c = emit_code(e);
        if (i->esz < 2) {
                unzip_small(e, v, i, odd);
                return;
        }
        if (i->width != W_128 || i->esz == 3) {
                zip(e, v, i, odd);
                return;
        }
        xmm a = emit_use_q(e, i->arg[0]), b = emit_use_q(e, i->arg[1]);
        x64_v3_i(c, V_SHUFPS, emit_def_q(e, v), a, b, odd ? 0xdd : 0x88);
}

void emit_QUZP1(struct emit *e, val v, const struct ir_inst *i) { unzip(e, v, i, false); }
void emit_QUZP2(struct emit *e, val v, const struct ir_inst *i) { unzip(e, v, i, true); }

void emit_QTRN1(struct emit *e, val v, const struct ir_inst *i)
{
        struct code *c = emit_code(e);
        if (i->esz == 3) {
                zip(e, v, i, false);
                return;
        }
        xmm a = emit_use_q(e, i->arg[0]), b = emit_use_q(e, i->arg[1]), d = emit_def_early_q(e, v), t = emit_tmp_q(e);
        half_lanes(c, i->esz, false, d, a);
        x64_vshift_i(c, VSH_SLL, i->esz + 1u, t, b, 8u << i->esz);
        x64_v3(c, V_POR, d, d, t);
        if (i->width != W_128)
                q_trunc(c, i->esz, i->width, d, d);
}

void emit_QTRN2(struct emit *e, val v, const struct ir_inst *i)
{
        struct code *c = emit_code(e);
        if (i->esz == 3) {
                zip(e, v, i, true);
                return;
        }
        xmm a = emit_use_q(e, i->arg[0]), b = emit_use_q(e, i->arg[1]), d = emit_def_early_q(e, v), t = emit_tmp_q(e);
        half_lanes(c, i->esz, true, d, a);
        x64_vshift_i(c, VSH_SRL, i->esz + 1u, t, b, 8u << i->esz);
        x64_vshift_i(c, VSH_SLL, i->esz + 1u, t, t, 8u << i->esz);
        x64_v3(c, V_POR, d, d, t);
        if (i->width != W_128)
                q_trunc(c, i->esz, i->width, d, d);
}

/* ---- bytes ---- */

void emit_QEXT(struct emit *e, val v, const struct ir_inst *i)
{
        struct code *c = emit_code(e);
        xmm a = emit_use_q(e, i->arg[0]), b = emit_use_q(e, i->arg[1]), d = emit_def_q(e, v);
        if (i->width == W_128) {
                x64_v3_i(c, V_PALIGNR, d, b, a, (u8)i->imm);
                return;
        }
        x64_v3(c, V_PUNPCKLQDQ, d, a, b);
        if (i->imm)
                x64_vbyteshift(c, false, d, d, (unsigned)i->imm);
        x64_vmovq_rr(c, d, d);
}

/* Swap the bytes of each halfword. */
static void rev16(struct code *c, xmm d, xmm t, xmm a)
{
        x64_vshift_i(c, VSH_SRL, 1, t, a, 8);
        x64_vshift_i(c, VSH_SLL, 1, d, a, 8);
        x64_v3(c, V_POR, d, d, t);
}

static void shuffle_halfwords(struct code *c, xmm d, xmm a, u8 order)
{
        x64_v2_i(c, V_PSHUFLW, d, a, order);
        x64_v2_i(c, V_PSHUFHW, d, d, order);
}

void emit_QREV(struct emit *e, val v, const struct ir_inst *i)
{
        struct code *c = emit_code(e);
        unsigned container = (unsigned)i->imm;
        xmm a = emit_use_q(e, i->arg[0]), t = emit_tmp_q(e), d = emit_def_early_q(e, v);
        if (i->esz == 0) {
                rev16(c, d, t, a);
                a = d;
        }
        if (i->esz == 2)
                x64_v2_i(c, V_PSHUFD, d, a, 0xb1);
        else if (container >= 2)
                shuffle_halfwords(c, d, a, container == 2 ? 0xb1 : 0x1b);
        if (i->width != W_128)
                q_trunc(c, i->esz, i->width, d, d);
}

/* VPSHUFB gives 0 for an index with bit 7 set: adding 0x70 with saturation sets it for 16 and above and keeps the low four bits. */
void emit_QTBL1(struct emit *e, val v, const struct ir_inst *i)
{
        struct code *c = emit_code(e);
        xmm a = emit_use_q(e, i->arg[0]), b = emit_use_q(e, i->arg[1]), t = emit_tmp_q(e), d = emit_def_q(e, v);
        q_broadcast32(c, emit_tmp_i(e), t, 0x70707070);
        x64_v3(c, V_PADDUSB, t, b, t);
        x64_v3(c, V_PSHUFB, d, a, t);
        if (i->width != W_128)
                q_trunc(c, i->esz, i->width, d, d);
}

/* The second table by indices with bit 4 flipped. */
void emit_QTBL2(struct emit *e, val v, const struct ir_inst *i)
{
        struct code *c = emit_code(e);
        xmm a = emit_use_q(e, i->arg[0]), b = emit_use_q(e, i->arg[1]), x = emit_use_q(e, i->arg[2]), d = emit_def_early_q(e, v);
        gpr r = emit_tmp_i(e);
        struct q_loan t = q_borrow(e, (xmm[]){ a, b, x, d }, 4, 3);
        q_broadcast32(c, r, t.r, 0x10101010);
        x64_v3(c, V_PXOR, t.r, x, t.r);
        q_broadcast32(c, r, d, 0x70707070);
        x64_v3(c, V_PADDUSB, t.r, t.r, d);
        x64_v3(c, V_PSHUFB, t.r, b, t.r);
        x64_v3(c, V_PADDUSB, d, x, d);
        x64_v3(c, V_PSHUFB, d, a, d);
        x64_v3(c, V_POR, d, d, t.r);
        q_return(e, t, 3);
        if (i->width != W_128)
                q_trunc(c, i->esz, i->width, d, d);
}
