/* GET and SET of guest registers: a value that equals one stands in its pinned register or its home in the CPU state. */
#include "base/out.h"
#include "engine/host/bank.h"
#include "engine/host/x64_int.h"

/* GET_X, GET_Q, CONST, ADDR: nothing is emitted, the value is where it is. */
void emit_get(struct emit *e, val v, const struct ir_inst *i)
{
        struct value *x = &e->values[v];
        struct bank *k = bank_of(e, v);
        if (i->op == IR_CONST || i->op == IR_ADDR) {
                x->home = i->op == IR_CONST ? HOME_CONST : HOME_ADDR;
                return;
        }
        x->reg = (u8)bank_pinned(k, i->aux);
        if (x->reg == NO_REG) {
                x->home = HOME_CPU;
                x->slot = i->aux;
        }
        bank_activate(e, k, v, i->aux);
}

/* v, which stands for the old content of a guest register, goes to a scratch register or stays where it also is. */
static void move_away(struct emit *e, struct bank *k, val v, unsigned guest, unsigned host)
{
        struct value *x = &e->values[v];
        if (host == NO_REG ? x->reg != NO_REG : x->home != HOME_NONE) {
                if (host == NO_REG)
                        x->home = HOME_NONE;
                else
                        x->reg = NO_REG;
                return;
        }
        unsigned s = bank_take(e, k);
        if (host == NO_REG)
                bank_load(e, k, s, bank_home(k, HOME_CPU, guest));
        else
                bank_move(e, k, s, host);
        bank_hold(k, s, v);
        x->reg = (u8)s;
        x->home = HOME_NONE;
}

/* Values that still stand for the old content of a guest register are moved away before it changes; `except` is its new content. */
static void preserve_old(struct emit *e, struct bank *k, unsigned guest, val except)
{
        unsigned host = bank_pinned(k, guest);
        u32 kept = 0;
        if (!(k->aliased >> guest & 1))
                return;
        k->aliased &= ~(1u << guest);
        for (u32 a = 0; a < k->active_count; a++) {
                val v = k->active[a];
                const struct value *x = &e->values[v];
                if (value_last_use(e, v) <= e->cur)
                        continue;
                k->active[kept++] = v;
                if (host == NO_REG ? x->home != HOME_CPU || x->slot != guest : x->reg != host)
                        continue;
                if (v == except)
                        k->aliased |= 1u << guest;
                else
                        move_away(e, k, v, guest, host);
        }
        k->active_count = kept;
}

/* Is the register of v known to have a zero upper half? Aliases of a whole guest register are not. */
static bool zero_extended(struct emit *e, val v)
{
        const struct ir_inst *i = emit_inst(e, v);
        return i->type == IR_I32 && i->op != IR_GET_X && i->op != IR_TRUNC;
}

static void relocate(struct emit *e, struct bank *k, val v, unsigned reg, unsigned guest)
{
        struct value *x = &e->values[v];
        if (bank_is_scratch(k, x->reg))
                bank_let_go(k, x->reg);
        x->reg = (u8)reg;
        bank_activate(e, k, v, guest);
}

static void set_pinned(struct emit *e, struct bank *k, const struct ir_inst *i, unsigned host, bool whole)
{
        val a = i->arg[0];
        struct value *x = &e->values[a];
        if (x->reg == host) {
                if (!whole)
                        x64_mov_rr(e->c, false, (gpr){ (u8)host }, (gpr){ (u8)host });
                return;
        }
        if (x->reg == NO_REG && whole) {
                bank_materialise(e, k, a, host);
                relocate(e, k, a, host, i->aux);
                return;
        }
        unsigned reg = bank_use(e, k, a);
        if (whole)
                bank_move(e, k, host, reg);
        else
                x64_mov_rr(e->c, false, (gpr){ (u8)host }, (gpr){ (u8)reg });
        if (whole && bank_is_scratch(k, reg))
                relocate(e, k, a, host, i->aux);
}

static void set_home(struct emit *e, struct bank *k, const struct ir_inst *i, bool whole)
{
        val a = i->arg[0];
        struct value *x = &e->values[a];
        mem m = bank_home(k, HOME_CPU, i->aux);
        const struct ir_inst *n = emit_inst(e, a);
        if (x->home == HOME_CPU && x->slot == i->aux && whole)
                return; /* its own content */
        if (n->op == IR_CONST && n->imm == (i32)n->imm && x->reg == NO_REG && whole) {
                x64_mov_mi(e->c, 3, m, (i32)n->imm);
                return;
        }
        unsigned reg = bank_use(e, k, a);
        if (!whole) {
                unsigned t = bank_tmp(e, k);
                x64_mov_rr(e->c, false, (gpr){ (u8)t }, (gpr){ (u8)reg });
                reg = t;
        }
        bank_store(e, k, m, reg);
        if (whole && (x->home == HOME_NONE || x->home == HOME_SPILL)) {
                x->home = HOME_CPU;
                x->slot = i->aux;
                bank_activate(e, k, a, i->aux);
        }
}

void emit_set(struct emit *e, const struct ir_inst *i)
{
        struct bank *k = i->op == IR_SET_Q ? &e->xmms : &e->gprs;
        unsigned host = bank_pinned(k, i->aux);
        bool whole = k->vector || i->type == IR_I64 || zero_extended(e, i->arg[0]); /* else the low half of the value is SET */
        preserve_old(e, k, i->aux, whole ? i->arg[0] : 0);
        if (host != NO_REG)
                set_pinned(e, k, i, host, whole);
        else
                set_home(e, k, i, whole);
}
