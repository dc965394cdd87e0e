/* Lane-wise integer operations: arithmetic, min/max, compares. */
#include "engine/host/emit_q.h"

#define OPS_BWDQ(name) { V_##name##B, V_##name##W, V_##name##D, V_##name##Q }
#define OPS_BWD(name)  { V_##name##B, V_##name##W, V_##name##D, V_COUNT }

static const u16 add_ops[4] = OPS_BWDQ(PADD), sub_ops[4] = OPS_BWDQ(PSUB), abs_ops[4] = OPS_BWDQ(PABS);
static const u16 smax_ops[4] = OPS_BWDQ(PMAXS), smin_ops[4] = OPS_BWDQ(PMINS), umax_ops[4] = OPS_BWDQ(PMAXU), umin_ops[4] = OPS_BWDQ(PMINU);
static const u16 eq_ops[4] = OPS_BWDQ(PCMPEQ), gt_ops[4] = OPS_BWDQ(PCMPGT), from_k_ops[4] = OPS_BWDQ(PMOVM2);

void emit_QADD(struct emit *e, val v, const struct ir_inst *i) { q_binary(e, v, i, add_ops, 0); }
void emit_QSUB(struct emit *e, val v, const struct ir_inst *i) { q_binary(e, v, i, sub_ops, 0); }
void emit_QSMAX(struct emit *e, val v, const struct ir_inst *i) { q_binary(e, v, i, smax_ops, HELP_qsmax); }
void emit_QSMIN(struct emit *e, val v, const struct ir_inst *i) { q_binary(e, v, i, smin_ops, HELP_qsmin); }
void emit_QUMAX(struct emit *e, val v, const struct ir_inst *i) { q_binary(e, v, i, umax_ops, HELP_qumax); }
void emit_QUMIN(struct emit *e, val v, const struct ir_inst *i) { q_binary(e, v, i, umin_ops, HELP_qumin); }

void emit_QAVGR_U(struct emit *e, val v, const struct ir_inst *i)
{
        static const u16 ops[4] = { V_PAVGB, V_PAVGW, V_COUNT, V_COUNT };
        q_binary(e, v, i, ops, HELP_qavgr_u);
}

/* Bytes: the odd and the even ones are multiplied as halfwords. */
static void mul_bytes(struct code *c, xmm d, xmm t, xmm a, xmm b)
{
        x64_vshift_i(c, VSH_SRL, 1, t, a, 8);
        x64_vshift_i(c, VSH_SRL, 1, d, b, 8);
        x64_v3(c, V_PMULLW, t, t, d);
        x64_vshift_i(c, VSH_SLL, 1, t, t, 8);
        x64_v3(c, V_PMULLW, d, a, b);
        x64_vshift_i(c, VSH_SLL, 1, d, d, 8);
        x64_vshift_i(c, VSH_SRL, 1, d, d, 8);
        x64_v3(c, V_POR, d, d, t);
}

void emit_QMUL(struct emit *e, val v, const struct ir_inst *i)
{
        static const u16 ops[4] = { V_COUNT, V_PMULLW, V_PMULLD, V_PMULLQ };
        struct code *c = emit_code(e);
        if (i->esz) {
                q_binary(e, v, i, ops, HELP_qmul);
                return;
        }
        xmm a = emit_use_q(e, i->arg[0]), b = emit_use_q(e, i->arg[1]), d = emit_def_early_q(e, v);
        mul_bytes(c, d, emit_tmp_q(e), a, b);
        if (i->width != W_128)
                q_trunc(c, 0, i->width, d, d);
}

void emit_QNEG(struct emit *e, val v, const struct ir_inst *i)
{
        struct code *c = emit_code(e);
        xmm a = emit_use_q(e, i->arg[0]), t = emit_tmp_q(e), d = emit_def_q(e, v);
        x64_vzero(c, t);
        q_op3(c, sub_ops[i->esz], i->esz, i->width, d, t, a);
}

void emit_QABS(struct emit *e, val v, const struct ir_inst *i)
{
        struct code *c = emit_code(e);
        xmm a = emit_use_q(e, i->arg[0]), d = emit_def_early_q(e, v);
        if (q_has(c, abs_ops[i->esz])) {
                x64_v2(c, abs_ops[i->esz], d, a);
        } else {
                xmm t = emit_tmp_q(e);
                x64_vzero(c, t);
                x64_v3(c, V_PCMPGTQ, t, t, a);
                x64_v3(c, V_PXOR, d, a, t);
                x64_v3(c, V_PSUBQ, d, d, t);
        }
        if (i->width != W_128)
                q_trunc(c, i->esz, i->width, d, d);
}

static void difference(struct emit *e, val v, const struct ir_inst *i, const u16 max[4], const u16 min[4], unsigned id)
{
        struct code *c = emit_code(e);
        if (!q_has(c, max[i->esz])) {
                q_by_helper(e, v, i, id);
                return;
        }
        xmm a = emit_use_q(e, i->arg[0]), b = emit_use_q(e, i->arg[1]), d = emit_def_early_q(e, v), t = emit_tmp_q(e);
        x64_v3(c, max[i->esz], d, a, b);
        x64_v3(c, min[i->esz], t, a, b);
        q_op3(c, sub_ops[i->esz], i->esz, i->width, d, d, t);
}

void emit_QABD_U(struct emit *e, val v, const struct ir_inst *i) { difference(e, v, i, umax_ops, umin_ops, HELP_qabd_u); }
void emit_QABD_S(struct emit *e, val v, const struct ir_inst *i) { difference(e, v, i, smax_ops, smin_ops, HELP_qabd_s); }

/* ---- compares ---- */

enum predicate { PRED_EQ = 0, PRED_GE = 5, PRED_GT = 6 }; /* the VPCMP immediates */

struct compare {
        enum predicate pred;
        bool is_unsigned;
};

/* Through a mask register: any predicate, any register. */
static void compare_k(struct code *c, const struct ir_inst *i, struct compare how, xmm d, xmm a, xmm b)
{
        static const u16 s[] = { V_PCMPB_K, V_PCMPW_K, V_PCMPD_K, V_PCMPQ_K }, u[] = { V_PCMPUB_K, V_PCMPUW_K, V_PCMPUD_K, V_PCMPUQ_K };
        struct vmask k = q_mask(i->esz, i->width);
        x64_v_cmp_k(c, how.is_unsigned ? u[i->esz] : s[i->esz], KREG(3), a, b, how.pred, k);
        x64_v_from_k(c, from_k_ops[i->esz], d, KREG(3));
        if (i->width != W_128 && !k.k)
                q_trunc(c, i->esz, i->width, d, d);
}

static void invert(struct code *c, xmm d, xmm t)
{
        x64_vones(c, t);
        x64_v3(c, V_PXOR, d, d, t);
}

/* Unsigned 64-bit: the sign bits are flipped first. d = a > b. */
static void compare_hi_d(struct code *c, xmm d, xmm t, xmm a, xmm b)
{
        x64_vones(c, t);
        x64_vshift_i(c, VSH_SLL, 3, t, t, 63);
        x64_v3(c, V_PXOR, d, a, t);
        x64_v3(c, V_PXOR, t, b, t);
        x64_v3(c, V_PCMPGTQ, d, d, t);
}

/* a >= b is max(a, b) == a, a > b unsigned is not (min(a, b) == a). */
static void compare_vex(struct code *c, const struct ir_inst *i, struct compare how, xmm d, xmm t, xmm a, xmm b)
{
        unsigned z = i->esz;
        if (how.pred == PRED_EQ) {
                x64_v3(c, eq_ops[z], d, a, b);
        } else if (how.pred == PRED_GT && !how.is_unsigned) {
                x64_v3(c, gt_ops[z], d, a, b);
        } else if (z == 3) {
                bool gt = how.pred == PRED_GT;
                if (how.is_unsigned)
                        compare_hi_d(c, d, t, gt ? a : b, gt ? b : a);
                else
                        x64_v3(c, V_PCMPGTQ, d, b, a);
                if (!gt)
                        invert(c, d, t);
        } else if (how.pred == PRED_GE) {
                x64_v3(c, how.is_unsigned ? umax_ops[z] : smax_ops[z], d, a, b);
                x64_v3(c, eq_ops[z], d, d, a);
        } else {
                x64_v3(c, umin_ops[z], d, a, b);
                x64_v3(c, eq_ops[z], d, d, a);
                invert(c, d, t);
        }
        if (i->width != W_128)
                q_trunc(c, z, i->width, d, d);
}

static void compare(struct emit *e, val v, const struct ir_inst *i, struct compare how)
{
        struct code *c = emit_code(e);
        bool single = how.pred == PRED_EQ || (how.pred == PRED_GT && !how.is_unsigned);
        xmm a = emit_use_q(e, i->arg[0]), b = emit_use_q(e, i->arg[1]), d = c->avx512 || single ? emit_def_q(e, v) : emit_def_early_q(e, v);
        bool low = a.n < 16 && b.n < 16 && d.n < 16;
        if (c->avx512 && !(low && single))
                compare_k(c, i, how, d, a, b);
        else
                compare_vex(c, i, how, d, single ? d : emit_tmp_q(e), a, b);
}

void emit_QCMEQ(struct emit *e, val v, const struct ir_inst *i) { compare(e, v, i, (struct compare){ PRED_EQ, false }); }
void emit_QCMGT(struct emit *e, val v, const struct ir_inst *i) { compare(e, v, i, (struct compare){ PRED_GT, false }); }
void emit_QCMGE(struct emit *e, val v, const struct ir_inst *i) { compare(e, v, i, (struct compare){ PRED_GE, false }); }
void emit_QCMHI(struct emit *e, val v, const struct ir_inst *i) { compare(e, v, i, (struct compare){ PRED_GT, true }); }
void emit_QCMHS(struct emit *e, val v, const struct ir_inst *i) { compare(e, v, i, (struct compare){ PRED_GE, true }); }

void emit_QCMTST(struct emit *e, val v, const struct ir_inst *i)
{
        static const u16 test_ops[] = { V_PTESTMB_K, V_PTESTMW_K, V_PTESTMD_K, V_PTESTMQ_K };
        struct code *c = emit_code(e);
        struct vmask k = q_mask(i->esz, i->width);
        xmm a = emit_use_q(e, i->arg[0]), b = emit_use_q(e, i->arg[1]), d = emit_def_early_q(e, v);
        if (c->avx512) {
                x64_v_test_k(c, test_ops[i->esz], KREG(3), a, b, k);
                x64_v_from_k(c, from_k_ops[i->esz], d, KREG(3));
        } else {
                xmm t = emit_tmp_q(e);
                x64_vzero(c, t);
                x64_v3(c, V_PAND, d, a, b);
                x64_v3(c, eq_ops[i->esz], d, d, t);
                invert(c, d, t);
        }
        if (i->width != W_128)
                q_trunc(c, i->esz, i->width, d, d);
}
