/*
 * Floating-point rounding and conversions. What does not fit the integer traps (the host's "integer indefinite" is an invalid operation).
 * The inexact flag of a rounding that is not the conversion's own is raised last, after all that may trap.
 */
#include "engine/host/alloc.h"
#include "engine/host/emit_q.h"
#include "engine/run/cpu.h"

enum { ROUND_N, ROUND_P, ROUND_M, ROUND_Z, ROUND_A, ROUND_I, ROUND_X }; /* aux */
enum { QUIET = 8, TOWARDS_ZERO = 3 };

/* The immediate of VROUND and VRNDSCALE without QUIET. */
static u8 round_imm(unsigned aux)
{
        static const u8 imm[] = { 0, 2, 1, 3, 3, 4, 4 };
        return imm[aux];
}

/* Lanes of an operation beyond its width: masked off, or (AVX2) zero in a copy of the operand. */
struct lanes {
        bool dbl;
        struct vmask k;
};

static struct lanes lanes_of(struct code *c, const struct ir_inst *i, unsigned width)
{
        return (struct lanes){ i->esz == 3, c->avx512 ? q_mask(i->esz, width) : K_NONE };
}

static xmm clean(struct emit *e, const struct ir_inst *i, unsigned width, xmm a)
{
        struct code *c = emit_code(e);
        if (c->avx512 || width == W_128)
                return a;
        xmm t = emit_tmp_q(e);
        q_trunc(c, i->esz, width, t, a);
        return t;
}

static void round_lanes(struct code *c, struct lanes l, xmm d, xmm a, u8 imm)
{
        x64_v2_ki(c, l.dbl ? V_ROUNDPD : V_ROUNDPS, d, a, imm, l.k);
}

/* d = a rounded, ties away from zero: its integer part plus the integer part of twice the rest, all exact. */
static void round_away(struct code *c, struct lanes l, xmm d, xmm t, xmm a)
{
        enum x64_vop sub = l.dbl ? V_SUBPD : V_SUBPS, add = l.dbl ? V_ADDPD : V_ADDPS;
        round_lanes(c, l, t, a, TOWARDS_ZERO | QUIET);
        x64_v3_k(c, sub, d, a, t, l.k);
        x64_v3_k(c, add, d, d, d, l.k);
        round_lanes(c, l, d, d, TOWARDS_ZERO | QUIET);
        x64_v3_k(c, add, d, t, d, l.k);
}

/* d takes the sign bits of a; t is scratch. */
static void copy_sign(struct code *c, unsigned esz, xmm d, xmm t, xmm a)
{
        x64_vones(c, t);
        x64_vshift_i(c, VSH_SLL, esz, t, t, (8u << esz) - 1);
        x64_v3(c, V_PANDN, d, t, d);
        x64_v3(c, V_PAND, t, t, a);
        x64_v3(c, V_POR, d, d, t);
}

void emit_FRINT(struct emit *e, val v, const struct ir_inst *i)
{
        struct code *c = emit_code(e);
        if (i->esz < 2) {
                q_by_helper(e, v, i, HELP_frint);
                return;
        }
        struct lanes l = lanes_of(c, i, i->width);
        xmm a = clean(e, i, i->width, emit_use_q(e, i->arg[0])), d = emit_def_early_q(e, v);
        if (i->aux != ROUND_A) {
                round_lanes(c, l, d, a, (u8)(round_imm(i->aux) | (i->aux == ROUND_X ? 0 : QUIET)));
                return;
        }
        xmm t = emit_tmp_q(e), w = q_before_trap(e, i, d);
        round_away(c, l, w, t, a);
        copy_sign(c, i->esz, w, t, a);
        q_trunc(c, i->esz, i->width, d, w);
}

/* ---- between precisions ---- */

void emit_FCVT(struct emit *e, val v, const struct ir_inst *i)
{
        struct code *c = emit_code(e);
        if (i->esz < 2 || i->aux < 2) {
                q_by_helper(e, v, i, HELP_fcvt);
                return;
        }
        bool widen = i->aux == 3;
        xmm a = emit_use_q(e, i->arg[0]), d = emit_def_q(e, v);
        if (i->aux == i->esz) {
                q_trunc(c, i->esz, W_SCALAR, d, a);
        } else if (c->avx512) {
                x64_v2_k(c, widen ? V_CVTPS2PD : V_CVTPD2PS, d, a, K1_Z);
        } else {
                x64_v3(c, widen ? V_CVTSS2SD : V_CVTSD2SS, d, a, a);
                q_trunc(c, i->aux, W_SCALAR, d, d);
        }
}

void emit_FCVTL(struct emit *e, val v, const struct ir_inst *i)
{
        if (i->esz < 2) {
                q_by_helper(e, v, i, HELP_fcvtl);
                return;
        }
        xmm a = emit_use_q(e, i->arg[0]);
        x64_v2(emit_code(e), V_CVTPS2PD, emit_def_q(e, v), a);
}

void emit_FCVTN(struct emit *e, val v, const struct ir_inst *i)
{
        if (i->esz < 2) {
                q_by_helper(e, v, i, HELP_fcvtn);
                return;
        }
        xmm a = emit_use_q(e, i->arg[0]);
        x64_v2(emit_code(e), V_CVTPD2PS, emit_def_q(e, v), a);
}

/* ---- scalar to integer ---- */

/* a rounded without flags, in a scratch register, or a itself when the conversion truncates anyway. */
static xmm rounded(struct emit *e, const struct ir_inst *i, unsigned width, xmm a)
{
        struct code *c = emit_code(e);
        struct lanes l = lanes_of(c, i, width);
        if (i->aux == ROUND_Z)
                return a;
        xmm d = emit_tmp_q(e);
        if (i->aux == ROUND_A)
                round_away(c, l, d, emit_tmp_q(e), a);
        else
                round_lanes(c, l, d, a, round_imm(i->aux) | QUIET);
        return d;
}

/* The inexact flag that `rounded` left out; r is scratch. */
static void raise_inexact(struct emit *e, const struct ir_inst *i, unsigned width, xmm a, xmm r)
{
        struct code *c = emit_code(e);
        if (i->aux != ROUND_Z)
                round_lanes(c, lanes_of(c, i, width), r, a, round_imm(i->aux));
}

struct cold_to_int {
        struct ir_inst inst;
        u16 id;
        gpr d;
        xmm a;
};

static void cold_to_int(struct emit *e, void *arg)
{
        struct cold_to_int *k = arg;
        emit_call_helper_q(e, k->id, k->inst.esz, W_SCALAR, k->inst.aux, XMM(NO_REG), &k->a, 1);
        x64_mov_rm(emit_code(e), k->inst.type == IR_I64 ? 3 : 2, k->d, mem_cpu(offsetof(struct cpu, hret)));
}

/* AVX2 has only signed conversions: right for 0 <= r < 2^32 or 2^63, seen in sign and exponent; else the helper. */
static void to_unsigned_avx2(struct emit *e, val v, const struct ir_inst *i, unsigned id)
{
        struct code *c = emit_code(e);
        bool dbl = i->esz == 3;
        emit_clobber_flags(e);
        xmm arg = emit_use_q(e, i->arg[0]), a = i->aux == ROUND_Z ? arg : clean(e, i, W_SCALAR, arg);
        gpr t = emit_tmp_i(e), d = emit_def_i(e, v);
        xmm r = rounded(e, i, W_SCALAR, a);
        struct cold_to_int *k = emit_cold_arg(e, sizeof *k);
        *k = (struct cold_to_int){ .inst = *i, .id = (u16)id, .d = d, .a = arg };
        k->inst.aux |= i->type == IR_I64 ? 0x80 : 0;
        x64_vmovd_rx(c, dbl, t, r);
        x64_shift_ri(c, SH_SHR, dbl, t, dbl ? 52 : 23);
        x64_alu_ri(c, ALU_CMP, false, t, (dbl ? 0x3ff : 0x7f) + (i->type == IR_I64 ? 63 : 32));
        int label = emit_jcc_cold(e, CC_AE, cold_to_int, k);
        x64_v_cvt_gpr(c, dbl ? V_CVTTSD2SI64 : V_CVTTSS2SI64, d, r);
        raise_inexact(e, i, W_SCALAR, a, r);
        emit_cold_resume(e, label);
}

/* [double][64-bit result] */
static const u16 to_signed[2][2] = { { V_CVTTSS2SI32, V_CVTTSS2SI64 }, { V_CVTTSD2SI32, V_CVTTSD2SI64 } },
                 to_unsigned[2][2] = { { V_CVTTSS2USI32, V_CVTTSS2USI64 }, { V_CVTTSD2USI32, V_CVTTSD2USI64 } };

static void to_int(struct emit *e, val v, const struct ir_inst *i, const u16 ops[2][2], unsigned id)
{
        struct code *c = emit_code(e);
        bool w = i->type == IR_I64;
        enum x64_vop op = ops[i->esz == 3][w];
        if (i->esz < 2) {
                struct ir_inst call = *i;
                call.aux = (u8)(i->aux | (w ? 0x80 : 0));
                call.width = W_SCALAR;
                q_by_helper(e, v, &call, id);
                return;
        }
        if (!q_has(c, op)) {
                to_unsigned_avx2(e, v, i, id);
                return;
        }
        xmm a = emit_use_q(e, i->arg[0]);
        if (i->aux != ROUND_Z)
                a = clean(e, i, W_SCALAR, a);
        xmm r = rounded(e, i, W_SCALAR, a);
        x64_v_cvt_gpr(c, op, emit_def_i(e, v), r);
        raise_inexact(e, i, W_SCALAR, a, r);
}

void emit_FCVT_TO_S(struct emit *e, val v, const struct ir_inst *i) { to_int(e, v, i, to_signed, HELP_fcvt_to_s); }
void emit_FCVT_TO_U(struct emit *e, val v, const struct ir_inst *i) { to_int(e, v, i, to_unsigned, HELP_fcvt_to_u); }

/* ---- integer to scalar ---- */

static void from_int_half(struct emit *e, val v, const struct ir_inst *i, bool w, unsigned id)
{
        emit_clobber_flags(e);
        gpr a = emit_use_i(e, i->arg[0]);
        xmm t = emit_tmp_q(e), d = emit_def_q(e, v);
        x64_vmovd_xr(emit_code(e), true, t, a);
        emit_call_helper_q(e, id, i->esz, W_SCALAR, w ? 0x80 : 0, d, &t, 1);
}

struct cold_halved {
        gpr a, t, u;
        xmm d;
        bool dbl;
};

/* a >= 2^63: half of it, with the lost bit kept sticky, rounds the same way. */
static void cold_halved(struct emit *e, void *arg)
{
        struct cold_halved *k = arg;
        struct code *c = emit_code(e);
        emit_note(e, false); /* inexact traps under FZ */
        x64_mov_rr(c, true, k->t, k->a);
        x64_mov_rr(c, false, k->u, k->a);
        x64_shift_ri(c, SH_SHR, true, k->t, 1);
        x64_alu_ri(c, ALU_AND, false, k->u, 1);
        x64_alu_rr(c, ALU_OR, true, k->t, k->u);
        x64_v3_gpr(c, k->dbl ? V_CVTSI2SD64 : V_CVTSI2SS64, k->d, k->d, k->t);
        x64_v3(c, k->dbl ? V_ADDSD : V_ADDSS, k->d, k->d, k->d);
}

static void from_unsigned_avx2(struct emit *e, val v, const struct ir_inst *i, bool w)
{
        struct code *c = emit_code(e);
        bool dbl = i->esz == 3;
        enum x64_vop op = dbl ? V_CVTSI2SD64 : V_CVTSI2SS64;
        if (w)
                emit_clobber_flags(e);
        gpr a = emit_use_i(e, i->arg[0]), t = emit_tmp_i(e);
        if (!w) {
                xmm d = emit_def_q(e, v);
                x64_mov_rr(c, false, t, a);
                x64_vzero(c, d);
                x64_v3_gpr(c, op, d, d, t);
                return;
        }
        gpr u = emit_tmp_i(e);
        xmm d = emit_def_q(e, v);
        struct cold_halved *k = emit_cold_arg(e, sizeof *k);
        *k = (struct cold_halved){ a, t, u, d, dbl };
        x64_vzero(c, d);
        x64_test_rr(c, true, a, a);
        int label = emit_jcc_cold(e, CC_S, cold_halved, k);
        x64_v3_gpr(c, op, d, d, a);
        emit_cold_resume(e, label);
}

static const u16 from_signed[2][2] = { { V_CVTSI2SS32, V_CVTSI2SS64 }, { V_CVTSI2SD32, V_CVTSI2SD64 } },
                 from_unsigned[2][2] = { { V_CVTUSI2SS32, V_CVTUSI2SS64 }, { V_CVTUSI2SD32, V_CVTUSI2SD64 } };

static void from_int(struct emit *e, val v, const struct ir_inst *i, const u16 ops[2][2], unsigned id)
{
        struct code *c = emit_code(e);
        bool w = emit_inst(e, i->arg[0])->type == IR_I64;
        if (i->esz < 2) {
                from_int_half(e, v, i, w, id);
                return;
        }
        enum x64_vop op = ops[i->esz == 3][w];
        if (!q_has(c, op)) {
                from_unsigned_avx2(e, v, i, w);
                return;
        }
        gpr a = emit_use_i(e, i->arg[0]);
        xmm d = emit_def_q(e, v);
        x64_vzero(c, d);
        x64_v3_gpr(c, op, d, d, a);
}

void emit_FCVT_FROM_S(struct emit *e, val v, const struct ir_inst *i) { from_int(e, v, i, from_signed, HELP_fcvt_from_s); }
void emit_FCVT_FROM_U(struct emit *e, val v, const struct ir_inst *i) { from_int(e, v, i, from_unsigned, HELP_fcvt_from_u); }

/* ---- lane by lane ---- */

/* AVX2 has no 64-bit forms: each lane through a general register. t may be r. */
static void to_doublewords(struct emit *e, const struct ir_inst *i, xmm d, xmm t, xmm r)
{
        struct code *c = emit_code(e);
        gpr g = emit_tmp_i(e);
        x64_v_cvt_gpr(c, V_CVTTSD2SI64, g, r);
        x64_vmovd_xr(c, true, d, g);
        if (i->width == W_128) {
                x64_vbyteshift(c, false, t, r, 8);
                x64_v_cvt_gpr(c, V_CVTTSD2SI64, g, t);
                x64_v_insert(c, 3, d, d, g, 1);
        }
}

static void lanes_to_int(struct emit *e, val v, const struct ir_inst *i, enum x64_vop op, unsigned id)
{
        struct code *c = emit_code(e);
        bool by_gpr = op == V_CVTTPD2QQ && !c->avx512;
        if (i->esz < 2 || (!q_has(c, op) && !by_gpr) || (i->aux == ROUND_A && !c->avx512)) {
                q_by_helper(e, v, i, id);
                return;
        }
        xmm a = clean(e, i, i->width, emit_use_q(e, i->arg[0])), d = emit_def_early_q(e, v);
        xmm r = rounded(e, i, i->width, a);
        if (by_gpr) {
                xmm w = q_before_trap(e, i, d);
                to_doublewords(e, i, w, r.n == a.n ? emit_tmp_q(e) : r, r);
                x64_vmovdqa_rr(c, d, w);
        } else {
                x64_v2_k(c, op, d, r, lanes_of(c, i, i->width).k);
        }
        raise_inexact(e, i, i->width, a, r);
}

void emit_QFCVT_TO_S(struct emit *e, val v, const struct ir_inst *i)
{
        lanes_to_int(e, v, i, i->esz == 3 ? V_CVTTPD2QQ : V_CVTTPS2DQ, HELP_qfcvt_to_s);
}

void emit_QFCVT_TO_U(struct emit *e, val v, const struct ir_inst *i)
{
        lanes_to_int(e, v, i, i->esz == 3 ? V_CVTTPD2UQQ : V_CVTTPS2UDQ, HELP_qfcvt_to_u);
}

static void from_doublewords(struct emit *e, const struct ir_inst *i, xmm d, xmm a)
{
        struct code *c = emit_code(e);
        gpr g = emit_tmp_i(e);
        x64_vzero(c, d);
        x64_vmovd_rx(c, true, g, a);
        x64_v3_gpr(c, V_CVTSI2SD64, d, d, g);
        if (i->width == W_128) {
                xmm t = emit_tmp_q(e);
                x64_v_extract(c, 3, g, a, 1);
                x64_vzero(c, t);
                x64_v3_gpr(c, V_CVTSI2SD64, t, t, g);
                x64_v3(c, V_PUNPCKLQDQ, d, d, t);
        }
}

static void lanes_from_int(struct emit *e, val v, const struct ir_inst *i, enum x64_vop op, unsigned id)
{
        struct code *c = emit_code(e);
        bool by_gpr = op == V_CVTQQ2PD && !c->avx512;
        if (i->esz < 2 || (!q_has(c, op) && !by_gpr)) {
                struct ir_inst call = *i;
                call.aux = 0;
                q_by_helper(e, v, &call, id);
                return;
        }
        xmm a = emit_use_q(e, i->arg[0]);
        if (by_gpr) {
                from_doublewords(e, i, emit_def_early_q(e, v), a);
                return;
        }
        a = clean(e, i, i->width, a);
        x64_v2_k(c, op, emit_def_q(e, v), a, lanes_of(c, i, i->width).k);
}

void emit_QFCVT_FROM_S(struct emit *e, val v, const struct ir_inst *i)
{
        lanes_from_int(e, v, i, i->esz == 3 ? V_CVTQQ2PD : V_CVTDQ2PS, HELP_qfcvt_from_s);
}

void emit_QFCVT_FROM_U(struct emit *e, val v, const struct ir_inst *i)
{
        lanes_from_int(e, v, i, i->esz == 3 ? V_CVTUQQ2PD : V_CVTUDQ2PS, HELP_qfcvt_from_u);
}
