/* A64 branches: Arm ARM C4.1.94. */
#include "a64_decode.h"
#include "engine/guest/a64_lift.h"

static gaddr next_pc(const struct lift *l)
{
        return l->pc + 4;
}

static gaddr target(const struct lift *l, i64 words)
{
        return l->pc + (u64)(words * 4);
}

/*
 * op (on v, with aux) ? go `words` instructions on : continue. The block goes on, too, for compilers put the likely way there;
 * but behind a loop it ends.
 */
static bool branch_if(struct lift *l, enum ir_op op, enum ir_type type, unsigned aux, val v, i64 words)
{
        ir_emit(l->b, (struct ir_inst){ .op = op, .type = type, .aux = aux, .arg = { v }, .imm = (i64)target(l, words) });
        if (words <= 0 || ++l->leaves == MAX_LEAVES)
                lift_exit(l, next_pc(l));
        return true;
}

static void set_link(struct lift *l)
{
        set_x(l, 1, 30, ir_opi(l->b, IR_ADDR, IR_I64, 0, (i64)next_pc(l)));
}

bool a64_B(struct lift *l, const struct a64_B *f)
{
        lift_exit(l, target(l, f->imm));
        return true;
}

bool a64_BL(struct lift *l, const struct a64_BL *f)
{
        set_link(l);
        lift_end(l, (struct ir_inst){ .op = IR_EXIT_CALL, .imm = (i64)target(l, f->imm), .imm2 = (i64)next_pc(l) });
        return true;
}

bool a64_B_cond(struct lift *l, const struct a64_B_cond *f)
{
        if (!is_always(f->cond))
                return branch_if(l, IR_LEAVE_COND, IR_I32, f->cond, get_nzcv(l), f->imm);
        lift_exit(l, target(l, f->imm));
        return true;
}

bool a64_CBZ(struct lift *l, const struct a64_CBZ *f)
{
        return branch_if(l, IR_LEAVE_ZERO, type_of(f->sf), 0, get_x(l, f->sf, f->rt), f->imm);
}

bool a64_CBNZ(struct lift *l, const struct a64_CBNZ *f)
{
        return branch_if(l, IR_LEAVE_NONZERO, type_of(f->sf), 0, get_x(l, f->sf, f->rt), f->imm);
}

bool a64_TBZ(struct lift *l, const struct a64_TBZ *f)
{
        unsigned sf = f->bit >= 32;
        return branch_if(l, IR_LEAVE_BIT0, type_of(sf), f->bit, get_x(l, sf, f->rt), f->imm);
}

bool a64_TBNZ(struct lift *l, const struct a64_TBNZ *f)
{
        unsigned sf = f->bit >= 32;
        return branch_if(l, IR_LEAVE_BIT1, type_of(sf), f->bit, get_x(l, sf, f->rt), f->imm);
}

bool a64_BR(struct lift *l, const struct a64_BR *f)
{
        lift_end(l, (struct ir_inst){ .op = IR_EXIT_IND, .type = IR_I64, .arg = { get_x(l, 1, f->rn) } });
        return true;
}

bool a64_BLR(struct lift *l, const struct a64_BLR *f)
{
        val to = get_x(l, 1, f->rn);
        set_link(l);
        lift_end(l, (struct ir_inst){ .op = IR_EXIT_CALL_IND, .type = IR_I64, .arg = { to }, .imm2 = (i64)next_pc(l) });
        return true;
}

bool a64_RET(struct lift *l, const struct a64_RET *f)
{
        lift_end(l, (struct ir_inst){ .op = IR_EXIT_RET, .type = IR_I64, .arg = { get_x(l, 1, f->rn) } });
        return true;
}
