#include "engine/guest/a64_lift.h"

enum { MAX_SCALE = 3 };

struct mem mem_offset(struct lift *l, unsigned rn, i64 disp)
{
        val old = get_x_sp(l, 1, rn);
        return (struct mem){ .base = lift_address(l, old), .disp = disp, .rn = rn, .old = old };
}

struct mem mem_pre(struct lift *l, unsigned rn, i64 disp)
{
        struct mem m = mem_offset(l, rn, disp);
        m.writeback = true;
        m.step = disp;
        return m;
}

struct mem mem_post(struct lift *l, unsigned rn, i64 step)
{
        struct mem m = mem_offset(l, rn, 0);
        m.writeback = true;
        m.step = step;
        return m;
}

static val get_index(struct lift *l, unsigned rm, unsigned option)
{
        bool is_signed = option >> 1, is_64 = option & 1;
        if (is_64)
                return get_x(l, 1, rm);
        val w = get_x(l, 0, rm);
        return ir_emit(l->b, (struct ir_inst){ .op = is_signed ? IR_SEXT : IR_ZEXT, .type = IR_I64, .esz = 2, .arg = { w } });
}

struct mem mem_register(struct lift *l, unsigned rn, unsigned rm, unsigned option, unsigned shift)
{
        struct mem m = { .base = get_x_sp(l, 1, rn), .index = get_index(l, rm, option), .scale = shift, .rn = rn };
        if (m.scale > MAX_SCALE) {
                m.index = ir_opi(l->b, IR_SHL_I, IR_I64, m.index, shift);
                m.scale = 0;
        }
        /* Either register may carry the tag: only their sum can be cleaned. */
        if (l->site & SITE_TAGGED)
                m = (struct mem){ .base = lift_address(l, mem_base(l, &m)), .rn = rn };
        return m;
}

struct mem mem_literal(struct lift *l, i64 words)
{
        return (struct mem){ .base = ir_opi(l->b, IR_ADDR, IR_I64, 0, (i64)l->pc + words * 4) };
}

val mem_load(struct lift *l, const struct mem *m, enum ir_op op, enum ir_type type, unsigned esz, i64 extra)
{
        return ir_emit(l->b, (struct ir_inst){ .op = op, .type = type, .esz = esz, .aux = m->scale, .width = W_128,
                                               .arg = { m->base, m->index }, .imm = m->disp + extra });
}

void mem_store(struct lift *l, const struct mem *m, enum ir_op op, enum ir_type type, unsigned esz, val v, i64 extra)
{
        ir_emit(l->b, (struct ir_inst){ .op = op, .type = type, .esz = esz, .aux = m->scale, .width = W_128,
                                        .arg = { m->base, m->index, v }, .imm = m->disp + extra });
}

val mem_base(struct lift *l, const struct mem *m)
{
        if (!m->index)
                return m->base;
        val index = m->scale ? ir_opi(l->b, IR_SHL_I, IR_I64, m->index, m->scale) : m->index;
        return ir_op2(l->b, IR_ADD, IR_I64, m->base, index);
}

void mem_finish(struct lift *l, const struct mem *m)
{
        if (!m->writeback)
                return;
        val step = ir_const(l->b, IR_I64, (u64)m->step);
        set_x_sp(l, 1, m->rn, ir_op2(l->b, IR_ADD, IR_I64, m->old, step));
}
