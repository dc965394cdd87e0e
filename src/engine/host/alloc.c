#include "engine/host/alloc.h"

#include "base/out.h"
#include "engine/host/bank.h"
#include "engine/host/x64_int.h"
#include "engine/ir/facts.h"

struct code *emit_code(struct emit *e) { return e->c; }
const struct ir_inst *emit_inst(struct emit *e, val v) { return &e->b->inst[v]; }
struct value *emit_value(struct emit *e, val v) { return &e->values[v]; }
const struct ir_uses *emit_uses(struct emit *e, val v) { return &e->b->uses[v]; }
bool emit_in_reg(struct emit *e, val v) { return e->values[v].reg != NO_REG; }

bool emit_const(struct emit *e, val v, i64 *k)
{
        const struct ir_inst *i = emit_inst(e, v);
        *k = i->imm;
        return i->op == IR_CONST;
}

bool emit_near(struct emit *e, gaddr target)
{
        i64 d = (i64)(target - (u64)e->c->p);
        return d == (i32)d && d > INT32_MIN + 65536 && d < INT32_MAX - 65536;
}

/* ADRP reaches 4 GiB, RIP-relative addressing 2: the rest is absolute, which ties such a block to this process. */
void emit_guest_address(struct emit *e, gpr d, gaddr target)
{
        if (emit_near(e, target)) {
                x64_lea(e->c, true, d, mem_rip(target));
        } else {
                x64_mov_ri(e->c, true, d, target);
                e->out->absolute = true;
        }
}

gpr emit_use_i(struct emit *e, val v) { return (gpr){ (u8)bank_use(e, &e->gprs, v) }; }
xmm emit_use_q(struct emit *e, val v) { return XMM((u8)bank_use(e, &e->xmms, v)); }

/* The pinned register that the result of v may be computed in: the one it is SET to next, when nothing in between looks. */
static unsigned pinned_target(struct emit *e, struct bank *k, val v)
{
        unsigned at = emit_uses(e, v)->set_at;
        if (!at || at > v + 12u)
                return NO_REG;
        unsigned guest = emit_inst(e, (val)at)->aux, host = bank_pinned(k, guest);
        if (host == NO_REG)
                return NO_REG;
        for (unsigned i = v + 1u; i < at; i++) {
                const struct ir_inst *n = emit_inst(e, (val)i);
                bool same = (n->op == (k->vector ? IR_GET_Q : IR_GET_X) || n->op == (k->vector ? IR_SET_Q : IR_SET_X)) && n->aux == guest;
                if (same || ir_facts[n->op] & IR_MAY_FAULT || n->op == IR_INSN)
                        return NO_REG;
        }
        for (u32 a = 0; a < k->active_count; a++) {
                val other = k->active[a];
                if (e->values[other].reg == host && value_last_use(e, other) > e->cur)
                        return NO_REG;
        }
        return host;
}

static bool is_operand_reg(struct emit *e, val v, unsigned reg)
{
        const struct ir_inst *i = emit_inst(e, v);
        for (int a = 0; a < 3; a++)
                if (i->arg[a] && e->values[i->arg[a]].reg == reg)
                        return true;
        return false;
}

static unsigned def(struct emit *e, struct bank *k, val v, bool early)
{
        struct value *x = &e->values[v];
        unsigned host = pinned_target(e, k, v);
        if (host != NO_REG && !(early && is_operand_reg(e, v, host))) {
                x->reg = (u8)host;
                bank_activate(e, k, v, emit_inst(e, emit_uses(e, v)->set_at)->aux);
                return host;
        }
        int s = -1;
        if (!early) /* an operand's scratch register that dies here */
                for (unsigned i = 0; i < k->count && s < 0; i++)
                        if ((k->locked >> i & 1) && !(k->tmp >> i & 1) && k->owner[i] && value_last_use(e, k->owner[i]) <= e->cur)
                                s = (int)i;
        if (s < 0)
                s = (int)bank_take(e, k);
        bank_hold(k, (unsigned)s, v);
        k->locked |= (u8)(1 << s);
        x->reg = (u8)s;
        return x->reg;
}

gpr emit_def_i(struct emit *e, val v) { return (gpr){ (u8)def(e, &e->gprs, v, false) }; }
xmm emit_def_q(struct emit *e, val v) { return XMM((u8)def(e, &e->xmms, v, false)); }
gpr emit_def_early_i(struct emit *e, val v) { return (gpr){ (u8)def(e, &e->gprs, v, true) }; }
xmm emit_def_early_q(struct emit *e, val v) { return XMM((u8)def(e, &e->xmms, v, true)); }

gpr emit_tmp_i(struct emit *e) { return (gpr){ (u8)bank_tmp(e, &e->gprs) }; }
xmm emit_tmp_q(struct emit *e) { return XMM((u8)bank_tmp(e, &e->xmms)); }

static void take_fixed(struct emit *e, struct bank *k, unsigned host)
{
        check(bank_is_scratch(k, host) && !((k->tmp | k->locked) >> host & 1));
        bank_vacate(e, k, host);
        k->tmp |= (u8)(1 << host);
}

gpr emit_take_i(struct emit *e, unsigned host)
{
        take_fixed(e, &e->gprs, host);
        return (gpr){ (u8)host };
}

xmm emit_take_q(struct emit *e, unsigned host)
{
        take_fixed(e, &e->xmms, host);
        return XMM((u8)host);
}

void emit_release_i(struct emit *e, val v)
{
        struct bank *k = &e->gprs;
        unsigned s = e->values[v].reg;
        if (bank_is_scratch(k, s) && k->owner[s] == v)
                k->locked &= (u8)~(1 << s);
}

void emit_result_in(struct emit *e, val v, bool w, gpr r)
{
        e->gprs.tmp = e->gprs.locked = 0;
        emit_take_i(e, r.n);
        x64_mov_rr(e->c, w, emit_def_early_i(e, v), r);
}

bool emit_mem_home(struct emit *e, val v, mem *m)
{
        const struct value *x = &e->values[v];
        if (x->reg != NO_REG || (x->home != HOME_CPU && x->home != HOME_SPILL))
                return false;
        *m = bank_home(bank_of(e, v), x->home, x->slot);
        return true;
}
