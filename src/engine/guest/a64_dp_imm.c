/* A64 data processing with an immediate: Arm ARM C4.1.93. */
#include "a64_decode.h"
#include "engine/guest/a64_lift.h"

static i64 imm_sh12(unsigned imm, unsigned sh)
{
        return (i64)imm << (sh ? 12 : 0);
}

/* rd|sp := rn|sp op imm */
static bool addsub_imm(struct lift *l, enum ir_op op, unsigned sf, unsigned rd, unsigned rn, i64 imm)
{
        val v = get_x_sp(l, sf, rn);
        if (imm)
                v = ir_op2(l->b, op, type_of(sf), v, ir_const(l->b, type_of(sf), (u64)imm));
        set_x_sp(l, sf, rd, v);
        return true;
}

static bool addsubs_imm(struct lift *l, enum ir_op op, unsigned sf, unsigned rd, unsigned rn, i64 imm)
{
        val n = get_x_sp(l, sf, rn);
        val v = ir_op2(l->b, op, type_of(sf), n, ir_const(l->b, type_of(sf), (u64)imm));
        set_nzcv(l, v);
        return put_x(l, sf, rd, v);
}

bool a64_ADD_imm(struct lift *l, const struct a64_ADD_imm *f)
{
        return addsub_imm(l, IR_ADD, f->sf, f->rd, f->rn, imm_sh12(f->imm, f->sh));
}

bool a64_SUB_imm(struct lift *l, const struct a64_SUB_imm *f)
{
        return addsub_imm(l, IR_SUB, f->sf, f->rd, f->rn, imm_sh12(f->imm, f->sh));
}

bool a64_ADDS_imm(struct lift *l, const struct a64_ADDS_imm *f)
{
        return addsubs_imm(l, IR_ADDS, f->sf, f->rd, f->rn, imm_sh12(f->imm, f->sh));
}

bool a64_SUBS_imm(struct lift *l, const struct a64_SUBS_imm *f)
{
        return addsubs_imm(l, IR_SUBS, f->sf, f->rd, f->rn, imm_sh12(f->imm, f->sh));
}

bool a64_ADR(struct lift *l, const struct a64_ADR *f)
{
        return put_x(l, 1, f->rd, ir_opi(l->b, IR_ADDR, IR_I64, 0, (i64)l->pc + f->imm));
}

bool a64_ADRP(struct lift *l, const struct a64_ADRP *f)
{
        i64 page = (i64)(l->pc & ~0xfffull);
        return put_x(l, 1, f->rd, ir_opi(l->b, IR_ADDR, IR_I64, 0, page + (i64)f->imm * 4096));
}

static u64 ones(unsigned n)
{
        return n >= 64 ? ~0ull : (1ull << n) - 1;
}

/* DecodeBitMasks() for logical immediates; false for reserved values. */
static bool logical_mask(unsigned sf, unsigned n, unsigned immr, unsigned imms, u64 *mask)
{
        unsigned pattern = n << 6 | (~imms & 0x3f);
        if (pattern < 2 || (!sf && n))
                return false;
        unsigned size = 1u << (31 - __builtin_clz(pattern));
        unsigned levels = size - 1, s = imms & levels, r = immr & levels;
        if (s == levels)
                return false;
        u64 element = ones(s + 1);
        if (r)
                element = (element >> r | element << (size - r)) & ones(size);
        for (; size < 64; size *= 2)
                element |= element << size;
        *mask = sf ? element : (u32)element;
        return true;
}

/* rd|sp := rn op mask */
static bool logic_imm(struct lift *l, enum ir_op op, unsigned sf, unsigned rd, unsigned rn, u64 mask)
{
        enum ir_type type = type_of(sf);
        val v;
        if (op == IR_OR && rn == 31)
                v = ir_const(l->b, type, mask);
        else if (op == IR_AND && sf && mask == 0xffffffff)
                v = ir_emit(l->b, (struct ir_inst){ .op = IR_ZEXT, .type = type, .esz = 2, .arg = { get_x(l, 0, rn) } });
        else
                v = ir_op2(l->b, op, type, get_x(l, sf, rn), ir_const(l->b, type, mask));
        set_x_sp(l, sf, rd, v);
        return true;
}

bool a64_AND_imm(struct lift *l, const struct a64_AND_imm *f)
{
        u64 mask;
        return logical_mask(f->sf, f->n, f->immr, f->imms, &mask) && logic_imm(l, IR_AND, f->sf, f->rd, f->rn, mask);
}

bool a64_ORR_imm(struct lift *l, const struct a64_ORR_imm *f)
{
        u64 mask;
        return logical_mask(f->sf, f->n, f->immr, f->imms, &mask) && logic_imm(l, IR_OR, f->sf, f->rd, f->rn, mask);
}

bool a64_EOR_imm(struct lift *l, const struct a64_EOR_imm *f)
{
        u64 mask;
        return logical_mask(f->sf, f->n, f->immr, f->imms, &mask) && logic_imm(l, IR_XOR, f->sf, f->rd, f->rn, mask);
}

bool a64_ANDS_imm(struct lift *l, const struct a64_ANDS_imm *f)
{
        u64 mask;
        if (!logical_mask(f->sf, f->n, f->immr, f->imms, &mask))
                return false;
        val n = get_x(l, f->sf, f->rn);
        val v = ir_op2(l->b, IR_ANDS, type_of(f->sf), n, ir_const(l->b, type_of(f->sf), mask));
        set_nzcv(l, v);
        return put_x(l, f->sf, f->rd, v);
}

bool a64_MOVZ(struct lift *l, const struct a64_MOVZ *f)
{
        return put_x(l, f->sf, f->rd, ir_const(l->b, type_of(f->sf), (u64)f->imm << f->hw * 16));
}

bool a64_MOVN(struct lift *l, const struct a64_MOVN *f)
{
        return put_x(l, f->sf, f->rd, ir_const(l->b, type_of(f->sf), ~((u64)f->imm << f->hw * 16)));
}

/* An instruction on the bit field of `length` bits at `low`. */
static val field_op(struct lift *l, enum ir_op op, unsigned sf, val a, val b, unsigned low, unsigned length)
{
        return ir_emit(l->b, (struct ir_inst){ .op = op, .type = type_of(sf), .aux = length, .arg = { a, b }, .imm = low });
}

bool a64_MOVK(struct lift *l, const struct a64_MOVK *f)
{
        val d = get_x(l, f->sf, f->rd);
        val imm = ir_const(l->b, type_of(f->sf), f->imm);
        return put_x(l, f->sf, f->rd, field_op(l, IR_BFI, f->sf, d, imm, f->hw * 16, 16));
}

/* The operations that a bit-field move is made of, signed or unsigned. */
struct field_ops {
        enum ir_op extend, shift_right, extract, insert;
};

static bool field_move(struct lift *l, const struct field_ops *ops, unsigned sf, unsigned rd, unsigned rn, unsigned immr, unsigned imms)
{
        enum ir_type type = type_of(sf);
        unsigned width = sf ? 64 : 32, length = imms + 1;
        if (immr == 0 && (length == 8 || length == 16 || (length == 32 && sf))) {
                u8 esz = length == 8 ? 0 : length == 16 ? 1 : 2;
                val w = get_x(l, 0, rn);
                return put_x(l, sf, rd, ir_emit(l->b, (struct ir_inst){ .op = ops->extend, .type = type, .esz = esz, .arg = { w } }));
        }
        val n = get_x(l, sf, rn);
        if (length == width)
                return put_x(l, sf, rd, immr ? ir_opi(l->b, ops->shift_right, type, n, immr) : n);
        if (imms >= immr)
                return put_x(l, sf, rd, field_op(l, ops->extract, sf, n, 0, immr, length - immr));
        if (length == immr)
                return put_x(l, sf, rd, ir_opi(l->b, IR_SHL_I, type, n, width - immr));
        return put_x(l, sf, rd, field_op(l, ops->insert, sf, n, 0, width - immr, length));
}

bool a64_SBFM(struct lift *l, const struct a64_SBFM *f)
{
        static const struct field_ops ops = { IR_SEXT, IR_SAR_I, IR_SBFX, IR_SBFIZ };
        return field_move(l, &ops, f->sf, f->rd, f->rn, f->immr, f->imms);
}

bool a64_UBFM(struct lift *l, const struct a64_UBFM *f)
{
        static const struct field_ops ops = { IR_ZEXT, IR_SHR_I, IR_UBFX, IR_UBFIZ };
        return field_move(l, &ops, f->sf, f->rd, f->rn, f->immr, f->imms);
}

/* BFI (imms < immr) and BFXIL. */
bool a64_BFM(struct lift *l, const struct a64_BFM *f)
{
        unsigned width = f->sf ? 64 : 32, length = f->imms + 1;
        val n = get_x(l, f->sf, f->rn);
        if (f->immr == 0 && length == width)
                return put_x(l, f->sf, f->rd, n);
        val d = get_x(l, f->sf, f->rd);
        if (f->imms < f->immr)
                return put_x(l, f->sf, f->rd, field_op(l, IR_BFI, f->sf, d, n, width - f->immr, length));
        if (f->immr)
                n = ir_opi(l->b, IR_SHR_I, type_of(f->sf), n, f->immr);
        return put_x(l, f->sf, f->rd, field_op(l, IR_BFI, f->sf, d, n, 0, length - f->immr));
}

bool a64_EXTR(struct lift *l, const struct a64_EXTR *f)
{
        enum ir_type type = type_of(f->sf);
        val m = get_x(l, f->sf, f->rm);
        if (f->lsb == 0)
                return put_x(l, f->sf, f->rd, m);
        if (f->rn == f->rm)
                return put_x(l, f->sf, f->rd, ir_opi(l->b, IR_ROR_I, type, m, f->lsb));
        val n = get_x(l, f->sf, f->rn);
        return put_x(l, f->sf, f->rd, ir_emit(l->b, (struct ir_inst){ .op = IR_EXTR, .type = type, .arg = { n, m }, .imm = f->lsb }));
}
