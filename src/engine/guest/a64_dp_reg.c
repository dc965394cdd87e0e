/* A64 data processing on registers: Arm ARM C4.1.95. Conditionals and flag manipulation are in a64_cond.c. */
#include "a64_decode.h"
#include "engine/guest/a64_lift.h"

/* ShiftReg(): LSL, LSR, ASR, ROR by a constant. */
static val shifted(struct lift *l, unsigned sf, unsigned rm, unsigned shift, unsigned amount)
{
        static const u16 op[4] = { IR_SHL_I, IR_SHR_I, IR_SAR_I, IR_ROR_I };
        val m = get_x(l, sf, rm);
        return amount ? ir_opi(l->b, op[shift], type_of(sf), m, amount) : m;
}

/* ExtendReg(): UXTB, UXTH, UXTW, UXTX, SXTB ..., then shifted left. */
static val extended(struct lift *l, unsigned sf, unsigned rm, unsigned option, unsigned amount)
{
        unsigned esz = option & 3;
        bool is_signed = option >> 2;
        val m;
        if (esz == 3 || (esz == 2 && !sf))
                m = get_x(l, sf, rm);
        else
                m = ir_emit(l->b, (struct ir_inst){ .op = is_signed ? IR_SEXT : IR_ZEXT, .type = type_of(sf), .esz = esz,
                                                    .arg = { get_x(l, 0, rm) } });
        return amount ? ir_opi(l->b, IR_SHL_I, type_of(sf), m, amount) : m;
}

/* rd := rn op m */
static bool binary(struct lift *l, enum ir_op op, unsigned sf, unsigned rd, unsigned rn, val m)
{
        val n = get_x(l, sf, rn);
        return put_x(l, sf, rd, ir_op2(l->b, op, type_of(sf), n, m));
}

/* Likewise, and NZCV. */
static bool binary_flags(struct lift *l, enum ir_op op, unsigned sf, unsigned rd, val n, val m)
{
        val v = ir_op2(l->b, op, type_of(sf), n, m);
        set_nzcv(l, v);
        return put_x(l, sf, rd, v);
}

static bool unary(struct lift *l, enum ir_op op, unsigned sf, unsigned rd, unsigned rn)
{
        val n = get_x(l, sf, rn);
        return put_x(l, sf, rd, ir_op1(l->b, op, type_of(sf), n));
}

bool a64_AND_shift(struct lift *l, const struct a64_AND_shift *f)
{
        val m = shifted(l, f->sf, f->rm, f->shift, f->amount);
        return binary(l, IR_AND, f->sf, f->rd, f->rn, m);
}

bool a64_BIC_shift(struct lift *l, const struct a64_BIC_shift *f)
{
        val m = shifted(l, f->sf, f->rm, f->shift, f->amount);
        return binary(l, IR_BIC, f->sf, f->rd, f->rn, m);
}

bool a64_EOR_shift(struct lift *l, const struct a64_EOR_shift *f)
{
        val m = shifted(l, f->sf, f->rm, f->shift, f->amount);
        return binary(l, IR_XOR, f->sf, f->rd, f->rn, m);
}

bool a64_ORR_shift(struct lift *l, const struct a64_ORR_shift *f)
{
        val m = shifted(l, f->sf, f->rm, f->shift, f->amount);
        return f->rn == 31 ? put_x(l, f->sf, f->rd, m) : binary(l, IR_OR, f->sf, f->rd, f->rn, m);
}

bool a64_ORN_shift(struct lift *l, const struct a64_ORN_shift *f)
{
        val m = shifted(l, f->sf, f->rm, f->shift, f->amount);
        m = ir_op1(l->b, IR_NOT, type_of(f->sf), m);
        return f->rn == 31 ? put_x(l, f->sf, f->rd, m) : binary(l, IR_OR, f->sf, f->rd, f->rn, m);
}

bool a64_EON_shift(struct lift *l, const struct a64_EON_shift *f)
{
        val m = shifted(l, f->sf, f->rm, f->shift, f->amount);
        m = ir_op1(l->b, IR_NOT, type_of(f->sf), m);
        return binary(l, IR_XOR, f->sf, f->rd, f->rn, m);
}

bool a64_ANDS_shift(struct lift *l, const struct a64_ANDS_shift *f)
{
        val m = shifted(l, f->sf, f->rm, f->shift, f->amount);
        return binary_flags(l, IR_ANDS, f->sf, f->rd, get_x(l, f->sf, f->rn), m);
}

bool a64_BICS_shift(struct lift *l, const struct a64_BICS_shift *f)
{
        val m = shifted(l, f->sf, f->rm, f->shift, f->amount);
        return binary_flags(l, IR_BICS, f->sf, f->rd, get_x(l, f->sf, f->rn), m);
}

bool a64_ADD_shift(struct lift *l, const struct a64_ADD_shift *f)
{
        val m = shifted(l, f->sf, f->rm, f->shift, f->amount);
        return binary(l, IR_ADD, f->sf, f->rd, f->rn, m);
}

bool a64_SUB_shift(struct lift *l, const struct a64_SUB_shift *f)
{
        val m = shifted(l, f->sf, f->rm, f->shift, f->amount);
        if (f->rn == 31)
                return put_x(l, f->sf, f->rd, ir_op1(l->b, IR_NEG, type_of(f->sf), m));
        return binary(l, IR_SUB, f->sf, f->rd, f->rn, m);
}

bool a64_ADDS_shift(struct lift *l, const struct a64_ADDS_shift *f)
{
        val m = shifted(l, f->sf, f->rm, f->shift, f->amount);
        return binary_flags(l, IR_ADDS, f->sf, f->rd, get_x(l, f->sf, f->rn), m);
}

bool a64_SUBS_shift(struct lift *l, const struct a64_SUBS_shift *f)
{
        val m = shifted(l, f->sf, f->rm, f->shift, f->amount);
        return binary_flags(l, IR_SUBS, f->sf, f->rd, get_x(l, f->sf, f->rn), m);
}

/* rd|sp := rn|sp op m */
static bool binary_sp(struct lift *l, enum ir_op op, unsigned sf, unsigned rd, unsigned rn, val m)
{
        val n = get_x_sp(l, sf, rn);
        set_x_sp(l, sf, rd, ir_op2(l->b, op, type_of(sf), n, m));
        return true;
}

bool a64_ADD_ext(struct lift *l, const struct a64_ADD_ext *f)
{
        val m = extended(l, f->sf, f->rm, f->option, f->amount);
        return binary_sp(l, IR_ADD, f->sf, f->rd, f->rn, m);
}

bool a64_SUB_ext(struct lift *l, const struct a64_SUB_ext *f)
{
        val m = extended(l, f->sf, f->rm, f->option, f->amount);
        return binary_sp(l, IR_SUB, f->sf, f->rd, f->rn, m);
}

bool a64_ADDS_ext(struct lift *l, const struct a64_ADDS_ext *f)
{
        val m = extended(l, f->sf, f->rm, f->option, f->amount);
        return binary_flags(l, IR_ADDS, f->sf, f->rd, get_x_sp(l, f->sf, f->rn), m);
}

bool a64_SUBS_ext(struct lift *l, const struct a64_SUBS_ext *f)
{
        val m = extended(l, f->sf, f->rm, f->option, f->amount);
        return binary_flags(l, IR_SUBS, f->sf, f->rd, get_x_sp(l, f->sf, f->rn), m);
}

bool a64_UDIV(struct lift *l, const struct a64_UDIV *f)
{
        return binary(l, IR_UDIV, f->sf, f->rd, f->rn, get_x(l, f->sf, f->rm));
}

bool a64_SDIV(struct lift *l, const struct a64_SDIV *f)
{
        return binary(l, IR_SDIV, f->sf, f->rd, f->rn, get_x(l, f->sf, f->rm));
}

bool a64_LSLV(struct lift *l, const struct a64_LSLV *f)
{
        return binary(l, IR_SHL, f->sf, f->rd, f->rn, get_x(l, f->sf, f->rm));
}

bool a64_LSRV(struct lift *l, const struct a64_LSRV *f)
{
        return binary(l, IR_SHR, f->sf, f->rd, f->rn, get_x(l, f->sf, f->rm));
}

bool a64_ASRV(struct lift *l, const struct a64_ASRV *f)
{
        return binary(l, IR_SAR, f->sf, f->rd, f->rn, get_x(l, f->sf, f->rm));
}

bool a64_RORV(struct lift *l, const struct a64_RORV *f)
{
        return binary(l, IR_ROR, f->sf, f->rd, f->rn, get_x(l, f->sf, f->rm));
}

/* The accumulator has 32 bits, the data 8 << size. */
static bool crc32(struct lift *l, enum ir_op op, unsigned size, unsigned rd, unsigned rn, unsigned rm)
{
        val n = get_x(l, 0, rn), m = get_x(l, size == 3, rm);
        return put_x(l, 0, rd, ir_emit(l->b, (struct ir_inst){ .op = op, .type = IR_I32, .esz = size, .arg = { n, m } }));
}

bool a64_CRC32(struct lift *l, const struct a64_CRC32 *f)
{
        return crc32(l, IR_CRC32, f->size, f->rd, f->rn, f->rm);
}

bool a64_CRC32C(struct lift *l, const struct a64_CRC32C *f)
{
        return crc32(l, IR_CRC32C, f->size, f->rd, f->rn, f->rm);
}

bool a64_RBIT(struct lift *l, const struct a64_RBIT *f)
{
        return unary(l, IR_RBIT, f->sf, f->rd, f->rn);
}

bool a64_REV16(struct lift *l, const struct a64_REV16 *f)
{
        return unary(l, IR_REV16, f->sf, f->rd, f->rn);
}

bool a64_CLZ(struct lift *l, const struct a64_CLZ *f)
{
        return unary(l, IR_CLZ, f->sf, f->rd, f->rn);
}

bool a64_CLS(struct lift *l, const struct a64_CLS *f)
{
        return unary(l, IR_CLS, f->sf, f->rd, f->rn);
}

bool a64_REV_w(struct lift *l, const struct a64_REV_w *f)
{
        return unary(l, IR_REV, 0, f->rd, f->rn);
}

bool a64_REV_x(struct lift *l, const struct a64_REV_x *f)
{
        return unary(l, IR_REV, 1, f->rd, f->rn);
}

bool a64_REV32(struct lift *l, const struct a64_REV32 *f)
{
        return unary(l, IR_REV32, 1, f->rd, f->rn);
}

/* rd := ra +- n * m, without the addition when ra is the zero register. */
static bool multiply(struct lift *l, unsigned sf, unsigned rd, unsigned ra, val n, val m, bool subtract)
{
        enum ir_type type = type_of(sf);
        val product = ir_op2(l->b, IR_MUL, type, n, m);
        if (ra == 31)
                return put_x(l, sf, rd, subtract ? ir_op1(l->b, IR_NEG, type, product) : product);
        return binary(l, subtract ? IR_SUB : IR_ADD, sf, rd, ra, product);
}

/* Likewise with 32-bit factors, extended by IR_SEXT or IR_ZEXT. */
static bool multiply_long(struct lift *l, enum ir_op extend, unsigned rd, unsigned ra, unsigned rn, unsigned rm, bool subtract)
{
        val n = ir_emit(l->b, (struct ir_inst){ .op = extend, .type = IR_I64, .esz = 2, .arg = { get_x(l, 0, rn) } });
        val m = ir_emit(l->b, (struct ir_inst){ .op = extend, .type = IR_I64, .esz = 2, .arg = { get_x(l, 0, rm) } });
        return multiply(l, 1, rd, ra, n, m, subtract);
}

bool a64_MADD(struct lift *l, const struct a64_MADD *f)
{
        val n = get_x(l, f->sf, f->rn), m = get_x(l, f->sf, f->rm);
        return multiply(l, f->sf, f->rd, f->ra, n, m, false);
}

bool a64_MSUB(struct lift *l, const struct a64_MSUB *f)
{
        val n = get_x(l, f->sf, f->rn), m = get_x(l, f->sf, f->rm);
        return multiply(l, f->sf, f->rd, f->ra, n, m, true);
}

bool a64_SMADDL(struct lift *l, const struct a64_SMADDL *f)
{
        return multiply_long(l, IR_SEXT, f->rd, f->ra, f->rn, f->rm, false);
}

bool a64_SMSUBL(struct lift *l, const struct a64_SMSUBL *f)
{
        return multiply_long(l, IR_SEXT, f->rd, f->ra, f->rn, f->rm, true);
}

bool a64_UMADDL(struct lift *l, const struct a64_UMADDL *f)
{
        return multiply_long(l, IR_ZEXT, f->rd, f->ra, f->rn, f->rm, false);
}

bool a64_UMSUBL(struct lift *l, const struct a64_UMSUBL *f)
{
        return multiply_long(l, IR_ZEXT, f->rd, f->ra, f->rn, f->rm, true);
}

bool a64_SMULH(struct lift *l, const struct a64_SMULH *f)
{
        return binary(l, IR_SMULH, 1, f->rd, f->rn, get_x(l, 1, f->rm));
}

bool a64_UMULH(struct lift *l, const struct a64_UMULH *f)
{
        return binary(l, IR_UMULH, 1, f->rd, f->rn, get_x(l, 1, f->rm));
}
