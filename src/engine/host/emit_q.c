#include "engine/host/emit_q.h"

#include "base/out.h"
#include "engine/host/alloc.h"

struct vmask q_mask(unsigned esz, unsigned width)
{
        if (width == W_128 || esz < 2)
                return K_NONE;
        return width == W_64 && esz == 2 ? K2_Z : K1_Z;
}

void q_trunc(struct code *c, unsigned esz, unsigned width, xmm d, xmm s)
{
        if (width == W_128)
                x64_vmovdqa_rr(c, d, s);
        else if (width == W_64 || esz == 3)
                x64_vmovq_rr(c, d, s);
        else if (esz == 2)
                x64_v3_i(c, V_INSERTPS, d, s, s, 0x0e);
        else {
                x64_vbyteshift(c, true, d, s, 16 - (1u << esz));
                x64_vbyteshift(c, false, d, d, 16 - (1u << esz));
        }
}

/* The form of a bitwise or wide instruction that takes a mask of 64-bit lanes. */
static enum x64_vop maskable(enum x64_vop op)
{
        return op == V_PAND ? V_PANDQ : op == V_PXOR ? V_PXORQ : op;
}

void q_op3(struct code *c, enum x64_vop op, unsigned esz, unsigned width, xmm d, xmm a, xmm b)
{
        struct vmask k = q_mask(esz, width);
        if (c->avx512 && k.k) {
                x64_v3_k(c, esz == 3 ? maskable(op) : op, d, a, b, k);
                return;
        }
        x64_v3(c, op, d, a, b);
        if (width != W_128)
                q_trunc(c, esz, width, d, d);
}

bool q_has(const struct code *c, enum x64_vop op)
{
        return op != V_COUNT && (c->avx512 || x64_v_has_vex(op));
}

void q_by_helper(struct emit *e, val v, const struct ir_inst *i, unsigned id)
{
        struct ir_inst call = *i;
        call.imm = id;
        if (i->type == IR_Q)
                emit_HELP_Q(e, v, &call);
        else
                emit_HELP_IQ(e, v, &call);
}

void q_binary(struct emit *e, val v, const struct ir_inst *i, const u16 ops[4], unsigned id)
{
        struct code *c = emit_code(e);
        if (!q_has(c, ops[i->esz])) {
                q_by_helper(e, v, i, id);
                return;
        }
        xmm a = emit_use_q(e, i->arg[0]), b = emit_use_q(e, i->arg[1]), d = emit_def_q(e, v);
        q_op3(c, ops[i->esz], i->esz, i->width, d, a, b);
}

void q_broadcast32(struct code *c, gpr t, xmm d, u32 pattern)
{
        x64_mov_ri(c, false, t, pattern);
        if (c->avx512) {
                x64_v_from_gpr(c, V_PBROADCASTD_G, d, t);
                return;
        }
        x64_vmovd_xr(c, false, d, t);
        x64_v2(c, V_PBROADCASTD, d, d);
}

void q_const128(struct code *c, gpr t, xmm d, u64 low, u64 high)
{
        if (!low && !high) {
                x64_vzero(c, d);
                return;
        }
        if (low == ~0ull && high == ~0ull) {
                x64_vones(c, d);
                return;
        }
        x64_mov_ri(c, true, t, low);
        if (low == high && c->avx512) {
                x64_v_from_gpr(c, V_PBROADCASTQ_G, d, t);
                return;
        }
        x64_vmovd_xr(c, true, d, t);
        if (low == high) {
                x64_v3(c, V_PUNPCKLQDQ, d, d, d);
        } else if (high) {
                x64_mov_ri(c, true, t, high);
                x64_v_insert(c, 3, d, d, t, 1);
        }
}

static unsigned free_scratch(struct emit *e)
{
        unsigned n = 0;
        for (unsigned s = 0; s < e->xmms.count; s++)
                n += !((e->xmms.locked | e->xmms.tmp) >> s & 1);
        return n;
}

unsigned q_unpinned_operands(struct emit *e, const struct ir_inst *i)
{
        unsigned n = 0;
        for (int a = 0; a < 3; a++)
                n += i->arg[a] && (!emit_in_reg(e, i->arg[a]) || emit_value(e, i->arg[a])->reg < MAX_SCRATCH);
        return n;
}

bool q_has_tmps(struct emit *e, unsigned n) { return free_scratch(e) >= n; }

struct q_loan q_borrow(struct emit *e, const xmm *busy, unsigned count, unsigned slot)
{
        if (q_has_tmps(e, 1))
                return (struct q_loan){ emit_tmp_q(e), false };
        for (u8 r = 15; r > 3; r--) {
                bool used = false;
                for (unsigned n = 0; n < count; n++)
                        used |= busy[n].n == r;
                if (!used) {
                        x64_vmovdqu_mr(emit_code(e), mem_cpu(offsetof(struct cpu, qarg) + 16 * slot), XMM(r));
                        return (struct q_loan){ XMM(r), true };
                }
        }
        check(!"a register to borrow");
}

void q_return(struct emit *e, struct q_loan l, unsigned slot)
{
        if (l.borrowed)
                x64_vmovdqu_rm(emit_code(e), l.r, mem_cpu(offsetof(struct cpu, qarg) + 16 * slot));
}

/* Is register r the place of a value that v was computed from, a few steps back? */
static bool derived_from(struct emit *e, val v, unsigned r, int depth)
{
        const struct ir_inst *i = emit_inst(e, v);
        for (int n = 0; n < 3; n++) {
                val a = i->arg[n];
                if (a && emit_inst(e, a)->type == IR_Q && (emit_value(e, a)->reg == r || (depth && derived_from(e, a, r, depth - 1))))
                        return true;
        }
        return false;
}

xmm q_before_trap(struct emit *e, const struct ir_inst *i, xmm d)
{
        for (int n = 0; d.n > 3 && n < 3; n++)
                if (i->arg[n] && emit_inst(e, i->arg[n])->type == IR_Q && derived_from(e, i->arg[n], d.n, 2))
                        return emit_tmp_q(e); /* there is one: d took none */
        return d;
}

struct cold_helper {
        u16 id;
        u8 esz, width, aux, count;
        xmm d, args[3];
};

static void cold_helper(struct emit *e, void *arg)
{
        struct cold_helper *h = arg;
        emit_call_helper_q(e, h->id, h->esz, h->width, h->aux, h->d, h->args, h->count);
}

void q_cold_helper(struct emit *e, unsigned cc, unsigned id, const struct ir_inst *i, xmm d, const xmm *args, unsigned count)
{
        struct cold_helper *h = emit_cold_arg(e, sizeof *h);
        *h = (struct cold_helper){ .id = (u16)id, .esz = i->esz, .width = i->width, .aux = i->aux, .count = (u8)count, .d = d };
        for (unsigned n = 0; n < count; n++)
                h->args[n] = args[n];
        emit_cold_resume(e, emit_jcc_cold(e, cc, cold_helper, h));
}
