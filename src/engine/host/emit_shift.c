/* Shifts, rotates, bit fields and extensions. The BMI2 forms leave EFLAGS alone. */
#include "engine/host/alloc.h"
#include "engine/host/emit_ops.h"
#include "engine/host/x64_int.h"

static bool is64(const struct ir_inst *i) { return i->type == IR_I64; }

static gpr copied(struct emit *e, bool w, val v, const struct ir_inst *i)
{
        gpr a = emit_use_i(e, i->arg[0]), d = emit_def_i(e, v);
        if (d.n != a.n)
                x64_mov_rr(e->c, w, d, a);
        return d;
}

static void shift_var(struct emit *e, val v, const struct ir_inst *i, enum x64_bmi_shift op)
{
        gpr a = emit_use_i(e, i->arg[0]), b = emit_use_i(e, i->arg[1]);
        x64_shiftx(e->c, op, is64(i), emit_def_i(e, v), a, b);
}

void emit_SHL(struct emit *e, val v, const struct ir_inst *i) { shift_var(e, v, i, BMI_SHLX); }
void emit_SHR(struct emit *e, val v, const struct ir_inst *i) { shift_var(e, v, i, BMI_SHRX); }
void emit_SAR(struct emit *e, val v, const struct ir_inst *i) { shift_var(e, v, i, BMI_SARX); }

/* ROR by register: (a >> n) | (a << -n); with n = 0 both halves are a. */
void emit_ROR(struct emit *e, val v, const struct ir_inst *i)
{
        bool w = is64(i);
        emit_clobber_flags(e);
        gpr a = emit_use_i(e, i->arg[0]), n = emit_use_i(e, i->arg[1]), t = emit_tmp_i(e);
        x64_mov_rr(e->c, w, t, n);
        x64_unary(e->c, UN_NEG, w, t);
        x64_shiftx(e->c, BMI_SHLX, w, t, a, t);
        emit_release_i(e, i->arg[0]); /* d may be a's register, which still holds a: n and t take the other two */
        gpr d = emit_def_i(e, v);
        x64_shiftx(e->c, BMI_SHRX, w, d, a, n);
        x64_alu_rr(e->c, ALU_OR, w, d, t);
}

static void shift_imm(struct emit *e, val v, const struct ir_inst *i, enum x64_shift op)
{
        if (!i->imm) {
                copied(e, is64(i), v, i);
                return;
        }
        emit_clobber_flags(e);
        x64_shift_ri(e->c, op, is64(i), copied(e, is64(i), v, i), (unsigned)i->imm);
}

void emit_SHR_I(struct emit *e, val v, const struct ir_inst *i) { shift_imm(e, v, i, SH_SHR); }
void emit_SAR_I(struct emit *e, val v, const struct ir_inst *i) { shift_imm(e, v, i, SH_SAR); }

void emit_SHL_I(struct emit *e, val v, const struct ir_inst *i)
{
        shift_imm(e, v, i, SH_SHL);
}

void emit_ROR_I(struct emit *e, val v, const struct ir_inst *i)
{
        gpr a = emit_use_i(e, i->arg[0]);
        x64_rorx(e->c, is64(i), emit_def_i(e, v), a, (unsigned)i->imm);
}

void emit_EXTR(struct emit *e, val v, const struct ir_inst *i)
{
        bool w = is64(i);
        emit_clobber_flags(e);
        gpr hi = emit_use_i(e, i->arg[0]), lo = emit_use_i(e, i->arg[1]), d = emit_def_early_i(e, v);
        x64_mov_rr(e->c, w, d, lo);
        x64_shrd(e->c, w, d, hi, (unsigned)i->imm);
}

/* d := bits lsb.. of width `bits` of d's copy of a, by shifting left then right. */
static void extract(struct emit *e, bool w, gpr d, unsigned lsb, unsigned bits, enum x64_shift right)
{
        unsigned size = w ? 64 : 32, left = size - bits - lsb;
        if (left)
                x64_shift_ri(e->c, SH_SHL, w, d, left);
        if (size - bits)
                x64_shift_ri(e->c, right, w, d, size - bits);
}

void emit_UBFX(struct emit *e, val v, const struct ir_inst *i)
{
        bool w = is64(i);
        unsigned lsb = (unsigned)i->imm, bits = i->aux;
        if (lsb == 0 && (bits == 8 || bits == 16)) {
                gpr a = emit_use_i(e, i->arg[0]);
                x64_movzx_rr(e->c, bits == 16, emit_def_i(e, v), a);
                return;
        }
        if (lsb == 0 && bits == 32) {
                gpr a = emit_use_i(e, i->arg[0]);
                x64_mov_rr(e->c, false, emit_def_i(e, v), a);
                return;
        }
        emit_clobber_flags(e);
        gpr d = copied(e, w, v, i);
        if (lsb + bits == (w ? 64u : 32u)) {
                if (lsb)
                        x64_shift_ri(e->c, SH_SHR, w, d, lsb);
        } else if (bits < 32) {
                if (lsb)
                        x64_shift_ri(e->c, SH_SHR, w, d, lsb);
                x64_alu_ri(e->c, ALU_AND, false, d, (i32)((1u << bits) - 1));
        } else
                extract(e, w, d, lsb, bits, SH_SHR);
}

void emit_SBFX(struct emit *e, val v, const struct ir_inst *i)
{
        bool w = is64(i);
        unsigned lsb = (unsigned)i->imm, bits = i->aux;
        if (lsb == 0 && (bits == 8 || bits == 16 || (bits == 32 && w))) {
                gpr a = emit_use_i(e, i->arg[0]);
                x64_movsx_rr(e->c, bits == 8 ? 0 : bits == 16 ? 1 : 2, w, emit_def_i(e, v), a);
                return;
        }
        emit_clobber_flags(e);
        extract(e, w, copied(e, w, v, i), lsb, bits, SH_SAR);
}

void emit_UBFIZ(struct emit *e, val v, const struct ir_inst *i)
{
        bool w = is64(i);
        unsigned size = w ? 64 : 32, lsb = (unsigned)i->imm, bits = i->aux;
        emit_clobber_flags(e);
        if (w && bits == 32) {
                gpr a = emit_use_i(e, i->arg[0]), d = emit_def_i(e, v);
                x64_mov_rr(e->c, false, d, a); /* also when they are one: this clears the high half */
                if (lsb)
                        x64_shift_ri(e->c, SH_SHL, w, d, lsb);
                return;
        }
        gpr d = copied(e, w, v, i);
        if (size - bits)
                x64_shift_ri(e->c, SH_SHL, w, d, size - bits);
        if (size - bits - lsb)
                x64_shift_ri(e->c, SH_SHR, w, d, size - bits - lsb);
}

void emit_SBFIZ(struct emit *e, val v, const struct ir_inst *i)
{
        bool w = is64(i);
        unsigned size = w ? 64 : 32, lsb = (unsigned)i->imm, bits = i->aux;
        emit_clobber_flags(e);
        gpr d = copied(e, w, v, i);
        if (size - bits)
                x64_shift_ri(e->c, SH_SHL, w, d, size - bits);
        if (size - bits - lsb)
                x64_shift_ri(e->c, SH_SAR, w, d, size - bits - lsb);
}

/* Rotate the field to bit 0 of the destination, drop it, shift the new bits in at the top, rotate back. */
void emit_BFI(struct emit *e, val v, const struct ir_inst *i)
{
        bool w = is64(i);
        unsigned size = w ? 64 : 32, lsb = (unsigned)i->imm, bits = i->aux;
        emit_clobber_flags(e);
        gpr a = emit_use_i(e, i->arg[0]), b = emit_use_i(e, i->arg[1]), d = emit_def_early_i(e, v);
        if (bits == size) {
                x64_mov_rr(e->c, w, d, b);
                return;
        }
        x64_rorx(e->c, w, d, a, lsb);
        x64_shrd(e->c, w, d, b, bits); /* d = (b:d) >> bits: the low bits of b stand on top */
        x64_shift_ri(e->c, SH_ROL, w, d, (bits + lsb) % size);
}

void emit_SEXT(struct emit *e, val v, const struct ir_inst *i)
{
        gpr a = emit_use_i(e, i->arg[0]), d = emit_def_i(e, v);
        if (i->esz == 3 || (i->esz == 2 && !is64(i)))
                x64_mov_rr(e->c, is64(i), d, a);
        else
                x64_movsx_rr(e->c, i->esz, is64(i), d, a);
}

void emit_ZEXT(struct emit *e, val v, const struct ir_inst *i)
{
        gpr a = emit_use_i(e, i->arg[0]), d = emit_def_i(e, v);
        if (i->esz < 2)
                x64_movzx_rr(e->c, i->esz, d, a);
        else
                x64_mov_rr(e->c, i->esz == 3, d, a);
}

void emit_TRUNC(struct emit *e, val v, const struct ir_inst *i)
{
        gpr a = emit_use_i(e, i->arg[0]);
        x64_mov_rr(e->c, false, emit_def_i(e, v), a);
}
