/* Lane-wise floating-point compares. */
#include "engine/host/emit_q.h"

enum { EQ_OQ = 0x00, GE_OS = 0x0d, GT_OS = 0x0e };

static void compare_k(struct code *c, const struct ir_inst *i, u8 predicate, xmm d, xmm a, xmm b)
{
        bool dbl = i->esz == 3;
        x64_v_cmp_k(c, dbl ? V_CMPPD_K : V_CMPPS_K, KREG(3), a, b, predicate, q_mask(i->esz, i->width));
        x64_v_from_k(c, dbl ? V_PMOVM2Q : V_PMOVM2D, d, KREG(3));
}

/* Low halves: zeros above raise nothing. */
static void compare_low(struct emit *e, val v, const struct ir_inst *i, u8 predicate, unsigned id)
{
        struct code *c = emit_code(e);
        emit_clobber_flags(e);
        xmm a = emit_use_q(e, i->arg[0]), b = emit_use_q(e, i->arg[1]), d = emit_def_q(e, v);
        if (!q_has_tmps(e, 2)) {
                emit_call_helper_q(e, id, i->esz, i->width, i->aux, d, (xmm[]){ a, b }, 2);
                return;
        }
        xmm t = emit_tmp_q(e), u = emit_tmp_q(e);
        x64_vmovq_rr(c, t, a);
        x64_vmovq_rr(c, u, b);
        x64_v3_i(c, V_CMPPS, d, t, u, predicate);
        x64_vmovq_rr(c, d, d);
}

static void compare(struct emit *e, val v, const struct ir_inst *i, u8 predicate, unsigned id)
{
        struct code *c = emit_code(e);
        bool dbl = i->esz == 3;
        if (i->esz < 2) {
                q_by_helper(e, v, i, id);
                return;
        }
        if (!c->avx512 && i->width == W_64) {
                compare_low(e, v, i, predicate, id);
                return;
        }
        xmm a = emit_use_q(e, i->arg[0]), b = emit_use_q(e, i->arg[1]), d = emit_def_q(e, v);
        bool low = a.n < 16 && b.n < 16 && d.n < 16;
        if (c->avx512 && !(low && i->width == W_128)) {
                compare_k(c, i, predicate, d, a, b);
        } else if (i->width == W_128) {
                x64_v3_i(c, dbl ? V_CMPPD : V_CMPPS, d, a, b, predicate);
        } else {
                x64_v3_i(c, dbl ? V_CMPSD : V_CMPSS, d, a, b, predicate);
                q_trunc(c, i->esz, i->width, d, d);
        }
}

void emit_FCMEQ(struct emit *e, val v, const struct ir_inst *i) { compare(e, v, i, EQ_OQ, HELP_fcmeq); }
void emit_FCMGE(struct emit *e, val v, const struct ir_inst *i) { compare(e, v, i, GE_OS, HELP_fcmge); }
void emit_FCMGT(struct emit *e, val v, const struct ir_inst *i) { compare(e, v, i, GT_OS, HELP_fcmgt); }
