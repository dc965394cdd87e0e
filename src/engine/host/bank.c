#include "engine/host/bank.h"

#include "base/out.h"
#include "engine/host/x64_int.h"
#include "engine/host/x64_vec.h"
#include "engine/run/cpu.h"

mem bank_home(const struct bank *k, enum home home, unsigned slot)
{
        if (home == HOME_SPILL)
                return k->vector ? mem_cpu(offsetof(struct cpu, spill_q) + 16 * slot) : mem_cpu(offsetof(struct cpu, spill) + 8 * slot);
        return k->vector ? mem_cpu(offsetof(struct cpu, v) + 16 * slot) : mem_cpu(offsetof(struct cpu, x) + 8 * slot);
}

void bank_move(struct emit *e, const struct bank *k, unsigned to, unsigned from)
{
        if (k->vector)
                x64_vmovdqa_rr(e->c, XMM((u8)to), XMM((u8)from));
        else
                x64_mov_rr(e->c, true, (gpr){ (u8)to }, (gpr){ (u8)from });
}

void bank_load(struct emit *e, const struct bank *k, unsigned to, mem m)
{
        if (k->vector)
                x64_vmovdqu_rm(e->c, XMM((u8)to), m);
        else
                x64_mov_rm(e->c, 3, (gpr){ (u8)to }, m);
}

void bank_store(struct emit *e, const struct bank *k, mem m, unsigned from)
{
        if (k->vector)
                x64_vmovdqu_mr(e->c, m, XMM((u8)from));
        else
                x64_mov_mr(e->c, 3, m, (gpr){ (u8)from });
}

/* Forget values that nobody reads any more. */
void bank_prune(struct emit *e, struct bank *k)
{
        u32 kept = 0;
        for (u32 a = 0; a < k->active_count; a++)
                if (value_last_use(e, k->active[a]) >= e->cur)
                        k->active[kept++] = k->active[a];
        k->active_count = kept;
}

/* v is in the home of a guest register from now on. */
void bank_activate(struct emit *e, struct bank *k, val v, unsigned guest)
{
        if (k->active_count >= MANY_ACTIVE)
                bank_prune(e, k);
        check(k->active_count < IR_MAX_INSTS);
        k->active[k->active_count++] = v;
        k->aliased |= 1u << guest;
}

static unsigned free_spill_slot(struct emit *e, struct bank *k, val v)
{
        unsigned s = 0;
        for (; s < k->spill_count; s++) {
                const struct value *owner = &e->values[k->spill[s]];
                if (value_last_use(e, k->spill[s]) < e->cur || owner->home != HOME_SPILL || owner->slot != s)
                        break;
        }
        check(s < SPILL_SLOTS);
        if (s == k->spill_count)
                k->spill_count++;
        k->spill[s] = v;
        return s;
}

/* Empty a scratch register: its value stays reachable in its home, else in a spill slot. */
void bank_vacate(struct emit *e, struct bank *k, unsigned s)
{
        val v = k->owner[s];
        if (!v)
                return;
        struct value *x = &e->values[v];
        bank_let_go(k, s);
        if (x->reg != s)
                return;
        x->reg = NO_REG;
        if (x->home == HOME_NONE && value_last_use(e, v) >= e->cur) {
                x->slot = (u16)free_spill_slot(e, k, v);
                x->home = HOME_SPILL;
                bank_store(e, k, bank_home(k, HOME_SPILL, x->slot), s);
        }
}

unsigned bank_take(struct emit *e, struct bank *k)
{
        int best = -1;
        unsigned farthest = 0;
        for (unsigned s = 0; s < k->count; s++) {
                if ((k->locked | k->tmp) >> s & 1)
                        continue;
                val v = k->owner[s];
                if (!v || value_last_use(e, v) < e->cur) {
                        best = (int)s;
                        break;
                }
                unsigned next = value_last_use(e, v);
                if (e->values[v].home != HOME_NONE) /* costs no store */
                        next += IR_MAX_INSTS;
                if (best < 0 || next > farthest) {
                        best = (int)s;
                        farthest = next;
                }
        }
        check(best >= 0);
        bank_vacate(e, k, (unsigned)best);
        return (unsigned)best;
}

static void lock_reg(struct bank *k, unsigned reg)
{
        if (bank_is_scratch(k, reg))
                k->locked |= (u8)(1 << reg);
}

void bank_materialise(struct emit *e, struct bank *k, val v, unsigned reg)
{
        struct value *x = &e->values[v];
        const struct ir_inst *i = emit_inst(e, v);
        if (x->home == HOME_CONST)
                x64_mov_ri(e->c, i->type == IR_I64, (gpr){ (u8)reg }, (u64)i->imm);
        else if (x->home == HOME_ADDR)
                emit_guest_address(e, (gpr){ (u8)reg }, (gaddr)i->imm);
        else {
                check(x->home != HOME_NONE);
                bank_load(e, k, reg, bank_home(k, x->home, x->slot));
        }
}

unsigned bank_use(struct emit *e, struct bank *k, val v)
{
        struct value *x = &e->values[v];
        if (x->reg == NO_REG) {
                unsigned s = bank_take(e, k);
                bank_materialise(e, k, v, s);
                bank_hold(k, s, v);
                x->reg = (u8)s;
        }
        lock_reg(k, x->reg);
        return x->reg;
}

unsigned bank_tmp(struct emit *e, struct bank *k)
{
        unsigned s = bank_take(e, k);
        k->tmp |= (u8)(1 << s);
        return s;
}
