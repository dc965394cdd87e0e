/* Exclusives as compare-and-swap against the loaded value, LSE atomics as locked instructions. */
#include "engine/host/alloc.h"
#include "engine/host/emit_ops.h"
#include "engine/host/x64_int.h"
#include "engine/host/x64_vec.h"
#include "engine/run/cpu.h"

#define CPU(field) mem_cpu(offsetof(struct cpu, field))

void emit_LDX(struct emit *e, val v, const struct ir_inst *i)
{
        gpr a = emit_use_i(e, i->arg[0]), d = emit_def_early_i(e, v);
        x64_mov_rm(e->c, i->esz, d, mem_bd(a, 0));
        x64_mov_mr(e->c, 3, CPU(excl_addr), a);
        x64_mov_mr(e->c, 3, CPU(excl_val), d);
}

void emit_CLREX(struct emit *e, val v, const struct ir_inst *i)
{
        (void)v, (void)i;
        x64_mov_mi(e->c, 3, CPU(excl_addr), -1);
}

/* The operands of a compare-and-swap: address a, new value b, each out of RAX, which is taken. */
static gpr cas_operands(struct emit *e, val a, val b, gpr *ra, gpr *rb)
{
        emit_clobber_flags(e);
        gpr ax = emit_take_i(e, R_RAX);
        *ra = emit_use_i(e, a);
        *rb = emit_use_i(e, b);
        return ax;
}

/* The status: 1 when EFLAGS say "not equal". */
static void status(struct emit *e, val v)
{
        e->gprs.tmp = 0;
        e->gprs.locked = 0;
        gpr d = emit_uses(e, v)->last[AS_VALUE] ? emit_def_early_i(e, v) : emit_tmp_i(e);
        x64_setcc(e->c, CC_NE, d);
        x64_movzx_rr(e->c, 0, d, d);
        x64_mov_mi(e->c, 3, CPU(excl_addr), -1);
}

void emit_STX(struct emit *e, val v, const struct ir_inst *i)
{
        gpr a, b, ax = cas_operands(e, i->arg[0], i->arg[1], &a, &b);
        x64_alu_rm(e->c, ALU_CMP, true, a, CPU(excl_addr));
        u8 *lost = x64_jcc8(e->c, CC_NE);
        x64_mov_rm(e->c, 3, ax, CPU(excl_val));
        x64_lock_cmpxchg(e->c, i->esz, mem_bd(a, 0), b);
        x64_patch8(e->c, lost);
        status(e, v);
}

/* Aligned 16-byte vector moves are single-copy atomic on every processor with AVX (Intel SDM 8.1.1; AMD APM 2, 7.3.2). */
void emit_LDXP(struct emit *e, val v, const struct ir_inst *i)
{
        emit_clobber_flags(e);
        gpr a = emit_use_i(e, i->arg[0]), d = emit_def_early_i(e, v), t = emit_tmp_i(e);
        if (i->esz == 2) {
                x64_mov_rm(e->c, 3, t, mem_bd(a, 0));
                x64_mov_mr(e->c, 3, CPU(excl_addr), a);
                x64_mov_mr(e->c, 3, CPU(excl_val), t);
                x64_mov_rr(e->c, false, d, t);
                x64_shift_ri(e->c, SH_SHR, true, t, 32);
                x64_mov_mr(e->c, 3, CPU(excl_hi), t);
                return;
        }
        xmm q = emit_tmp_q(e);
        x64_vmovdqa_rm(e->c, q, mem_bd(a, 0));
        x64_mov_mr(e->c, 3, CPU(excl_addr), a);
        x64_vmovdqu_mr(e->c, CPU(excl_val), q); /* excl_val and excl_hi */
        x64_vmovd_rx(e->c, true, d, q);
}

/*
 * CMPXCHG16B on [RCX's copy] wants RDX:RAX and RCX:RBX, and RBX is a guest's. A locked OR of nothing comes first, so that a fault
 * happens while RBX still holds the guest's value.
 */
static void swap_pair(struct emit *e, gpr addr, mem expected_lo, mem expected_hi, mem new_lo, mem new_hi)
{
        struct code *c = e->c;
        (void)addr;
        x64_mov_rm(c, 3, RAX, CPU(harg));
        x64_alu_mi(c, ALU_OR, 2, mem_bd(RAX, 0), 0, true);
        x64_mov_mr(c, 3, CPU(harg[2]), (gpr){ R_RBX });
        x64_mov_mr(c, 3, CPU(harg[3]), (gpr){ R_RDI });
        x64_mov_rr(c, true, (gpr){ R_RDI }, RAX);
        x64_mov_rm(c, 3, (gpr){ R_RBX }, new_lo);
        x64_mov_rm(c, 3, RCX, new_hi);
        x64_mov_rm(c, 3, RAX, expected_lo);
        x64_mov_rm(c, 3, RDX, expected_hi);
        x64_lock_cmpxchg16b(c, mem_bd((gpr){ R_RDI }, 0));
        x64_mov_rm(c, 3, (gpr){ R_RBX }, CPU(harg[2]));
        x64_mov_rm(c, 3, (gpr){ R_RDI }, CPU(harg[3]));
}

static void take_all(struct emit *e)
{
        e->gprs.locked = 0;
        emit_take_i(e, R_RAX);
        emit_take_i(e, R_RCX);
        emit_take_i(e, R_RDX);
}

void emit_STXP(struct emit *e, val v, const struct ir_inst *i)
{
        struct code *c = e->c;
        emit_clobber_flags(e);
        x64_mov_mr(c, 3, CPU(harg), emit_use_i(e, i->arg[0]));
        x64_mov_mr(c, 3, CPU(pair[0]), emit_use_i(e, i->arg[1]));
        x64_mov_mr(c, 3, CPU(pair[1]), emit_use_i(e, i->arg[2]));
        take_all(e);
        x64_mov_rm(c, 3, RAX, CPU(harg));
        x64_alu_rm(c, ALU_CMP, true, RAX, CPU(excl_addr));
        u8 *lost = x64_jcc(c, CC_NE);
        if (i->esz == 3)
                swap_pair(e, RAX, CPU(excl_val), CPU(excl_hi), CPU(pair[0]), CPU(pair[1]));
        else {
                x64_mov_rr(c, true, RDX, RAX);
                x64_mov_rm(c, 2, RAX, CPU(pair[0]));
                x64_mov_rm(c, 2, RCX, CPU(pair[1]));
                x64_shift_ri(c, SH_SHL, true, RCX, 32);
                x64_alu_rr(c, ALU_OR, true, RCX, RAX);
                x64_mov_rm(c, 3, RAX, CPU(excl_val));
                x64_lock_cmpxchg(c, 3, mem_bd(RDX, 0), RCX);
        }
        x64_patch(c, lost, c->p);
        status(e, v);
}

void emit_AT_CASP(struct emit *e, val v, const struct ir_inst *i)
{
        struct code *c = e->c;
        (void)v;
        emit_clobber_flags(e);
        x64_mov_mr(c, 3, CPU(harg), emit_use_i(e, i->arg[0]));
        take_all(e);
        if (i->esz == 3) {
                swap_pair(e, RAX, CPU(pair[0]), CPU(pair[1]), CPU(pair[2]), CPU(pair[3]));
                x64_mov_mr(c, 3, CPU(pair[0]), RAX);
                x64_mov_mr(c, 3, CPU(pair[1]), RDX);
                return;
        }
        x64_mov_rm(c, 2, RCX, CPU(pair[2]));
        x64_mov_rm(c, 2, RDX, CPU(pair[3]));
        x64_shift_ri(c, SH_SHL, true, RDX, 32);
        x64_alu_rr(c, ALU_OR, true, RCX, RDX);
        x64_mov_rm(c, 2, RAX, CPU(pair[0]));
        x64_mov_rm(c, 2, RDX, CPU(pair[1]));
        x64_shift_ri(c, SH_SHL, true, RDX, 32);
        x64_alu_rr(c, ALU_OR, true, RAX, RDX);
        x64_mov_rm(c, 3, RDX, CPU(harg));
        x64_lock_cmpxchg(c, 3, mem_bd(RDX, 0), RCX);
        x64_mov_rr(c, false, RCX, RAX);
        x64_mov_mr(c, 3, CPU(pair[0]), RCX);
        x64_shift_ri(c, SH_SHR, true, RAX, 32);
        x64_mov_mr(c, 3, CPU(pair[1]), RAX);
}

/* A sub-word old value in a register, zero-extended to the value's type. */
static void zero_extend(struct emit *e, unsigned esz, gpr r)
{
        if (esz < 2)
                x64_movzx_rr(e->c, esz, r, r);
        else if (esz == 2)
                x64_mov_rr(e->c, false, r, r);
}

static void old_value(struct emit *e, val v, unsigned esz, gpr r)
{
        if (!emit_uses(e, v)->last[AS_VALUE])
                return;
        zero_extend(e, esz, r);
        emit_result_in(e, v, true, r);
}

void emit_AT_CAS(struct emit *e, val v, const struct ir_inst *i)
{
        struct code *c = e->c;
        emit_clobber_flags(e);
        x64_mov_mr(c, 3, CPU(harg), emit_use_i(e, i->arg[1]));
        e->gprs.locked = 0;
        gpr ax = emit_take_i(e, R_RAX);
        gpr a = emit_use_i(e, i->arg[0]), n = emit_use_i(e, i->arg[2]);
        x64_mov_rm(c, 3, ax, CPU(harg));
        x64_lock_cmpxchg(c, i->esz, mem_bd(a, 0), n);
        old_value(e, v, i->esz, ax);
}

void emit_AT_SWP(struct emit *e, val v, const struct ir_inst *i)
{
        gpr a = emit_use_i(e, i->arg[0]), b = emit_use_i(e, i->arg[1]), t = emit_tmp_i(e);
        x64_mov_rr(e->c, true, t, b);
        x64_xchg_mr(e->c, i->esz, mem_bd(a, 0), t);
        old_value(e, v, i->esz, t);
}

void emit_AT_ADD(struct emit *e, val v, const struct ir_inst *i)
{
        emit_clobber_flags(e);
        gpr a = emit_use_i(e, i->arg[0]), b = emit_use_i(e, i->arg[1]);
        if (!emit_uses(e, v)->last[AS_VALUE]) {
                x64_alu_mr(e->c, ALU_ADD, i->esz, mem_bd(a, 0), b, true);
                return;
        }
        gpr t = emit_tmp_i(e);
        x64_mov_rr(e->c, true, t, b);
        x64_lock_xadd(e->c, i->esz, mem_bd(a, 0), t);
        old_value(e, v, i->esz, t);
}

/* new = old op b by a compare-and-swap loop: RAX holds old, a scratch register new. */
static void cas_loop(struct emit *e, val v, const struct ir_inst *i, void (*combine)(struct emit *e, unsigned esz, gpr new, gpr b))
{
        struct code *c = e->c;
        emit_clobber_flags(e);
        x64_mov_mr(c, 3, CPU(harg), emit_use_i(e, i->arg[0]));
        x64_mov_mr(c, 3, CPU(harg[1]), emit_use_i(e, i->arg[1]));
        take_all(e);
        x64_mov_rm(c, 3, RDX, CPU(harg));
        x64_mov_rm(c, i->esz, RAX, mem_bd(RDX, 0));
        u8 *again = c->p;
        x64_mov_rr(c, true, RCX, RAX);
        combine(e, i->esz, RCX, RDX);
        x64_mov_rm(c, 3, RDX, CPU(harg));
        x64_lock_cmpxchg(c, i->esz, mem_bd(RDX, 0), RCX);
        x64_patch(c, x64_jcc(c, CC_NE), again);
        old_value(e, v, i->esz, RAX);
}

static void combine_clr(struct emit *e, unsigned esz, gpr n, gpr b)
{
        (void)esz;
        x64_mov_rm(e->c, 3, b, CPU(harg[1]));
        x64_andn(e->c, true, n, b, n);
}

static void combine_eor(struct emit *e, unsigned esz, gpr n, gpr b)
{
        (void)esz, (void)b;
        x64_alu_rm(e->c, ALU_XOR, true, n, CPU(harg[1]));
}

static void combine_set(struct emit *e, unsigned esz, gpr n, gpr b)
{
        (void)esz, (void)b;
        x64_alu_rm(e->c, ALU_OR, true, n, CPU(harg[1]));
}

/* n := b when b wins: compared after the extension of both to 64 bits. The low bits stored are the same either way. */
static void combine_minmax(struct emit *e, unsigned esz, gpr n, gpr b, bool is_signed, enum x64_cc b_wins)
{
        if (is_signed && esz < 3) {
                x64_movsx_rr(e->c, esz, true, n, n);
                x64_movsx_rm(e->c, esz, true, b, CPU(harg[1]));
        } else {
                zero_extend(e, esz, n);
                x64_mov_rm(e->c, esz, b, CPU(harg[1]));
        }
        x64_alu_rr(e->c, ALU_CMP, true, b, n);
        x64_cmov(e->c, b_wins, true, n, b);
}

static void combine_smax(struct emit *e, unsigned esz, gpr n, gpr b) { combine_minmax(e, esz, n, b, true, CC_G); }
static void combine_smin(struct emit *e, unsigned esz, gpr n, gpr b) { combine_minmax(e, esz, n, b, true, CC_L); }
static void combine_umax(struct emit *e, unsigned esz, gpr n, gpr b) { combine_minmax(e, esz, n, b, false, CC_A); }
static void combine_umin(struct emit *e, unsigned esz, gpr n, gpr b) { combine_minmax(e, esz, n, b, false, CC_B); }

void emit_AT_CLR(struct emit *e, val v, const struct ir_inst *i) { cas_loop(e, v, i, combine_clr); }
void emit_AT_EOR(struct emit *e, val v, const struct ir_inst *i) { cas_loop(e, v, i, combine_eor); }
void emit_AT_SET(struct emit *e, val v, const struct ir_inst *i) { cas_loop(e, v, i, combine_set); }
void emit_AT_SMAX(struct emit *e, val v, const struct ir_inst *i) { cas_loop(e, v, i, combine_smax); }
void emit_AT_SMIN(struct emit *e, val v, const struct ir_inst *i) { cas_loop(e, v, i, combine_smin); }
void emit_AT_UMAX(struct emit *e, val v, const struct ir_inst *i) { cas_loop(e, v, i, combine_umax); }
void emit_AT_UMIN(struct emit *e, val v, const struct ir_inst *i) { cas_loop(e, v, i, combine_umin); }
