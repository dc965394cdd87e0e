/* Integer arithmetic and logic that sets no flags: LEA, BMI2 shifts and moves where guest flags live in EFLAGS. */
#include "engine/host/alloc.h"
#include "engine/host/emit_ops.h"
#include "engine/host/x64_int.h"
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

static bool flags_live(struct emit *e)
{
        return e->flags_form != FORM_NONE && !e->flags_saved && emit_uses(e, e->flags_val)->last[AS_FLAGS] > e->cur;
}

/* d := a, then `op d, b` with b a constant, a memory home or a register. */
static void alu(struct emit *e, val v, const struct ir_inst *i, enum x64_alu op)
{
        bool w = is64(i);
        val a = i->arg[0], b = i->arg[1];
        i32 k;
        mem m;
        i64 ignored;

        if (op != ALU_SUB && emit_const(e, a, &ignored)) { /* constants to the right: all but SUB commute */
                a = i->arg[1];
                b = i->arg[0];
        }
        emit_clobber_flags(e);
        gpr ra = emit_use_i(e, a);
        if (imm32(e, b, w, &k)) {
                gpr d = emit_def_i(e, v);
                if (d.n != ra.n)
                        x64_mov_rr(e->c, w, d, ra);
                x64_alu_ri(e->c, op, w, d, k);
        } else if (a != b && emit_mem_home(e, b, &m)) {
                gpr d = emit_def_i(e, v);
                if (d.n != ra.n)
                        x64_mov_rr(e->c, w, d, ra);
                x64_alu_rm(e->c, op, w, d, m);
        } else {
                gpr rb = emit_use_i(e, b);
                gpr d = emit_def_i(e, v);
                if (d.n == rb.n && d.n != ra.n) {
                        if (op == ALU_SUB) { /* a - d = -(d - a) */
                                x64_unary(e->c, UN_NEG, w, d);
                                x64_alu_rr(e->c, ALU_ADD, w, d, ra);
                        } else
                                x64_alu_rr(e->c, op, w, d, ra);
                        return;
                }
                if (d.n != ra.n)
                        x64_mov_rr(e->c, w, d, ra);
                x64_alu_rr(e->c, op, w, d, rb);
        }
}

void emit_AND(struct emit *e, val v, const struct ir_inst *i) { alu(e, v, i, ALU_AND); }
void emit_OR(struct emit *e, val v, const struct ir_inst *i) { alu(e, v, i, ALU_OR); }
void emit_XOR(struct emit *e, val v, const struct ir_inst *i) { alu(e, v, i, ALU_XOR); }

void emit_ADD(struct emit *e, val v, const struct ir_inst *i)
{
        bool w = is64(i);
        val a = i->arg[0], b = i->arg[1];
        i64 ignored;
        i32 k;
        mem m;

        if (emit_const(e, a, &ignored)) {
                a = i->arg[1];
                b = i->arg[0];
        }
        if (!flags_live(e) && !imm32(e, b, w, &k) && a != b && emit_mem_home(e, b, &m)) {
                alu(e, v, i, ALU_ADD);
                return;
        }
        gpr ra = emit_use_i(e, a);
        if (imm32(e, b, w, &k)) {
                gpr d = emit_def_i(e, v);
                if (d.n == ra.n && !flags_live(e)) {
                        e->flags_form = FORM_NONE;
                        x64_alu_ri(e->c, ALU_ADD, w, d, k);
                } else
                        x64_lea(e->c, w, d, mem_bd(ra, k));
                return;
        }
        gpr rb = emit_use_i(e, b);
        gpr d = emit_def_i(e, v);
        if ((d.n == ra.n || d.n == rb.n) && !flags_live(e)) {
                e->flags_form = FORM_NONE;
                x64_alu_rr(e->c, ALU_ADD, w, d, d.n == ra.n ? rb : ra);
        } else
                x64_lea(e->c, w, d, mem_bisd(ra, rb, 0, 0));
}

void emit_SUB(struct emit *e, val v, const struct ir_inst *i)
{
        bool w = is64(i);
        i32 k;
        if (imm32(e, i->arg[1], w, &k) && k != INT32_MIN && flags_live(e)) {
                gpr ra = emit_use_i(e, i->arg[0]);
                x64_lea(e->c, w, emit_def_i(e, v), mem_bd(ra, -(i64)k));
        } else if (flags_live(e)) { /* a - b = a + ~b + 1, and NOT leaves flags alone */
                gpr ra = emit_use_i(e, i->arg[0]), rb = emit_use_i(e, i->arg[1]), d = emit_def_early_i(e, v);
                x64_mov_rr(e->c, w, d, rb);
                x64_unary(e->c, UN_NOT, w, d);
                x64_lea(e->c, w, d, mem_bisd(ra, d, 0, 1));
        } else
                alu(e, v, i, ALU_SUB);
}

void emit_BIC(struct emit *e, val v, const struct ir_inst *i)
{
        emit_clobber_flags(e);
        gpr a = emit_use_i(e, i->arg[0]), b = emit_use_i(e, i->arg[1]);
        x64_andn(e->c, is64(i), emit_def_i(e, v), b, a);
}

static gpr copy_operand(struct emit *e, val v, const struct ir_inst *i)
{
        gpr a = emit_use_i(e, i->arg[0]), d = emit_def_i(e, v);
        if (d.n != a.n)
                x64_mov_rr(e->c, is64(i), d, a);
        return d;
}

void emit_NOT(struct emit *e, val v, const struct ir_inst *i)
{
        x64_unary(e->c, UN_NOT, is64(i), copy_operand(e, v, i));
}

void emit_NEG(struct emit *e, val v, const struct ir_inst *i)
{
        emit_clobber_flags(e);
        x64_unary(e->c, UN_NEG, is64(i), copy_operand(e, v, i));
}

/* Half of a product, EFLAGS untouched: sums of many words multiply between additions with carry. */
static void mulx(struct emit *e, val v, const struct ir_inst *i, bool high)
{
        bool w = is64(i);
        val a = i->arg[0], b = i->arg[1];
        gpr dx = emit_take_i(e, R_RDX);
        mem m;
        if (emit_mem_home(e, a, &m)) {
                x64_mov_rm(e->c, w ? 3 : 2, dx, m);
        } else {
                x64_mov_rr(e->c, w, dx, emit_use_i(e, a));
                emit_release_i(e, a);
        }
        if (a != b && emit_mem_home(e, b, &m)) {
                gpr d = emit_def_i(e, v);
                x64_mulx_rm(e->c, w, high ? d : dx, d, m);
        } else {
                gpr rb = a == b ? dx : emit_use_i(e, b), d = emit_def_i(e, v);
                x64_mulx_rr(e->c, w, high ? d : dx, d, rb);
        }
}

void emit_MUL(struct emit *e, val v, const struct ir_inst *i)
{
        if (flags_live(e)) {
                mulx(e, v, i, false);
                return;
        }
        emit_clobber_flags(e);
        gpr a = emit_use_i(e, i->arg[0]), b = emit_use_i(e, i->arg[1]), d = emit_def_i(e, v);
        if (d.n == b.n) {
                x64_imul_rr(e->c, is64(i), d, a);
                return;
        }
        if (d.n != a.n)
                x64_mov_rr(e->c, is64(i), d, a);
        x64_imul_rr(e->c, is64(i), d, b);
}

/* Does v need no scratch register to be read? */
static bool outside_scratch(struct emit *e, val v)
{
        mem m;
        i64 k;
        if (!emit_in_reg(e, v))
                return emit_mem_home(e, v, &m) || emit_const(e, v, &k);
        u8 reg = emit_value(e, v)->reg;
        return reg != R_RAX && reg != R_RCX && reg != R_RDX;
}

static void load_fixed(struct emit *e, bool w, gpr d, val v)
{
        mem m;
        i64 k;
        if (emit_in_reg(e, v))
                x64_mov_rr(e->c, w, d, (gpr){ emit_value(e, v)->reg });
        else if (emit_mem_home(e, v, &m))
                x64_mov_rm(e->c, w ? 3 : 2, d, m);
        else if (emit_const(e, v, &k))
                x64_mov_ri(e->c, w, d, (u64)k);
}

/* Operand a in RAX and b in RCX or its pinned register, RDX emptied: the one-operand multiply and divide. */
static gpr fixed_operands(struct emit *e, const struct ir_inst *i, gpr *rb)
{
        bool w = is64(i);
        val a = i->arg[0], b = i->arg[1];
        mem ma = mem_cpu(offsetof(struct cpu, harg)), mb = mem_cpu(offsetof(struct cpu, harg[1]));
        bool direct = outside_scratch(e, a) && outside_scratch(e, b);

        emit_clobber_flags(e);
        if (!direct) { /* through memory, so that the operands may stand in any of the three */
                x64_mov_mr(e->c, 3, ma, emit_use_i(e, a));
                x64_mov_mr(e->c, 3, mb, emit_use_i(e, b));
                e->gprs.locked = 0;
        }
        gpr ax = emit_take_i(e, R_RAX);
        emit_take_i(e, R_RDX);
        if (direct && emit_in_reg(e, b)) {
                *rb = (gpr){ emit_value(e, b)->reg };
                load_fixed(e, w, ax, a);
                return ax;
        }
        *rb = emit_take_i(e, R_RCX);
        if (direct) {
                load_fixed(e, w, ax, a);
                load_fixed(e, w, *rb, b);
        } else {
                x64_mov_rm(e->c, w ? 3 : 2, ax, ma);
                x64_mov_rm(e->c, w ? 3 : 2, *rb, mb);
        }
        return ax;
}

void emit_UMULH(struct emit *e, val v, const struct ir_inst *i)
{
        mulx(e, v, i, true);
}

void emit_SMULH(struct emit *e, val v, const struct ir_inst *i)
{
        gpr rcx;
        fixed_operands(e, i, &rcx);
        x64_unary(e->c, UN_IMUL, true, rcx);
        emit_result_in(e, v, true, RDX);
}

void emit_UDIV(struct emit *e, val v, const struct ir_inst *i)
{
        bool w = is64(i);
        gpr cx, ax = fixed_operands(e, i, &cx);
        x64_alu_rr(e->c, ALU_XOR, false, RDX, RDX);
        x64_test_rr(e->c, w, cx, cx);
        u8 *zero = x64_jcc8(e->c, CC_E);
        x64_unary(e->c, UN_DIV, w, cx);
        u8 *done = x64_jmp8(e->c);
        x64_patch8(e->c, zero);
        x64_alu_rr(e->c, ALU_XOR, false, ax, ax);
        x64_patch8(e->c, done);
        emit_result_in(e, v, w, RAX);
}

/* Divisor 0 gives 0; divisor -1 is a negation, which also covers MIN / -1 = MIN. Both are told from others by one unsigned compare. */
void emit_SDIV(struct emit *e, val v, const struct ir_inst *i)
{
        bool w = is64(i);
        gpr cx, ax = fixed_operands(e, i, &cx);
        x64_lea(e->c, w, RDX, mem_bd(cx, 1));
        x64_alu_ri(e->c, ALU_CMP, w, RDX, 1);
        u8 *rare = x64_jcc8(e->c, CC_BE);
        x64_cqo(e->c, w);
        x64_unary(e->c, UN_IDIV, w, cx);
        u8 *done = x64_jmp8(e->c);
        x64_patch8(e->c, rare); /* RCX is 0 or -1: the result is RAX * RCX */
        x64_imul_rr(e->c, w, ax, cx);
        x64_patch8(e->c, done);
        emit_result_in(e, v, w, RAX);
}

static void select_reg(struct emit *e, const struct x64_cond k, bool w, gpr d, gpr a, gpr b)
{
        switch (k.parity) {
        case PARITY_NO:
                if (d.n == a.n) {
                        x64_cmov(e->c, k.cc ^ 1, w, d, b);
                        return;
                }
                if (d.n != b.n)
                        x64_mov_rr(e->c, w, d, b);
                x64_cmov(e->c, k.cc, w, d, a);
                return;
        case PARITY_AND_CLEAR: /* a unless !cc or parity */
                if (d.n != a.n)
                        x64_mov_rr(e->c, w, d, a);
                x64_cmov(e->c, k.cc ^ 1, w, d, b);
                x64_cmov(e->c, CC_P, w, d, b);
                return;
        case PARITY_OR_SET:
                if (d.n != b.n)
                        x64_mov_rr(e->c, w, d, b);
                x64_cmov(e->c, k.cc, w, d, a);
                x64_cmov(e->c, CC_P, w, d, a);
                return;
        }
}

/* SELECT of constants 1, 0 (CSET): SETcc and a zero extension that leaves flags alone. */
static bool select_one_zero(struct emit *e, val v, const struct ir_inst *i, struct x64_cond k)
{
        i64 a, b;
        if (k.parity != PARITY_NO || !emit_const(e, i->arg[0], &a) || !emit_const(e, i->arg[1], &b) || a != 1 || b != 0)
                return false;
        gpr d = emit_def_i(e, v);
        x64_setcc(e->c, k.cc, d);
        x64_movzx_rr(e->c, 0, d, d);
        return true;
}

void emit_SELECT(struct emit *e, val v, const struct ir_inst *i)
{
        bool w = is64(i);
        if ((i->aux & 14) == C_AL) {
                copy_operand(e, v, i);
                return;
        }
        unsigned form = emit_need_flags(e, i->arg[2]);
        struct x64_cond k = emit_cond(e, i->aux, form);
        if (select_one_zero(e, v, i, k))
                return;
        gpr a = emit_use_i(e, i->arg[0]), b = emit_use_i(e, i->arg[1]), d;
        d = k.parity == PARITY_NO ? emit_def_i(e, v) : emit_def_early_i(e, v);
        select_reg(e, k, w, d, a, b);
}

static void count_zeros(struct emit *e, val v, const struct ir_inst *i, enum x64_count how)
{
        emit_clobber_flags(e);
        gpr a = emit_use_i(e, i->arg[0]);
        x64_count(e->c, how, is64(i), emit_def_i(e, v), a);
}

void emit_CLZ(struct emit *e, val v, const struct ir_inst *i) { count_zeros(e, v, i, CNT_LZCNT); }
void emit_CTZ(struct emit *e, val v, const struct ir_inst *i) { count_zeros(e, v, i, CNT_TZCNT); }

/* CLS(x) = CLZ(x ^ (x >> 1 arithmetic)) - 1. */
void emit_CLS(struct emit *e, val v, const struct ir_inst *i)
{
        bool w = is64(i);
        emit_clobber_flags(e);
        gpr a = emit_use_i(e, i->arg[0]), d = emit_def_early_i(e, v);
        x64_mov_rr(e->c, w, d, a);
        x64_shift_ri(e->c, SH_SAR, w, d, 1);
        x64_alu_rr(e->c, ALU_XOR, w, d, a);
        x64_count(e->c, CNT_LZCNT, w, d, d);
        x64_alu_ri(e->c, ALU_SUB, w, d, 1);
}

void emit_REV(struct emit *e, val v, const struct ir_inst *i) { x64_bswap(e->c, is64(i), copy_operand(e, v, i)); }

void emit_REV32(struct emit *e, val v, const struct ir_inst *i)
{
        gpr d = copy_operand(e, v, i);
        x64_bswap(e->c, true, d);
        x64_rorx(e->c, true, d, d, 32);
}

/* Exchange neighbouring groups of `shift` bits: ((x >> shift) & mask) | ((x & mask) << shift). */
static void swap_groups(struct emit *e, bool w, gpr d, gpr t, gpr m, unsigned shift, u64 mask)
{
        x64_mov_ri(e->c, w, m, mask);
        x64_mov_rr(e->c, w, t, d);
        x64_shift_ri(e->c, SH_SHR, w, t, shift);
        x64_alu_rr(e->c, ALU_AND, w, t, m);
        x64_alu_rr(e->c, ALU_AND, w, d, m);
        x64_shift_ri(e->c, SH_SHL, w, d, shift);
        x64_alu_rr(e->c, ALU_OR, w, d, t);
}

void emit_REV16(struct emit *e, val v, const struct ir_inst *i)
{
        bool w = is64(i);
        emit_clobber_flags(e);
        gpr d = copy_operand(e, v, i);
        emit_release_i(e, i->arg[0]);
        gpr t = emit_tmp_i(e), m = emit_tmp_i(e);
        swap_groups(e, w, d, t, m, 8, 0x00ff00ff00ff00ff);
}

void emit_RBIT(struct emit *e, val v, const struct ir_inst *i)
{
        bool w = is64(i);
        emit_clobber_flags(e);
        gpr d = copy_operand(e, v, i);
        emit_release_i(e, i->arg[0]);
        gpr t = emit_tmp_i(e), m = emit_tmp_i(e);
        x64_bswap(e->c, w, d);
        swap_groups(e, w, d, t, m, 4, 0x0f0f0f0f0f0f0f0f);
        swap_groups(e, w, d, t, m, 2, 0x3333333333333333);
        swap_groups(e, w, d, t, m, 1, 0x5555555555555555);
}

void emit_CRC32C(struct emit *e, val v, const struct ir_inst *i)
{
        gpr a = emit_use_i(e, i->arg[0]), b = emit_use_i(e, i->arg[1]), d = emit_def_early_i(e, v);
        x64_mov_rr(e->c, false, d, a);
        x64_crc32(e->c, i->esz, d, b);
}
