/* A64 exceptions, hints, barriers, cache maintenance, system registers. */
#include "a64_decode.h"
#include "engine/fp/helper.h"
#include "engine/guest/a64_id.h"
#include "engine/guest/a64_lift.h"

bool a64_SVC(struct lift *l, const struct a64_SVC *f)
{
        (void)f;
        lift_end(l, (struct ir_inst){ .op = IR_EXIT_SVC, .imm = (i64)l->pc + 4 });
        return true;
}

bool a64_BRK(struct lift *l, const struct a64_BRK *f)
{
        (void)f;
        lift_end(l, (struct ir_inst){ .op = IR_EXIT_TRAP, .aux = TRAP_BRK, .imm = (i64)l->pc });
        return true;
}

bool a64_HINT(struct lift *l, const struct a64_HINT *f)
{
        (void)l;
        (void)f;
        return true;
}

bool a64_CLREX(struct lift *l, const struct a64_CLREX *f)
{
        (void)f;
        ir_op1(l->b, IR_CLREX, IR_VOID, 0);
        return true;
}

/* CRm<1:0>: 1 orders loads, 2 stores; everything else is taken as a full barrier. */
static bool barrier(struct lift *l, unsigned crm)
{
        unsigned types = crm & 3;
        ir_opi(l->b, IR_FENCE, IR_VOID, 0, types == 3 ? 0 : types);
        return true;
}

bool a64_DMB(struct lift *l, const struct a64_DMB *f)
{
        return barrier(l, f->crm);
}

bool a64_DSB(struct lift *l, const struct a64_DSB *f)
{
        return barrier(l, f->crm);
}

/* Code after it must be seen as it is now: a new block. */

bool a64_ISB(struct lift *l, const struct a64_ISB *f)
{
        (void)f;
        lift_exit(l, l->pc + 4);
        return true;
}

bool a64_SB(struct lift *l, const struct a64_SB *f)
{
        (void)l;
        (void)f;
        return true;
}

/* Guest memory is the host's, whose caches are coherent: cleaning does nothing. */

bool a64_DC_CVAC(struct lift *l, const struct a64_DC_CVAC *f)
{
        (void)l;
        (void)f;
        return true;
}

bool a64_DC_CVAU(struct lift *l, const struct a64_DC_CVAU *f)
{
        (void)l;
        (void)f;
        return true;
}

bool a64_DC_CVAP(struct lift *l, const struct a64_DC_CVAP *f)
{
        (void)l;
        (void)f;
        return true;
}

bool a64_DC_CIVAC(struct lift *l, const struct a64_DC_CIVAC *f)
{
        (void)l;
        (void)f;
        return true;
}

static bool at_address(struct lift *l, enum ir_op op, unsigned rt)
{
        val a = lift_address(l, get_x(l, 1, rt));
        ir_op1(l->b, op, IR_VOID, a);
        return true;
}

bool a64_DC_ZVA(struct lift *l, const struct a64_DC_ZVA *f)
{
        return at_address(l, IR_DC_ZVA, f->rt);
}

bool a64_IC_IVAU(struct lift *l, const struct a64_IC_IVAU *f)
{
        return at_address(l, IR_IC_IVAU, f->rt);
}

static val call_helper(struct lift *l, enum helper_id id)
{
        return ir_opi(l->b, IR_HELP_I, IR_I64, 0, id);
}

static bool read_register(struct lift *l, unsigned reg, val *v)
{
        u64 constant;
        switch (reg) {
        case SYS_NZCV:
                *v = ir_op1(l->b, IR_NZCV_TO_X, IR_I64, get_nzcv(l));
                return true;
        case SYS_FPCR:
                *v = call_helper(l, HELP_get_fpcr);
                return true;
        case SYS_FPSR:
                *v = call_helper(l, HELP_get_fpsr);
                return true;
        case SYS_TPIDR_EL0:
                *v = ir_emit(l->b, (struct ir_inst){ .op = IR_GET_CTX, .type = IR_I64, .esz = 3, .imm = offsetof(struct cpu, tpidr) });
                return true;
        case SYS_CNTVCT_EL0:
                *v = call_helper(l, HELP_get_cntvct);
                return true;
        default:
                if (!a64_constant_register(reg, &constant))
                        return false;
                *v = ir_const(l->b, IR_I64, constant);
                return true;
        }
}

bool a64_MRS(struct lift *l, const struct a64_MRS *f)
{
        val v;
        return read_register(l, f->reg, &v) && put_x(l, 1, f->rt, v);
}

static void call_setter(struct lift *l, enum helper_id id, val v)
{
        ir_opi(l->b, IR_HELP_V, IR_VOID, v, id);
}

bool a64_MSR(struct lift *l, const struct a64_MSR *f)
{
        val v = get_x(l, 1, f->rt);
        switch (f->reg) {
        case SYS_NZCV:
                set_nzcv(l, ir_op1(l->b, IR_NZCV_FROM_X, IR_I64, v));
                return true;
        case SYS_FPCR:
                call_setter(l, HELP_set_fpcr, v);
                lift_exit(l, l->pc + 4); /* what follows may be lifted differently now */
                return true;
        case SYS_FPSR:
                call_setter(l, HELP_set_fpsr, v);
                lift_exit(l, l->pc + 4);
                return true;
        case SYS_TPIDR_EL0:
                ir_emit(l->b, (struct ir_inst){ .op = IR_SET_CTX, .type = IR_I64, .esz = 3, .arg = { v }, .imm = offsetof(struct cpu, tpidr) });
                return true;
        default:
                return false;
        }
}
