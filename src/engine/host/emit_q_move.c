/* Vector moves: constants, lanes, general registers. */
#include "engine/host/emit_q.h"

void emit_QZERO(struct emit *e, val v, const struct ir_inst *i)
{
        (void)i;
        x64_vzero(emit_code(e), emit_def_q(e, v));
}

void emit_QCONST(struct emit *e, val v, const struct ir_inst *i)
{
        u64 low = (u64)i->imm;
        gpr t = emit_tmp_i(e);
        q_const128(emit_code(e), t, emit_def_q(e, v), low, i->width == W_128 ? low : 0);
}

void emit_QTRUNC(struct emit *e, val v, const struct ir_inst *i)
{
        xmm a = emit_use_q(e, i->arg[0]), d = emit_def_q(e, v);
        q_trunc(emit_code(e), i->esz, i->width, d, a);
}

void emit_QDUP(struct emit *e, val v, const struct ir_inst *i)
{
        static const u16 from_gpr[] = { V_PBROADCASTB_G, V_PBROADCASTW_G, V_PBROADCASTD_G, V_PBROADCASTQ_G };
        static const u16 from_lane[] = { V_PBROADCASTB, V_PBROADCASTW, V_PBROADCASTD, V_PBROADCASTQ };
        struct code *c = emit_code(e);
        gpr a = emit_use_i(e, i->arg[0]);
        xmm d = emit_def_q(e, v);
        if (c->avx512) {
                x64_v_from_gpr(c, from_gpr[i->esz], d, a);
        } else {
                x64_vmovd_xr(c, i->esz == 3, d, a);
                x64_v2(c, from_lane[i->esz], d, d);
        }
        if (i->width != W_128)
                q_trunc(c, i->esz, i->width, d, d);
}

void emit_QDUP_LANE(struct emit *e, val v, const struct ir_inst *i)
{
        static const u8 words[] = { 0x00, 0x55, 0xaa, 0xff };
        struct code *c = emit_code(e);
        unsigned lane = (unsigned)i->imm;
        xmm a = emit_use_q(e, i->arg[0]), d = emit_def_q(e, v);
        if (i->esz >= 2) {
                x64_v2_i(c, V_PSHUFD, d, a, i->esz == 2 ? words[lane] : lane ? 0xee : 0x44);
        } else {
                if (lane) {
                        x64_vbyteshift(c, false, d, a, lane << i->esz);
                        a = d;
                }
                x64_v2(c, i->esz ? V_PBROADCASTW : V_PBROADCASTB, d, a);
        }
        if (i->width != W_128)
                q_trunc(c, i->esz, i->width, d, d);
}

void emit_QFROM_I(struct emit *e, val v, const struct ir_inst *i)
{
        struct code *c = emit_code(e);
        gpr a = emit_use_i(e, i->arg[0]);
        xmm d = emit_def_q(e, v);
        if (i->esz >= 2) {
                x64_vmovd_xr(c, i->esz == 3, d, a);
                return;
        }
        x64_vzero(c, d);
        x64_v_insert(c, i->esz, d, d, a, 0);
}

static void lane_to_gpr(struct code *c, unsigned esz, gpr d, xmm a, unsigned lane)
{
        if (esz >= 2 && lane == 0)
                x64_vmovd_rx(c, esz == 3, d, a);
        else
                x64_v_extract(c, esz, d, a, lane);
}

void emit_QTO_I(struct emit *e, val v, const struct ir_inst *i)
{
        xmm a = emit_use_q(e, i->arg[0]);
        lane_to_gpr(emit_code(e), i->esz, emit_def_i(e, v), a, (unsigned)i->imm);
}

void emit_QTO_I_S(struct emit *e, val v, const struct ir_inst *i)
{
        struct code *c = emit_code(e);
        bool w = i->type == IR_I64;
        xmm a = emit_use_q(e, i->arg[0]);
        gpr d = emit_def_i(e, v);
        lane_to_gpr(c, i->esz, d, a, (unsigned)i->imm);
        if (i->esz < (w ? 3 : 2))
                x64_movsx_rr(c, i->esz, w, d, d);
}

void emit_QINS(struct emit *e, val v, const struct ir_inst *i)
{
        xmm a = emit_use_q(e, i->arg[0]);
        gpr b = emit_use_i(e, i->arg[1]);
        x64_v_insert(emit_code(e), i->esz, emit_def_q(e, v), a, b, (unsigned)i->imm);
}

void emit_QINS_LANE(struct emit *e, val v, const struct ir_inst *i)
{
        struct code *c = emit_code(e);
        unsigned to = (unsigned)i->imm, from = i->aux;
        xmm a = emit_use_q(e, i->arg[0]), b = emit_use_q(e, i->arg[1]);
        if (i->esz == 2) {
                x64_v3_i(c, V_INSERTPS, emit_def_q(e, v), a, b, (u8)(from << 6 | to << 4));
        } else if (i->esz == 3 && to == 0) {
                x64_v3_i(c, V_SHUFPD, emit_def_q(e, v), b, a, (u8)(from | 2));
        } else if (i->esz == 3) {
                x64_v3_i(c, V_SHUFPD, emit_def_q(e, v), a, b, (u8)(from << 1));
        } else {
                gpr t = emit_tmp_i(e);
                x64_v_extract(c, i->esz, t, b, from);
                x64_v_insert(c, i->esz, emit_def_q(e, v), a, t, to);
        }
}

void emit_QLANE(struct emit *e, val v, const struct ir_inst *i)
{
        struct code *c = emit_code(e);
        unsigned lane = (unsigned)i->imm, size = 1u << i->esz;
        xmm a = emit_use_q(e, i->arg[0]), d = emit_def_q(e, v);
        if (i->esz == 3 && lane == 0) {
                x64_vmovq_rr(c, d, a);
        } else if (i->esz == 3) {
                x64_vbyteshift(c, false, d, a, 8);
        } else if (i->esz == 2) {
                x64_v3_i(c, V_INSERTPS, d, a, a, (u8)(lane << 6 | 0x0e));
        } else {
                x64_vbyteshift(c, true, d, a, 16 - (lane + 1) * size);
                x64_vbyteshift(c, false, d, d, 16 - size);
        }
}

void emit_QHI(struct emit *e, val v, const struct ir_inst *i)
{
        xmm a = emit_use_q(e, i->arg[0]);
        x64_vbyteshift(emit_code(e), false, emit_def_q(e, v), a, 8);
}

void emit_QJOIN(struct emit *e, val v, const struct ir_inst *i)
{
        xmm a = emit_use_q(e, i->arg[0]), b = emit_use_q(e, i->arg[1]);
        x64_v3(emit_code(e), V_PUNPCKLQDQ, emit_def_q(e, v), a, b);
}
