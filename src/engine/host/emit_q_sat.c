/* Saturating adds and subtracts, which set FPSR.QC (cpu.qc). */
#include "engine/host/emit_q.h"
#include "engine/run/cpu.h"

struct saturation {
        u16 sat[2], wrap[4]; /* the host's instructions: saturating for bytes and halfwords, wrapping for all */
        bool subtract, is_signed;
        u16 id;
};

static const struct saturation
        sqadd = { { V_PADDSB, V_PADDSW }, { V_PADDB, V_PADDW, V_PADDD, V_PADDQ }, false, true, HELP_qsqadd },
        uqadd = { { V_PADDUSB, V_PADDUSW }, { V_PADDB, V_PADDW, V_PADDD, V_PADDQ }, false, false, HELP_quqadd },
        sqsub = { { V_PSUBSB, V_PSUBSW }, { V_PSUBB, V_PSUBW, V_PSUBD, V_PSUBQ }, true, true, HELP_qsqsub },
        uqsub = { { V_PSUBUSB, V_PSUBUSW }, { V_PSUBB, V_PSUBW, V_PSUBD, V_PSUBQ }, true, false, HELP_quqsub };

static void cold_set_qc(struct emit *e, void *arg)
{
        (void)arg;
        x64_mov_mi(emit_code(e), 0, mem_cpu(offsetof(struct cpu, qc)), 1);
}

/* ZF = (t == 0) */
static void test_zero(struct code *c, xmm t)
{
        if (t.n < 16) {
                x64_v2(c, V_PTEST, t, t);
                return;
        }
        x64_v_test_k(c, V_PTESTMQ_K, KREG(3), t, t, K_NONE);
        x64_kortestb(c, KREG(3), KREG(3));
}

/* Bytes and halfwords: saturated where the two results differ. */
static void small_lanes(struct emit *e, val v, const struct ir_inst *i, const struct saturation *how)
{
        struct code *c = emit_code(e);
        xmm a = emit_use_q(e, i->arg[0]), b = emit_use_q(e, i->arg[1]), d = emit_def_early_q(e, v), t = emit_tmp_q(e);
        x64_v3(c, how->wrap[i->esz], t, a, b);
        x64_v3(c, how->sat[i->esz], d, a, b);
        x64_v3(c, V_PXOR, t, t, d);
        if (i->width != W_128) {
                q_trunc(c, i->esz, i->width, t, t);
                q_trunc(c, i->esz, i->width, d, d);
        }
        test_zero(c, t);
        emit_cold_resume(e, emit_jcc_cold(e, CC_NE, cold_set_qc, NULL));
}

/* t: sign bits of the lanes where the wrapped result d of signed a, b overflowed. u is scratch. */
static void signed_overflow(struct code *c, bool subtract, xmm t, xmm u, xmm d, xmm a, xmm b)
{
        x64_v3(c, V_PXOR, t, a, d);
        x64_v3(c, V_PXOR, u, subtract ? a : b, subtract ? b : d);
        x64_v3(c, V_PAND, t, t, u);
}

/* t: non-zero in the lanes where unsigned a + b = d carried or a - b borrowed. 32-bit lanes. */
static void unsigned_overflow(struct code *c, bool subtract, xmm t, xmm u, xmm d, xmm a, xmm b)
{
        x64_v3(c, V_PMAXUD, t, a, subtract ? b : d);
        x64_v3(c, V_PXOR, t, t, subtract ? a : d);
        (void)u;
}

/* Words and doublewords: the wrapped result is right unless a lane overflowed, which the helper handles. */
static void large_lanes(struct emit *e, val v, const struct ir_inst *i, const struct saturation *how)
{
        struct code *c = emit_code(e);
        xmm a = emit_use_q(e, i->arg[0]), b = emit_use_q(e, i->arg[1]), d = emit_def_early_q(e, v), t = emit_tmp_q(e);
        struct q_loan u = q_borrow(e, (xmm[]){ a, b, d }, 3, 3);
        x64_v3(c, how->wrap[i->esz], d, a, b);
        if (how->is_signed) {
                signed_overflow(c, how->subtract, t, u.r, d, a, b);
                x64_vshift_i(c, VSH_SRL, i->esz, t, t, (8u << i->esz) - 1);
        } else {
                unsigned_overflow(c, how->subtract, t, u.r, d, a, b);
        }
        q_return(e, u, 3);
        if (i->width != W_128) {
                q_trunc(c, i->esz, i->width, t, t);
                q_trunc(c, i->esz, i->width, d, d);
        }
        test_zero(c, t);
        q_cold_helper(e, CC_NE, how->id, i, d, (xmm[]){ a, b }, 2);
}

static void saturate(struct emit *e, val v, const struct ir_inst *i, const struct saturation *how)
{
        if (i->esz == 3 && !how->is_signed) {
                q_by_helper(e, v, i, how->id);
                return;
        }
        emit_clobber_flags(e);
        if (i->esz < 2)
                small_lanes(e, v, i, how);
        else
                large_lanes(e, v, i, how);
}

void emit_QSQADD(struct emit *e, val v, const struct ir_inst *i) { saturate(e, v, i, &sqadd); }
void emit_QUQADD(struct emit *e, val v, const struct ir_inst *i) { saturate(e, v, i, &uqadd); }
void emit_QSQSUB(struct emit *e, val v, const struct ir_inst *i) { saturate(e, v, i, &sqsub); }
void emit_QUQSUB(struct emit *e, val v, const struct ir_inst *i) { saturate(e, v, i, &uqsub); }
