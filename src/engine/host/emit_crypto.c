/* AES, SHA-256 and carry-less multiplication on the host's instructions, which the caller of the assembler has found (struct code). */
#include "engine/host/emit_q.h"

/* A register that an instruction without EVEX form can take: s itself, else a copy. */
static xmm low_copy(struct emit *e, xmm s)
{
        if (s.n < 16)
                return s;
        xmm t = emit_tmp_q(e);
        x64_vmovdqa_rr(emit_code(e), t, s);
        return t;
}

/* A low register to compute the result d in. */
static xmm low_result(struct emit *e, xmm d) { return d.n < 16 ? d : emit_tmp_q(e); }

void emit_QPMULL64(struct emit *e, val v, const struct ir_inst *i)
{
        struct code *c = emit_code(e);
        if (!c->pclmul) {
                q_by_helper(e, v, i, HELP_qpmull64);
                return;
        }
        xmm a = emit_use_q(e, i->arg[0]), b = emit_use_q(e, i->arg[1]), d = emit_def_early_q(e, v);
        if (c->avx512 && c->vpclmul) {
                x64_v3_i(c, V_PCLMULQDQ, d, a, b, 0);
                return;
        }
        xmm w = low_result(e, d);
        a = low_copy(e, a);
        b = low_copy(e, b);
        x64_v3_i(c, V_PCLMULQDQ, w, a, b, 0);
        x64_vmovdqa_rr(c, d, w);
}

/* ---- AES: Arm adds the key first, the host last, so the host's key is zero ---- */

static void aes_last(struct emit *e, val v, const struct ir_inst *i, enum x64_vop op, unsigned id)
{
        struct code *c = emit_code(e);
        if (!c->aes) {
                q_by_helper(e, v, i, id);
                return;
        }
        xmm a = emit_use_q(e, i->arg[0]), b = emit_use_q(e, i->arg[1]), zero = emit_tmp_q(e), d = emit_def_q(e, v);
        xmm w = c->vaes ? d : low_result(e, d);
        x64_vzero(c, zero);
        x64_v3(c, V_PXOR, w, a, b);
        x64_v3(c, op, w, w, zero);
        x64_vmovdqa_rr(c, d, w);
}

void emit_AESE(struct emit *e, val v, const struct ir_inst *i) { aes_last(e, v, i, V_AESENCLAST, HELP_aese); }
void emit_AESD(struct emit *e, val v, const struct ir_inst *i) { aes_last(e, v, i, V_AESDECLAST, HELP_aesd); }

/* A whole round: here both agree but for the key. */
void emit_AESEMC(struct emit *e, val v, const struct ir_inst *i) { aes_last(e, v, i, V_AESENC, HELP_aesemc); }
void emit_AESDIMC(struct emit *e, val v, const struct ir_inst *i) { aes_last(e, v, i, V_AESDEC, HELP_aesdimc); }

/* MixColumns alone: a last decryption round undoes what an encryption round does before it. */
void emit_AESMC(struct emit *e, val v, const struct ir_inst *i)
{
        struct code *c = emit_code(e);
        if (!c->aes) {
                q_by_helper(e, v, i, HELP_aesmc);
                return;
        }
        xmm a = emit_use_q(e, i->arg[0]), zero = emit_tmp_q(e), d = emit_def_early_q(e, v);
        xmm w = c->vaes ? d : low_result(e, d);
        if (!c->vaes && a.n >= 16) {
                x64_vmovdqa_rr(c, w, a);
                a = w;
        }
        x64_vzero(c, zero);
        x64_v3(c, V_AESDECLAST, w, a, zero);
        x64_v3(c, V_AESENC, w, w, zero);
        x64_vmovdqa_rr(c, d, w);
}

void emit_AESIMC(struct emit *e, val v, const struct ir_inst *i)
{
        struct code *c = emit_code(e);
        if (!c->aes) {
                q_by_helper(e, v, i, HELP_aesimc);
                return;
        }
        xmm a = low_copy(e, emit_use_q(e, i->arg[0])), d = emit_def_early_q(e, v), w = low_result(e, d);
        x64_v2(c, V_AESIMC, w, a);
        x64_vmovdqa_rr(c, d, w);
}

/* ---- SHA-256 ---- */

/* Four rounds. The host keeps the state as (f, e, b, a) and (h, g, d, c), lane 0 first, and does two rounds at a time. */
static void sha256_rounds(struct code *c, const xmm t[3], xmm abcd, xmm efgh, xmm wk)
{
        xmm abef = t[1], cdgh = t[2], w = t[0]; /* w is XMM0, the instruction's third operand */
        x64_v3_i(c, V_SHUFPS, abef, efgh, abcd, 0x11);
        x64_v3_i(c, V_SHUFPS, cdgh, efgh, abcd, 0xbb);
        x64_vmovdqa_rr(c, w, wk);
        x64_sha256(c, SHA256RNDS2, cdgh, abef);
        x64_v2_i(c, V_PSHUFD, w, w, 0xee);
        x64_sha256(c, SHA256RNDS2, abef, cdgh);
}

enum { SHA_FIRST = 1, SHA_SECOND = 2 };

/* SHA256H, SHA256H2 or both; the second result of both goes to cpu.sha256h2. args[0] and [1] change places for SHA256H2. */
static void sha256h(struct emit *e, val v, const struct ir_inst *i, unsigned want, unsigned id)
{
        struct code *c = emit_code(e);
        mem second = mem_cpu(offsetof(struct cpu, sha256h2));
        if (!c->sha || q_unpinned_operands(e, i) == 3) {
                q_by_helper(e, v, i, id);
                return;
        }
        emit_clobber_flags(e);
        xmm args[3], t[3] = { emit_take_q(e, 0) };
        for (int n = 0; n < 3; n++)
                args[n] = emit_use_q(e, i->arg[n]);
        xmm d = emit_def_early_q(e, v);
        if (!q_has_tmps(e, 2)) {
                emit_call_helper_q(e, id, i->esz, i->width, i->aux, d, args, 3);
                return;
        }
        t[1] = emit_tmp_q(e);
        t[2] = emit_tmp_q(e);
        sha256_rounds(c, t, args[want == SHA_SECOND], args[want != SHA_SECOND], args[2]);
        if (want & SHA_SECOND) {
                xmm efgh = want == SHA_SECOND ? d : t[0];
                x64_v3_i(c, V_SHUFPS, efgh, t[1], t[2], 0x11);
                if (want & SHA_FIRST)
                        x64_vmovdqu_mr(c, second, efgh);
        }
        if (want & SHA_FIRST)
                x64_v3_i(c, V_SHUFPS, d, t[1], t[2], 0xbb);
}

void emit_SHA256H(struct emit *e, val v, const struct ir_inst *i) { sha256h(e, v, i, SHA_FIRST, HELP_sha256h); }
void emit_SHA256H2(struct emit *e, val v, const struct ir_inst *i) { sha256h(e, v, i, SHA_SECOND, HELP_sha256h2); }
void emit_SHA256H_BOTH(struct emit *e, val v, const struct ir_inst *i) { sha256h(e, v, i, SHA_FIRST | SHA_SECOND, HELP_sha256h_both); }

void emit_SHA256SU0(struct emit *e, val v, const struct ir_inst *i)
{
        struct code *c = emit_code(e);
        if (!c->sha) {
                q_by_helper(e, v, i, HELP_sha256su0);
                return;
        }
        xmm a = emit_use_q(e, i->arg[0]), b = low_copy(e, emit_use_q(e, i->arg[1])), d = emit_def_early_q(e, v), w = low_result(e, d);
        x64_vmovdqa_rr(c, w, a);
        x64_sha256(c, SHA256MSG1, w, b);
        x64_vmovdqa_rr(c, d, w);
}

void emit_SHA256SU1(struct emit *e, val v, const struct ir_inst *i)
{
        struct code *c = emit_code(e);
        if (!c->sha) {
                q_by_helper(e, v, i, HELP_sha256su1);
                return;
        }
        xmm a = emit_use_q(e, i->arg[0]), b = emit_use_q(e, i->arg[1]), x = low_copy(e, emit_use_q(e, i->arg[2]));
        xmm d = emit_def_early_q(e, v), w = low_result(e, d);
        x64_v3_i(c, V_PALIGNR, w, x, b, 4);
        x64_v3(c, V_PADDD, w, w, a);
        x64_sha256(c, SHA256MSG2, w, x);
        x64_vmovdqa_rr(c, d, w);
}
