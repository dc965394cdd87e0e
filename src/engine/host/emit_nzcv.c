/* Operations that make NZCV or take it apart. */
#include "base/out.h"
#include "engine/host/alloc.h"
#include "engine/host/emit_ops.h"
#include "engine/host/x64_int.h"
#include "engine/host/x64_vec.h"
#include "engine/run/cpu.h"

static bool is64(const struct ir_inst *i) { return i->type == IR_I64; }

static bool imm32(struct emit *e, val v, bool w, i32 *k)
{
        i64 c;
        if (!emit_const(e, v, &c))
                return false;
        *k = (i32)c;
        return w ? c == (i32)c : true;
}

/* The result of an operation whose integer part nobody reads still needs a register to be written to. */
static gpr result_reg(struct emit *e, val v)
{
        return emit_uses(e, v)->last[AS_VALUE] ? emit_def_i(e, v) : emit_tmp_i(e);
}

/* d := a op b with op's flags, the old flags being dead or an input that is in EFLAGS. */
static void arith(struct emit *e, val v, const struct ir_inst *i, enum x64_alu op)
{
        bool w = is64(i);
        i32 k;
        gpr a = emit_use_i(e, i->arg[0]);
        if (imm32(e, i->arg[1], w, &k)) {
                gpr d = result_reg(e, v);
                if (d.n != a.n)
                        x64_mov_rr(e->c, w, d, a);
                x64_alu_ri(e->c, op, w, d, k);
                return;
        }
        gpr b = emit_use_i(e, i->arg[1]);
        gpr d = emit_uses(e, v)->last[AS_VALUE] ? emit_def_i(e, v) : emit_tmp_i(e);
        if (d.n == b.n && d.n != a.n) {
                if (op == ALU_SUB || op == ALU_SBB) {
                        /* b stands in d: go through harg so that the flags are those of a - b */
                        x64_mov_mr(e->c, 3, mem_cpu(offsetof(struct cpu, harg)), b);
                        x64_mov_rr(e->c, w, d, a);
                        x64_alu_rm(e->c, op, w, d, mem_cpu(offsetof(struct cpu, harg)));
                } else
                        x64_alu_rr(e->c, op, w, d, a);
                return;
        }
        if (d.n != a.n)
                x64_mov_rr(e->c, w, d, a);
        x64_alu_rr(e->c, op, w, d, b);
}

static void compare(struct emit *e, const struct ir_inst *i)
{
        bool w = is64(i);
        i32 k;
        mem m;
        gpr a = emit_use_i(e, i->arg[0]);
        if (imm32(e, i->arg[1], w, &k)) {
                if (k == 0)
                        x64_test_rr(e->c, w, a, a); /* CF = OF = 0: the same as after a - 0 */
                else
                        x64_alu_ri(e->c, ALU_CMP, w, a, k);
        } else if (emit_mem_home(e, i->arg[1], &m))
                x64_alu_rm(e->c, ALU_CMP, w, a, m);
        else
                x64_alu_rr(e->c, ALU_CMP, w, a, emit_use_i(e, i->arg[1]));
}

void emit_ADDS(struct emit *e, val v, const struct ir_inst *i)
{
        emit_clobber_flags(e);
        arith(e, v, i, ALU_ADD);
        emit_set_flags(e, v, FORM_ADD);
}

void emit_SUBS(struct emit *e, val v, const struct ir_inst *i)
{
        emit_clobber_flags(e);
        if (emit_uses(e, v)->last[AS_VALUE])
                arith(e, v, i, ALU_SUB);
        else
                compare(e, i);
        emit_set_flags(e, v, FORM_SUB);
}

/* CF as the carry (or, for SBB, its inverse) of flags f. */
static void carry_in(struct emit *e, val f, enum flags_form wanted)
{
        unsigned form = emit_need_flags(e, f);
        if (form == FORM_FCMP) { /* C is not in CF alone: take it through memory */
                emit_clobber_flags(e);
                emit_save_flags(e);
                form = emit_need_flags(e, f);
        }
        if (form != wanted) {
                x64_cmc(e->c);
                e->flags_form = (u8)wanted;
        }
}

static void with_carry(struct emit *e, val v, const struct ir_inst *i, enum x64_alu op, enum flags_form form, bool sets)
{
        carry_in(e, i->arg[2], form);
        if (!e->flags_saved && emit_uses(e, e->flags_val)->last[AS_FLAGS] > e->cur) {
                emit_save_flags(e);
                carry_in(e, i->arg[2], form);
        }
        arith(e, v, i, op);
        if (sets)
                emit_set_flags(e, v, form);
        else
                e->flags_form = FORM_NONE;
}

void emit_ADCS(struct emit *e, val v, const struct ir_inst *i) { with_carry(e, v, i, ALU_ADC, FORM_ADD, true); }
void emit_SBCS(struct emit *e, val v, const struct ir_inst *i) { with_carry(e, v, i, ALU_SBB, FORM_SUB, true); }
void emit_ADC(struct emit *e, val v, const struct ir_inst *i) { with_carry(e, v, i, ALU_ADC, FORM_ADD, false); }
void emit_SBC(struct emit *e, val v, const struct ir_inst *i) { with_carry(e, v, i, ALU_SBB, FORM_SUB, false); }

void emit_ANDS(struct emit *e, val v, const struct ir_inst *i)
{
        bool w = is64(i);
        i32 k;
        emit_clobber_flags(e);
        if (emit_uses(e, v)->last[AS_VALUE])
                arith(e, v, i, ALU_AND);
        else if (imm32(e, i->arg[1], w, &k))
                x64_test_ri(e->c, w, emit_use_i(e, i->arg[0]), (u32)k);
        else {
                gpr a = emit_use_i(e, i->arg[0]);
                x64_test_rr(e->c, w, a, emit_use_i(e, i->arg[1]));
        }
        emit_set_flags(e, v, FORM_ADD);
}

void emit_BICS(struct emit *e, val v, const struct ir_inst *i)
{
        emit_clobber_flags(e);
        gpr a = emit_use_i(e, i->arg[0]), b = emit_use_i(e, i->arg[1]);
        x64_andn(e->c, is64(i), result_reg(e, v), b, a);
        emit_set_flags(e, v, FORM_ADD);
}

static void ucomis(struct emit *e, const struct ir_inst *i, bool signalling)
{
        xmm a = emit_use_q(e, i->arg[0]), b = emit_use_q(e, i->arg[1]);
        if (signalling)
                x64_vcomis(e->c, i->esz, a, b);
        else
                x64_vucomis(e->c, i->esz, a, b);
}

void emit_FCMP(struct emit *e, val v, const struct ir_inst *i)
{
        emit_clobber_flags(e);
        ucomis(e, i, i->aux & 1);
        emit_set_flags(e, v, FORM_FCMP);
}

/* AX in the saved form for an immediate NZCV. */
static u32 packed_nzcv(i64 nzcv)
{
        return (u32)((nzcv >> 3 & 1) << 15 | (nzcv >> 2 & 1) << 14 | (nzcv >> 1 & 1) << 8 | (nzcv & 1));
}

/* Branch over the compare when the condition fails; both ways leave flags of the same form. */
static u8 *skip_unless(struct emit *e, enum ir_cond cond, unsigned form, u8 **second)
{
        struct x64_cond k = emit_cond(e, cond, form);
        *second = NULL;
        if (k.parity == PARITY_NO)
                return x64_jcc8(e->c, k.cc ^ 1);
        if (k.parity == PARITY_AND_CLEAR) {
                *second = x64_jcc8(e->c, CC_P);
                return x64_jcc8(e->c, k.cc ^ 1);
        }
        u8 *parity = x64_jcc8(e->c, CC_P), *met = x64_jcc8(e->c, k.cc); /* either: condition holds */
        u8 *fails = x64_jmp8(e->c);
        x64_patch8(e->c, parity);
        x64_patch8(e->c, met);
        return fails;
}

static void flags_from_imm(struct emit *e, i64 nzcv, enum flags_form form)
{
        u32 ax = packed_nzcv(nzcv);
        if (form == FORM_SUB)
                ax ^= 1 << 8;
        x64_mov_ri(e->c, false, RAX, ax);
        x64_byte(e->c, 0x04); /* ADD AL, 0x7f: OF from bit 0 */
        x64_byte(e->c, 0x7f);
        x64_sahf(e->c);
}

/* Bring an operand into a register before the branches, so that both ways find the same allocation. */
static void conditional_compare(struct emit *e, val v, const struct ir_inst *i, bool negated)
{
        bool w = is64(i), always = (i->aux & 14) == C_AL;
        enum flags_form out = negated ? FORM_ADD : FORM_SUB;
        i32 k = 0;
        unsigned form = emit_need_flags(e, i->arg[2]);
        if (!e->flags_saved && emit_uses(e, e->flags_val)->last[AS_FLAGS] > e->cur) {
                emit_save_flags(e);
                form = emit_need_flags(e, i->arg[2]);
        }
        bool imm = imm32(e, i->arg[1], w, &k);
        gpr ax = emit_take_i(e, R_RAX);
        gpr a = emit_use_i(e, i->arg[0]), b = imm ? ax : emit_use_i(e, i->arg[1]);
        u8 *fails = NULL, *second = NULL;
        if (!always)
                fails = skip_unless(e, i->aux, form, &second);
        if (negated) {
                x64_mov_rr(e->c, w, ax, a);
                if (imm)
                        x64_alu_ri(e->c, ALU_ADD, w, ax, k);
                else
                        x64_alu_rr(e->c, ALU_ADD, w, ax, b);
        } else if (imm)
                x64_alu_ri(e->c, ALU_CMP, w, a, k);
        else
                x64_alu_rr(e->c, ALU_CMP, w, a, b);
        if (!always) {
                u8 *done = x64_jmp8(e->c);
                x64_patch8(e->c, fails);
                if (second)
                        x64_patch8(e->c, second);
                flags_from_imm(e, i->imm, out);
                x64_patch8(e->c, done);
        }
        emit_set_flags(e, v, out);
}

void emit_CCMP(struct emit *e, val v, const struct ir_inst *i) { conditional_compare(e, v, i, false); }
void emit_CCMN(struct emit *e, val v, const struct ir_inst *i) { conditional_compare(e, v, i, true); }

/* Both ways end with the flags in memory: an immediate NZCV need not be one that UCOMIS can leave. */
void emit_FCCMP(struct emit *e, val v, const struct ir_inst *i)
{
        bool always = (i->aux & 14) == C_AL, guest = emit_uses(e, v)->guest_flags;
        mem home = mem_cpu(guest ? offsetof(struct cpu, nzcv) : offsetof(struct cpu, nzcv_tmp));
        unsigned form = emit_need_flags(e, i->arg[2]);
        emit_take_i(e, R_RAX);
        emit_use_q(e, i->arg[0]);
        emit_use_q(e, i->arg[1]);
        u8 *fails = NULL, *second = NULL;
        if (!always)
                fails = skip_unless(e, i->aux, form, &second);
        emit_note(e, false); /* the compare may trap, and the test of the condition may have complemented the carry */
        e->gprs.tmp = 0;
        ucomis(e, i, i->imm >> 4 & 1);
        emit_set_flags(e, v, FORM_FCMP);
        emit_save_flags(e);
        if (!always) {
                u8 *done = x64_jmp8(e->c);
                x64_patch8(e->c, fails);
                if (second)
                        x64_patch8(e->c, second);
                x64_mov_mi(e->c, 1, home, (i16)packed_nzcv(i->imm & 15));
                x64_patch8(e->c, done);
        }
        emit_flags_in_memory(e, v);
}

void emit_GET_NZCV(struct emit *e, val v, const struct ir_inst *i)
{
        (void)i;
        if (!e->flags_val) {
                emit_flags_in_memory(e, v);
                return;
        }
        emit_save_flags(e); /* only when flags were set and the lifter did not take those */
        emit_flags_in_memory(e, v);
}

/* The value's flags become the guest's: nothing moves (ir_dead has noted who will look). */
void emit_SET_NZCV(struct emit *e, val v, const struct ir_inst *i)
{
        (void)v;
        check(i->arg[0] == e->flags_val);
}

/* Bits of the saved form in PEXT order: V, C, Z, N. */
enum { NZCV_BITS = 0xc101 };

void emit_NZCV_TO_X(struct emit *e, val v, const struct ir_inst *i)
{
        emit_need_flags(e, i->arg[0]);
        emit_save_flags(e);
        e->flags_form = FORM_NONE;
        gpr d = emit_def_i(e, v), t = emit_tmp_i(e);
        bool guest = emit_uses(e, i->arg[0])->guest_flags || emit_inst(e, i->arg[0])->op == IR_GET_NZCV;
        x64_mov_rm(e->c, 1, d, mem_cpu(guest ? offsetof(struct cpu, nzcv) : offsetof(struct cpu, nzcv_tmp)));
        x64_mov_ri(e->c, false, t, NZCV_BITS);
        x64_pext(e->c, false, d, d, t);
        x64_shift_ri(e->c, SH_SHL, false, d, 28);
}

void emit_NZCV_FROM_X(struct emit *e, val v, const struct ir_inst *i)
{
        bool guest = emit_uses(e, v)->guest_flags;
        emit_clobber_flags(e);
        gpr a = emit_use_i(e, i->arg[0]), t = emit_tmp_i(e), m = emit_tmp_i(e);
        x64_mov_rr(e->c, false, t, a);
        x64_shift_ri(e->c, SH_SHR, false, t, 28);
        x64_mov_ri(e->c, false, m, NZCV_BITS);
        x64_pdep(e->c, false, t, t, m);
        x64_mov_mr(e->c, 1, mem_cpu(guest ? offsetof(struct cpu, nzcv) : offsetof(struct cpu, nzcv_tmp)), t);
        emit_flags_in_memory(e, v);
}
