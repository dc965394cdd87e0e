/* Plain loads and stores, and moves between guest registers and the CPU state. */
#include "engine/host/alloc.h"
#include "engine/host/emit_ops.h"
#include "engine/host/x64_int.h"
#include "engine/host/x64_vec.h"
#include "engine/run/cpu.h"

void emit_GET_X(struct emit *e, val v, const struct ir_inst *i) { emit_get(e, v, i); }
void emit_GET_Q(struct emit *e, val v, const struct ir_inst *i) { emit_get(e, v, i); }
void emit_CONST(struct emit *e, val v, const struct ir_inst *i) { emit_get(e, v, i); }
void emit_ADDR(struct emit *e, val v, const struct ir_inst *i) { emit_get(e, v, i); }
void emit_SET_X(struct emit *e, val v, const struct ir_inst *i) { (void)v; emit_set(e, i); }
void emit_SET_Q(struct emit *e, val v, const struct ir_inst *i) { (void)v; emit_set(e, i); }

void emit_INSN(struct emit *e, val v, const struct ir_inst *i)
{
        (void)v;
        e->insn = (u16)((u64)(i->imm - (i64)e->b->pc) / 4);
        emit_note(e, !i->aux);
}

void emit_GET_CTX(struct emit *e, val v, const struct ir_inst *i)
{
        x64_mov_rm(e->c, i->esz, emit_def_i(e, v), mem_cpu((size_t)i->imm));
}

void emit_GET_CTX_Q(struct emit *e, val v, const struct ir_inst *i)
{
        x64_vmovdqu_rm(e->c, emit_def_q(e, v), mem_cpu((size_t)i->imm));
}

void emit_SET_CTX(struct emit *e, val v, const struct ir_inst *i)
{
        (void)v;
        x64_mov_mr(e->c, i->esz, mem_cpu((size_t)i->imm), emit_use_i(e, i->arg[0]));
}

/* a + (b << aux) + imm as one memory operand. A constant address or a scale beyond 3 takes a register of its own. */
mem emit_address(struct emit *e, const struct ir_inst *i)
{
        const struct ir_inst *a = emit_inst(e, i->arg[0]);
        if (a->op == IR_ADDR && !i->arg[1] && emit_near(e, (gaddr)(a->imm + i->imm)))
                return mem_rip((u64)(a->imm + i->imm));
        if (i->arg[1] && i->aux > 3)
                emit_clobber_flags(e);
        gpr base = emit_use_i(e, i->arg[0]);
        if (!i->arg[1])
                return mem_bd(base, i->imm);
        gpr index = emit_use_i(e, i->arg[1]);
        if (i->aux <= 3)
                return mem_bisd(base, index, i->aux, i->imm);
        gpr t = emit_tmp_i(e);
        x64_mov_rr(e->c, true, t, index);
        x64_shift_ri(e->c, SH_SHL, true, t, i->aux);
        return mem_bisd(base, t, 0, i->imm);
}

void emit_LD(struct emit *e, val v, const struct ir_inst *i)
{
        mem m = emit_address(e, i);
        x64_mov_rm(e->c, i->esz, emit_def_i(e, v), m);
}

void emit_LDS(struct emit *e, val v, const struct ir_inst *i)
{
        bool w = i->type == IR_I64;
        mem m = emit_address(e, i);
        gpr d = emit_def_i(e, v);
        if (i->esz == 3 || (i->esz == 2 && !w))
                x64_mov_rm(e->c, i->esz, d, m);
        else
                x64_movsx_rm(e->c, i->esz, w, d, m);
}

void emit_ST(struct emit *e, val v, const struct ir_inst *i)
{
        i64 k;
        (void)v;
        mem m = emit_address(e, i);
        if (emit_const(e, i->arg[2], &k) && !emit_in_reg(e, i->arg[2]) && k == (i32)k)
                x64_mov_mi(e->c, i->esz, m, (i32)k);
        else
                x64_mov_mr(e->c, i->esz, m, emit_use_i(e, i->arg[2]));
}

void emit_LDQ(struct emit *e, val v, const struct ir_inst *i)
{
        mem m = emit_address(e, i);
        if (i->esz >= 2) {
                x64_vload(e->c, i->esz, emit_def_q(e, v), m);
                return;
        }
        gpr t = emit_tmp_i(e);
        x64_mov_rm(e->c, i->esz, t, m);
        x64_vmovd_xr(e->c, false, emit_def_q(e, v), t);
}

void emit_STQ(struct emit *e, val v, const struct ir_inst *i)
{
        (void)v;
        mem m = emit_address(e, i);
        xmm s = emit_use_q(e, i->arg[2]);
        x64_vstore(e->c, i->esz, m, s);
}

/* An exchange is a full barrier and cheaper than a store and a fence. */
void emit_ST_REL(struct emit *e, val v, const struct ir_inst *i)
{
        (void)v;
        mem m = emit_address(e, i);
        gpr s = emit_use_i(e, i->arg[2]), t = emit_tmp_i(e);
        x64_mov_rr(e->c, true, t, s);
        x64_xchg_mr(e->c, i->esz, m, t);
}

/* A locked operation on the stack orders all that MFENCE orders for ordinary memory, and costs half. */
void emit_FENCE(struct emit *e, val v, const struct ir_inst *i)
{
        (void)v;
        if (i->imm)
                return;
        emit_clobber_flags(e);
        x64_alu_mi(e->c, ALU_OR, 2, mem_bd(RSP, 0), 0, true);
}

void emit_PREFETCH(struct emit *e, val v, const struct ir_inst *i)
{
        (void)v;
        x64_prefetch(e->c, mem_bd(emit_use_i(e, i->arg[0]), i->imm), i->aux);
}

void emit_DC_ZVA(struct emit *e, val v, const struct ir_inst *i)
{
        (void)v;
        emit_clobber_flags(e);
        gpr a = emit_use_i(e, i->arg[0]), t = emit_tmp_i(e);
        xmm z = emit_tmp_q(e);
        x64_mov_rr(e->c, true, t, a);
        x64_alu_ri(e->c, ALU_AND, true, t, -64);
        x64_vzero(e->c, z);
        for (int n = 0; n < 64; n += 16)
                x64_vmovdqu_mr(e->c, mem_bd(t, n), z);
}
