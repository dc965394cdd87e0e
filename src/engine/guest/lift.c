#include "engine/guest/lift.h"
#include "engine/guest/a64_lift.h"

enum { SP = 31, ZR = 31 };

/* The low half alone says nothing about the rest, and is not remembered. */
static val get_register(struct lift *l, unsigned sf, unsigned n)
{
        struct known *k = &l->x[n];
        val v;

        if (k->v && k->type == type_of(sf))
                return k->v;
        if (k->v && !sf)
                return ir_op1(l->b, IR_TRUNC, IR_I32, k->v);
        if (k->v)
                return ir_emit(l->b, (struct ir_inst){ .op = IR_ZEXT, .type = IR_I64, .esz = 2, .arg = { k->v } });
        v = ir_emit(l->b, (struct ir_inst){ .op = IR_GET_X, .type = type_of(sf), .aux = n });
        if (sf)
                *k = (struct known){ v, IR_I64 };
        return v;
}

static void set_register(struct lift *l, unsigned n, val v)
{
        u8 type = l->b->inst[v].type;

        ir_emit(l->b, (struct ir_inst){ .op = IR_SET_X, .type = type, .aux = n, .arg = { v } });
        l->x[n] = (struct known){ v, type };
}

val get_x(struct lift *l, unsigned sf, unsigned n)
{
        return n == ZR ? ir_const(l->b, type_of(sf), 0) : get_register(l, sf, n);
}

void set_x(struct lift *l, unsigned sf, unsigned n, val v)
{
        if (n != ZR)
                set_register(l, n, v);
}

val get_x_sp(struct lift *l, unsigned sf, unsigned n)
{
        return get_register(l, sf, n);
}

void set_x_sp(struct lift *l, unsigned sf, unsigned n, val v)
{
        set_register(l, n, v);
}

bool put_x(struct lift *l, unsigned sf, unsigned n, val v)
{
        set_x(l, sf, n, v);
        return true;
}

val get_v(struct lift *l, unsigned n)
{
        if (!l->q[n])
                l->q[n] = ir_emit(l->b, (struct ir_inst){ .op = IR_GET_Q, .type = IR_Q, .width = W_128, .aux = n });
        return l->q[n];
}

void set_v(struct lift *l, unsigned n, val q)
{
        ir_emit(l->b, (struct ir_inst){ .op = IR_SET_Q, .type = IR_Q, .width = W_128, .aux = n, .arg = { q } });
        l->q[n] = q;
}

val get_nzcv(struct lift *l)
{
        if (!l->nzcv)
                l->nzcv = ir_op1(l->b, IR_GET_NZCV, IR_I32, 0);
        return l->nzcv;
}

void set_nzcv(struct lift *l, val flags)
{
        ir_op1(l->b, IR_SET_NZCV, IR_VOID, flags);
        l->nzcv = flags;
}

void lift_end(struct lift *l, struct ir_inst exit)
{
        ir_emit(l->b, exit);
        l->ended = true;
}

void lift_exit(struct lift *l, gaddr to)
{
        lift_end(l, (struct ir_inst){ .op = IR_EXIT, .imm = (i64)to });
}

/* The top byte is ignored: bit 55 says which half of the address space is meant. */
val lift_untagged(struct lift *l, val base)
{
        return ir_emit(l->b, (struct ir_inst){ .op = IR_SBFX, .type = IR_I64, .aux = 56, .arg = { base } });
}

val lift_address(struct lift *l, val base)
{
        return l->site & SITE_TAGGED ? lift_untagged(l, base) : base;
}
