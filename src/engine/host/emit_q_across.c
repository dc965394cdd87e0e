/* Operations on neighbouring lanes and across a vector. */
#include "engine/host/emit_q.h"

static const u16 add_ops[] = { V_PADDB, V_PADDW, V_PADDD, V_PADDQ };
static const u16 smax_ops[] = { V_PMAXSB, V_PMAXSW, V_PMAXSD, V_COUNT }, smin_ops[] = { V_PMINSB, V_PMINSW, V_PMINSD, V_COUNT };
static const u16 umax_ops[] = { V_PMAXUB, V_PMAXUW, V_PMAXUD, V_COUNT }, umin_ops[] = { V_PMINUB, V_PMINUW, V_PMINUD, V_COUNT };

/* ---- across: halves are combined until one lane is left ---- */

static void reduce(struct emit *e, val v, const struct ir_inst *i, const u16 ops[])
{
        struct code *c = emit_code(e);
        enum x64_vop op = ops[i->esz];
        xmm a = emit_use_q(e, i->arg[0]), t = emit_tmp_q(e), d = emit_def_early_q(e, v), s = a;
        if (i->width == W_128) {
                x64_v2_i(c, V_PSHUFD, t, a, 0xee);
                x64_v3(c, op, d, a, t);
                s = d;
        }
        if (i->esz < 3) {
                x64_v2_i(c, V_PSHUFD, t, s, 0x55);
                x64_v3(c, op, d, s, t);
                s = d;
        }
        if (i->esz < 2) {
                x64_vshift_i(c, VSH_SRL, 2, t, d, 16);
                x64_v3(c, op, d, d, t);
        }
        if (i->esz < 1) {
                x64_vshift_i(c, VSH_SRL, 1, t, d, 8);
                x64_v3(c, op, d, d, t);
        }
        q_trunc(c, i->esz, W_SCALAR, d, s);
}

void emit_QUMAXV(struct emit *e, val v, const struct ir_inst *i) { reduce(e, v, i, umax_ops); }
void emit_QUMINV(struct emit *e, val v, const struct ir_inst *i) { reduce(e, v, i, umin_ops); }
void emit_QSMAXV(struct emit *e, val v, const struct ir_inst *i) { reduce(e, v, i, smax_ops); }
void emit_QSMINV(struct emit *e, val v, const struct ir_inst *i) { reduce(e, v, i, smin_ops); }

void emit_QADDV(struct emit *e, val v, const struct ir_inst *i)
{
        struct code *c = emit_code(e);
        if (i->esz) {
                reduce(e, v, i, add_ops);
                return;
        }
        xmm a = emit_use_q(e, i->arg[0]), t = emit_tmp_q(e), d = emit_def_q(e, v);
        x64_vzero(c, t);
        x64_v3(c, V_PSADBW, t, a, t);
        if (i->width == W_128) {
                x64_v2_i(c, V_PSHUFD, d, t, 0xee);
                x64_v3(c, V_PADDB, t, d, t);
        }
        q_trunc(c, 0, W_SCALAR, d, t);
}

/* ---- pairwise ---- */

/*
 * Bytes and halfwords: d = op of each lane pair of a in the low half of the pair, the high half zero. d is not a. The low lane is shifted
 * onto the high one; for an unsigned minimum the other way round, which leaves the high half at min(x, 0).
 */
static void pairs(struct code *c, enum x64_vop op, unsigned esz, xmm d, xmm a)
{
        bool umin = op == V_PMINUB || op == V_PMINUW;
        x64_vshift_i(c, umin ? VSH_SRL : VSH_SLL, esz + 1, d, a, 8u << esz);
        x64_v3(c, op, d, d, a);
        if (!umin)
                x64_vshift_i(c, VSH_SRL, esz + 1, d, d, 8u << esz);
}

static void pairwise_small(struct code *c, enum x64_vop op, const struct ir_inst *i, xmm d, xmm t, xmm a, xmm b)
{
        enum x64_vop pack = i->esz ? V_PACKUSDW : V_PACKUSWB;
        if (i->width != W_128) {
                x64_v3(c, V_PUNPCKLQDQ, t, a, b);
                pairs(c, op, i->esz, d, t);
                x64_v3(c, pack, d, d, d);
                x64_vmovq_rr(c, d, d);
                return;
        }
        pairs(c, op, i->esz, d, a);
        pairs(c, op, i->esz, t, b);
        x64_v3(c, pack, d, d, t);
}

static void pairwise_words(struct code *c, enum x64_vop op, const struct ir_inst *i, xmm d, xmm t, xmm a, xmm b)
{
        if (i->width == W_128) {
                x64_v3_i(c, V_SHUFPS, t, a, b, 0xdd);
                x64_v3_i(c, V_SHUFPS, d, a, b, 0x88);
                x64_v3(c, op, d, d, t);
        } else {
                x64_v3(c, V_PUNPCKLDQ, d, a, b);
                x64_vbyteshift(c, false, t, d, 8);
                x64_v3(c, op, d, d, t);
                x64_vmovq_rr(c, d, d);
        }
}

/* Bytes or halfwords of one register, as the C library's string functions do it. */
static void pairwise_self(struct emit *e, val v, const struct ir_inst *i, enum x64_vop op)
{
        struct code *c = emit_code(e);
        xmm a = emit_use_q(e, i->arg[0]), t = emit_tmp_q(e), d = emit_def_q(e, v);
        pairs(c, op, i->esz, t, a);
        x64_v3(c, i->esz ? V_PACKUSDW : V_PACKUSWB, d, t, t);
}

static void pairwise(struct emit *e, val v, const struct ir_inst *i, const u16 ops[])
{
        if (i->esz < 2 && i->width == W_128 && i->arg[0] == i->arg[1]) {
                pairwise_self(e, v, i, ops[i->esz]);
                return;
        }
        struct code *c = emit_code(e);
        enum x64_vop op = ops[i->esz];
        xmm a = emit_use_q(e, i->arg[0]), b = i->arg[1] ? emit_use_q(e, i->arg[1]) : a;
        xmm d = emit_def_early_q(e, v), t = emit_tmp_q(e);
        if (i->esz < 2) {
                pairwise_small(c, op, i, d, t, a, b);
        } else if (i->esz == 2) {
                pairwise_words(c, op, i, d, t, a, b);
        } else {
                x64_v3(c, V_PUNPCKLQDQ, d, a, b);
                x64_v3(c, V_PUNPCKHQDQ, t, a, b);
                x64_v3(c, op, d, d, t);
                if (i->width != W_128)
                        x64_vmovq_rr(c, d, d);
        }
}

void emit_QADDP(struct emit *e, val v, const struct ir_inst *i) { pairwise(e, v, i, add_ops); }
void emit_QUMAXP(struct emit *e, val v, const struct ir_inst *i) { pairwise(e, v, i, umax_ops); }
void emit_QUMINP(struct emit *e, val v, const struct ir_inst *i) { pairwise(e, v, i, umin_ops); }
void emit_QSMAXP(struct emit *e, val v, const struct ir_inst *i) { pairwise(e, v, i, smax_ops); }
void emit_QSMINP(struct emit *e, val v, const struct ir_inst *i) { pairwise(e, v, i, smin_ops); }

/* ---- pairwise widening: the even and the odd lanes of a, extended, are added ---- */

static void add_long_unsigned(struct code *c, unsigned esz, xmm d, xmm t, xmm a)
{
        unsigned bits = 8u << esz;
        x64_vshift_i(c, VSH_SLL, esz + 1, t, a, bits);
        x64_vshift_i(c, VSH_SRL, esz + 1, t, t, bits);
        x64_vshift_i(c, VSH_SRL, esz + 1, d, a, bits);
        x64_v3(c, add_ops[esz + 1], d, d, t);
}

/* t = 1 in every lane */
static void lanes_of_one(struct code *c, enum x64_vop abs, xmm t)
{
        x64_vones(c, t);
        x64_v2(c, abs, t, t);
}

static void add_long_signed(struct code *c, unsigned esz, xmm d, xmm t, xmm a)
{
        if (esz == 0) {
                lanes_of_one(c, V_PABSB, t);
                x64_v3(c, V_PMADDUBSW, d, t, a);
        } else if (esz == 1) {
                lanes_of_one(c, V_PABSW, t);
                x64_v3(c, V_PMADDWD, d, a, t);
        } else {
                lanes_of_one(c, V_PABSD, t);
                x64_vshift_i(c, VSH_SRL, 3, d, a, 32);
                x64_v3(c, V_PMULDQ, d, d, t);
                x64_v3(c, V_PMULDQ, t, a, t);
                x64_v3(c, V_PADDQ, d, d, t);
        }
}

static void add_long(struct emit *e, val v, const struct ir_inst *i, bool is_signed)
{
        struct code *c = emit_code(e);
        xmm a = emit_use_q(e, i->arg[0]), d = emit_def_early_q(e, v), t = emit_tmp_q(e);
        if (is_signed) {
                add_long_signed(c, i->esz, d, t, a);
        } else if (i->esz == 0) {
                lanes_of_one(c, V_PABSB, t);
                x64_v3(c, V_PMADDUBSW, d, a, t);
        } else {
                add_long_unsigned(c, i->esz, d, t, a);
        }
        if (i->width != W_128)
                q_trunc(c, i->esz + 1u, i->width, d, d);
}

void emit_QUADDLP(struct emit *e, val v, const struct ir_inst *i) { add_long(e, v, i, false); }
void emit_QSADDLP(struct emit *e, val v, const struct ir_inst *i) { add_long(e, v, i, true); }
