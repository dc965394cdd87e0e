/* Vector shifts. */
#include "engine/host/emit_q.h"

/* Keep the high (or low) byte of each halfword. */
static void keep_high(struct code *c, xmm d)
{
        x64_vshift_i(c, VSH_SRL, 1, d, d, 8);
        x64_vshift_i(c, VSH_SLL, 1, d, d, 8);
}

static void keep_low(struct code *c, xmm d)
{
        x64_vshift_i(c, VSH_SLL, 1, d, d, 8);
        x64_vshift_i(c, VSH_SRL, 1, d, d, 8);
}

/* The host has no shifts of bytes: odd and even ones are shifted as halfwords. d is not a. */
static void shift_bytes(struct code *c, enum x64_vshift op, xmm d, xmm t, xmm a, unsigned count)
{
        if (op == VSH_SLL) {
                x64_vshift_i(c, VSH_SRL, 1, d, a, 8);
                x64_vshift_i(c, VSH_SLL, 1, d, d, 8 + count);
                x64_vshift_i(c, VSH_SLL, 1, t, a, count);
                keep_low(c, t);
        } else {
                x64_vshift_i(c, VSH_SLL, 1, t, a, 8);
                x64_vshift_i(c, op, 1, t, t, count);
                x64_vshift_i(c, VSH_SRL, 1, t, t, 8);
                x64_vshift_i(c, op, 1, d, a, count);
                keep_high(c, d);
        }
        x64_v3(c, V_POR, d, d, t);
}

/* Arithmetic right shift of doublewords without VPSRAQ: the high words by VPSRAD, the low ones by VPSRLQ or from the high ones. */
static void sar_doublewords(struct code *c, xmm d, xmm t, xmm a, unsigned count)
{
        x64_vshift_i(c, VSH_SRA, 2, t, a, count < 32 ? count : 31);
        if (count < 32) {
                x64_vshift_i(c, VSH_SRL, 3, d, a, count);
        } else {
                x64_vshift_i(c, VSH_SRA, 2, d, a, count - 32);
                x64_v2_i(c, V_PSHUFD, d, d, 0xf5);
        }
        x64_v3_i(c, V_PBLENDD, d, d, t, 0xa);
}

static void shift_i(struct emit *e, val v, const struct ir_inst *i, enum x64_vshift op)
{
        struct code *c = emit_code(e);
        unsigned count = (unsigned)i->imm;
        bool hard = i->esz == 0 || (i->esz == 3 && op == VSH_SRA && !c->avx512);
        xmm a = emit_use_q(e, i->arg[0]);
        if (count == 0) {
                q_trunc(c, i->esz, i->width, emit_def_q(e, v), a);
                return;
        }
        xmm d = hard ? emit_def_early_q(e, v) : emit_def_q(e, v);
        struct vmask k = c->avx512 ? q_mask(i->esz, i->width) : K_NONE;
        if (!hard)
                x64_vshift_ki(c, op, i->esz, d, a, count, k);
        else if (i->esz == 0)
                shift_bytes(c, op, d, emit_tmp_q(e), a, count);
        else
                sar_doublewords(c, d, emit_tmp_q(e), a, count);
        if (i->width != W_128 && !(k.k && !hard))
                q_trunc(c, i->esz, i->width, d, d);
}

void emit_QSHL_I(struct emit *e, val v, const struct ir_inst *i) { shift_i(e, v, i, VSH_SLL); }
void emit_QSHR_I(struct emit *e, val v, const struct ir_inst *i) { shift_i(e, v, i, VSH_SRL); }
void emit_QSAR_I(struct emit *e, val v, const struct ir_inst *i) { shift_i(e, v, i, VSH_SRA); }

/* t = the low byte of each lane of b, sign-extended over the lane. */
static void counts(struct code *c, unsigned esz, xmm t, xmm b)
{
        unsigned n = (8u << esz) - 8;
        x64_vshift_i(c, VSH_SLL, esz, t, b, n);
        x64_vshift_i(c, VSH_SRA, esz, t, t, n);
}

/* ... zero-extended, which does for logical shifts: a negative count is 128 and more. */
static void byte_counts(struct code *c, unsigned esz, xmm t, xmm b)
{
        unsigned n = (8u << esz) - 8;
        x64_vshift_i(c, VSH_SLL, esz, t, b, n);
        x64_vshift_i(c, VSH_SRL, esz, t, t, n);
}

static const u16 left_ops[] = { V_COUNT, V_PSLLVW, V_PSLLVD, V_PSLLVQ }, right_ops[] = { V_COUNT, V_PSRLVW, V_PSRLVD, V_PSRLVQ },
                 sar_ops[] = { V_COUNT, V_PSRAVW, V_PSRAVD, V_PSRAVQ }, sub_ops[] = { V_PSUBB, V_PSUBW, V_PSUBD, V_PSUBQ };

/* Counts of the lane's width and more shift everything out: left by b gives 0 where right by -b is meant, and vice versa. */
static void logical(struct code *c, unsigned esz, xmm d, xmm t, xmm u, xmm a, xmm b)
{
        byte_counts(c, esz, t, b);
        x64_vzero(c, u);
        x64_v3(c, sub_ops[esz], u, u, t);
        byte_counts(c, esz, u, u);
        x64_v3(c, right_ops[esz], u, a, u);
        x64_v3(c, left_ops[esz], d, a, t);
        x64_v3(c, V_POR, d, d, u);
}

static void arithmetic(struct code *c, unsigned esz, xmm d, xmm t, xmm u, xmm a, xmm b)
{
        static const u16 to_k[] = { V_PMOVB2M, V_PMOVW2M, V_PMOVD2M, V_PMOVQ2M };
        counts(c, esz, t, b);
        x64_vzero(c, u);
        x64_v3(c, sub_ops[esz], u, u, t);
        x64_v3(c, left_ops[esz], d, a, t);
        if (c->avx512) {
                x64_v_to_k(c, to_k[esz], KREG(3), t);
                x64_v3_k(c, sar_ops[esz], d, a, u, (struct vmask){ 3, false });
        } else {
                x64_v3(c, V_PSRAVD, u, a, u);
                x64_v_blendv(c, V_BLENDVPS, d, d, u, t);
        }
}

static void shift_v(struct emit *e, val v, const struct ir_inst *i, bool is_signed, unsigned id)
{
        struct code *c = emit_code(e);
        if (!q_has(c, left_ops[i->esz]) || !q_has(c, (is_signed ? sar_ops : right_ops)[i->esz])) {
                q_by_helper(e, v, i, id);
                return;
        }
        xmm a = emit_use_q(e, i->arg[0]), b = emit_use_q(e, i->arg[1]), d = emit_def_early_q(e, v), t = emit_tmp_q(e);
        struct q_loan u = q_borrow(e, (xmm[]){ a, b, d }, 3, 3);
        (is_signed ? arithmetic : logical)(c, i->esz, d, t, u.r, a, b);
        q_return(e, u, 3);
        if (i->width != W_128)
                q_trunc(c, i->esz, i->width, d, d);
}

void emit_QSSHL(struct emit *e, val v, const struct ir_inst *i) { shift_v(e, v, i, true, HELP_qsshl); }
void emit_QUSHL(struct emit *e, val v, const struct ir_inst *i) { shift_v(e, v, i, false, HELP_qushl); }
