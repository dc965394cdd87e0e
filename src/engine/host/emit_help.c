/* Calls of C helpers (fp/helper.h) through the thunks of run/enter.S, which keep all registers but RAX, RCX, RDX and EFLAGS. */
#include "engine/host/alloc.h"
#include "engine/host/emit_ops.h"
#include "engine/host/x64_int.h"
#include "engine/host/x64_vec.h"
#include "engine/run/cpu.h"

#define CPU(field) mem_cpu(offsetof(struct cpu, field))

static void empty_scratch(struct emit *e)
{
        e->gprs.locked = 0;
        emit_take_i(e, R_RAX);
        emit_take_i(e, R_RCX);
        emit_take_i(e, R_RDX);
}

static void int_helper(struct emit *e, const struct ir_inst *i)
{
        emit_clobber_flags(e);
        for (int a = 0; a < 3; a++)
                if (i->arg[a]) {
                        bool wide = emit_inst(e, i->arg[a])->type == IR_I64;
                        gpr r = emit_use_i(e, i->arg[a]);
                        if (!wide) {
                                gpr t = emit_tmp_i(e);
                                x64_mov_rr(e->c, false, t, r);
                                r = t;
                        }
                        x64_mov_mr(e->c, 3, mem_cpu(offsetof(struct cpu, harg) + 8 * (unsigned)a), r);
                        e->gprs.locked = e->gprs.tmp = 0;
                }
        empty_scratch(e);
        x64_mov_ri(e->c, false, RAX, (u32)i->imm);
        x64_call_m(e->c, CPU(thunk_help_i));
}

void emit_HELP_I(struct emit *e, val v, const struct ir_inst *i)
{
        int_helper(e, i);
        emit_result_in(e, v, i->type == IR_I64, RAX);
}

void emit_HELP_V(struct emit *e, val v, const struct ir_inst *i)
{
        (void)v;
        int_helper(e, i);
}

void emit_CRC32(struct emit *e, val v, const struct ir_inst *i)
{
        struct ir_inst call = *i;
        call.imm = i->esz == 0 ? HELP_crc32b : i->esz == 1 ? HELP_crc32h : i->esz == 2 ? HELP_crc32w : HELP_crc32x;
        emit_HELP_I(e, v, &call);
}

void emit_IC_IVAU(struct emit *e, val v, const struct ir_inst *i)
{
        struct ir_inst call = *i;
        (void)v;
        call.imm = HELP_ic_ivau;
        int_helper(e, &call);
}

static u32 pack_how(unsigned id, u8 esz, u8 width, u8 aux)
{
        return id | (u32)(esz | width << 4) << 16 | (u32)aux << 24;
}

static void call_q(struct emit *e, unsigned id, u8 esz, u8 width, u8 aux)
{
        x64_mov_ri(e->c, false, RAX, pack_how(id, esz, width, aux));
        x64_call_m(e->c, CPU(thunk_help_q));
}

/* From cold code: the scratch registers hold values of the block and are kept by hand. */
void emit_call_helper_q(struct emit *e, unsigned id, u8 esz, u8 width, u8 aux, xmm d, const xmm *args, unsigned nargs)
{
        struct code *c = e->c;
        for (unsigned a = 0; a < nargs; a++)
                x64_vmovdqu_mr(c, mem_cpu(offsetof(struct cpu, qarg) + 16 * a), args[a]);
        x64_push(c, RAX);
        x64_push(c, RCX);
        x64_push(c, RDX);
        call_q(e, id, esz, width, aux);
        x64_pop(c, RDX);
        x64_pop(c, RCX);
        x64_pop(c, RAX);
        if (d.n != NO_REG)
                x64_vmovdqu_rm(c, d, CPU(qarg[3]));
}

static void vector_helper(struct emit *e, const struct ir_inst *i)
{
        emit_clobber_flags(e);
        for (unsigned a = 0; a < 3; a++)
                if (i->arg[a]) {
                        if (emit_inst(e, i->arg[a])->type == IR_Q)
                                x64_vmovdqu_mr(e->c, mem_cpu(offsetof(struct cpu, qarg) + 16 * a), emit_use_q(e, i->arg[a]));
                        else
                                x64_mov_mr(e->c, 3, mem_cpu(offsetof(struct cpu, harg) + 8 * a), emit_use_i(e, i->arg[a]));
                        e->gprs.locked = e->xmms.locked = 0;
                }
        empty_scratch(e);
        call_q(e, (unsigned)i->imm, i->esz, i->width, i->aux);
}

void emit_HELP_Q(struct emit *e, val v, const struct ir_inst *i)
{
        vector_helper(e, i);
        x64_vmovdqu_rm(e->c, emit_def_early_q(e, v), CPU(qarg[3]));
}

void emit_HELP_IQ(struct emit *e, val v, const struct ir_inst *i)
{
        vector_helper(e, i);
        e->gprs.tmp = 0;
        x64_mov_rm(e->c, i->type == IR_I64 ? 3 : 2, emit_def_early_i(e, v), CPU(hret));
}

/* Vectors have no CMOV: a short branch over a move. */
void emit_QSELECT(struct emit *e, val v, const struct ir_inst *i)
{
        unsigned form = emit_need_flags(e, i->arg[2]);
        struct x64_cond k = emit_cond(e, i->aux, form);
        xmm a = emit_use_q(e, i->arg[0]), b = emit_use_q(e, i->arg[1]), d = emit_def_early_q(e, v);
        if ((i->aux & 14) == C_AL) {
                x64_vmovdqa_rr(e->c, d, a);
                return;
        }
        /* start with the one that needs no second test to be kept */
        bool b_first = k.parity != PARITY_AND_CLEAR;
        x64_vmovdqa_rr(e->c, d, b_first ? b : a);
        if (k.parity == PARITY_NO) {
                u8 *skip = x64_jcc8(e->c, k.cc ^ 1);
                x64_vmovdqa_rr(e->c, d, a);
                x64_patch8(e->c, skip);
                return;
        }
        unsigned cc = b_first ? k.cc : k.cc ^ 1u;
        u8 *parity = x64_jcc8(e->c, CC_P), *skip = x64_jcc8(e->c, cc ^ 1u);
        x64_patch8(e->c, parity);
        x64_vmovdqa_rr(e->c, d, b_first ? a : b);
        x64_patch8(e->c, skip);
}
