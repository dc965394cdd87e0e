/* Vector bitwise operations, bit counts. */
#include "engine/host/emit_q.h"

static void bitwise(struct emit *e, val v, const struct ir_inst *i, enum x64_vop op)
{
        xmm a = emit_use_q(e, i->arg[0]), b = emit_use_q(e, i->arg[1]), d = emit_def_q(e, v);
        x64_v3(emit_code(e), op, d, a, b);
        if (i->width != W_128)
                q_trunc(emit_code(e), i->esz, i->width, d, d);
}

void emit_QAND(struct emit *e, val v, const struct ir_inst *i) { bitwise(e, v, i, V_PAND); }
void emit_QOR(struct emit *e, val v, const struct ir_inst *i) { bitwise(e, v, i, V_POR); }
void emit_QXOR(struct emit *e, val v, const struct ir_inst *i) { bitwise(e, v, i, V_PXOR); }

void emit_QBIC(struct emit *e, val v, const struct ir_inst *i)
{
        xmm a = emit_use_q(e, i->arg[0]), b = emit_use_q(e, i->arg[1]), d = emit_def_q(e, v);
        x64_v3(emit_code(e), V_PANDN, d, b, a);
        if (i->width != W_128)
                q_trunc(emit_code(e), i->esz, i->width, d, d);
}

/* ~b with all ones from a scratch register, then `or a` when a is given. */
static void invert(struct emit *e, val v, const struct ir_inst *i, val operand, val other)
{
        struct code *c = emit_code(e);
        xmm a = emit_use_q(e, other), b = emit_use_q(e, operand);
        xmm t = emit_tmp_q(e), d = emit_def_q(e, v);
        x64_vones(c, t);
        x64_v3(c, V_PXOR, t, b, t);
        if (other != operand)
                x64_v3(c, V_POR, t, a, t);
        q_trunc(c, i->esz, i->width, d, t);
}

void emit_QORN(struct emit *e, val v, const struct ir_inst *i)
{
        struct code *c = emit_code(e);
        if (i->arg[0] == i->arg[1]) {
                xmm a = emit_use_q(e, i->arg[0]), d = emit_def_early_q(e, v);
                x64_vones(c, d);
                q_trunc(c, i->esz, i->width, d, d);
                (void)a;
                return;
        }
        invert(e, v, i, i->arg[1], i->arg[0]);
}

void emit_QNOT(struct emit *e, val v, const struct ir_inst *i)
{
        struct code *c = emit_code(e);
        if (!c->avx512) {
                invert(e, v, i, i->arg[0], i->arg[0]);
                return;
        }
        xmm a = emit_use_q(e, i->arg[0]), d = emit_def_q(e, v);
        x64_v3_i(c, V_PTERNLOGD, d, a, a, 0x55);
        if (i->width != W_128)
                q_trunc(c, i->esz, i->width, d, d);
}

/* (c & a) | (~c & b) = b ^ (c & (a ^ b)) */
void emit_QBSL(struct emit *e, val v, const struct ir_inst *i)
{
        struct code *c = emit_code(e);
        xmm a = emit_use_q(e, i->arg[0]), b = emit_use_q(e, i->arg[1]), m = emit_use_q(e, i->arg[2]);
        xmm d = emit_def_early_q(e, v);
        if (c->avx512) {
                x64_vmovdqa_rr(c, d, m);
                x64_v3_i(c, V_PTERNLOGD, d, a, b, 0xca);
        } else {
                x64_v3(c, V_PXOR, d, a, b);
                x64_v3(c, V_PAND, d, d, m);
                x64_v3(c, V_PXOR, d, d, b);
        }
        if (i->width != W_128)
                q_trunc(c, i->esz, i->width, d, d);
}

/* Bits of a nibble, looked up by VPSHUFB. */
void emit_QCNT(struct emit *e, val v, const struct ir_inst *i)
{
        struct code *c = emit_code(e);
        xmm a = emit_use_q(e, i->arg[0]), d = emit_def_early_q(e, v);
        if (c->avx512 && c->bitalg) {
                x64_v2(c, V_POPCNTB, d, a);
        } else {
                gpr r = emit_tmp_i(e);
                xmm table = emit_tmp_q(e), low = emit_tmp_q(e);
                q_broadcast32(c, r, low, 0x0f0f0f0f);
                q_const128(c, r, table, 0x0302020102010100, 0x0403030203020201);
                x64_vshift_i(c, VSH_SRL, 1, d, a, 4);
                x64_v3(c, V_PAND, d, d, low);
                x64_v3(c, V_PAND, low, a, low);
                x64_v3(c, V_PSHUFB, d, table, d);
                x64_v3(c, V_PSHUFB, low, table, low);
                x64_v3(c, V_PADDB, d, d, low);
        }
        if (i->width != W_128)
                q_trunc(c, i->esz, i->width, d, d);
}

void emit_QCLZ(struct emit *e, val v, const struct ir_inst *i)
{
        struct code *c = emit_code(e);
        if (i->esz != 2 || !c->avx512 || !c->avx512cd) {
                q_by_helper(e, v, i, HELP_qclz);
                return;
        }
        xmm a = emit_use_q(e, i->arg[0]), d = emit_def_q(e, v);
        x64_v2_k(c, V_PLZCNTD, d, a, q_mask(2, i->width));
}
