/* A64: carry, conditional compare and select, flag manipulation. */
#include "a64_decode.h"
#include "engine/guest/a64_lift.h"

enum { PSTATE_N = 31, PSTATE_Z = 30, PSTATE_C = 29, PSTATE_V = 28 };

/* rd := rn op rm with the carry */
static bool with_carry(struct lift *l, enum ir_op op, bool set_flags, unsigned sf, unsigned rd, unsigned rn, unsigned rm)
{
        val n = get_x(l, sf, rn), m = get_x(l, sf, rm);
        val v = ir_op3(l->b, op, type_of(sf), n, m, get_nzcv(l));
        if (set_flags)
                set_nzcv(l, v);
        return put_x(l, sf, rd, v);
}

bool a64_ADC(struct lift *l, const struct a64_ADC *f)
{
        return with_carry(l, IR_ADC, false, f->sf, f->rd, f->rn, f->rm);
}

bool a64_ADCS(struct lift *l, const struct a64_ADCS *f)
{
        return with_carry(l, IR_ADCS, true, f->sf, f->rd, f->rn, f->rm);
}

bool a64_SBC(struct lift *l, const struct a64_SBC *f)
{
        return with_carry(l, IR_SBC, false, f->sf, f->rd, f->rn, f->rm);
}

bool a64_SBCS(struct lift *l, const struct a64_SBCS *f)
{
        return with_carry(l, IR_SBCS, true, f->sf, f->rd, f->rn, f->rm);
}

/* cond ? flags of n - m (IR_CCMP) or n + m (IR_CCMN) : nzcv */
static bool compare(struct lift *l, enum ir_op op, unsigned sf, unsigned rn, val m, unsigned cond, unsigned nzcv)
{
        val n = get_x(l, sf, rn);
        if (is_always(cond)) {
                set_nzcv(l, ir_op2(l->b, op == IR_CCMP ? IR_SUBS : IR_ADDS, type_of(sf), n, m));
                return true;
        }
        val old = get_nzcv(l);
        set_nzcv(l, ir_emit(l->b, (struct ir_inst){ .op = op, .type = type_of(sf), .aux = cond, .arg = { n, m, old }, .imm = nzcv }));
        return true;
}

bool a64_CCMN_reg(struct lift *l, const struct a64_CCMN_reg *f)
{
        return compare(l, IR_CCMN, f->sf, f->rn, get_x(l, f->sf, f->rm), f->cond, f->nzcv);
}

bool a64_CCMN_imm(struct lift *l, const struct a64_CCMN_imm *f)
{
        return compare(l, IR_CCMN, f->sf, f->rn, ir_const(l->b, type_of(f->sf), f->imm), f->cond, f->nzcv);
}

bool a64_CCMP_reg(struct lift *l, const struct a64_CCMP_reg *f)
{
        return compare(l, IR_CCMP, f->sf, f->rn, get_x(l, f->sf, f->rm), f->cond, f->nzcv);
}

bool a64_CCMP_imm(struct lift *l, const struct a64_CCMP_imm *f)
{
        return compare(l, IR_CCMP, f->sf, f->rn, ir_const(l->b, type_of(f->sf), f->imm), f->cond, f->nzcv);
}

/* rd := cond ? n : m */
static bool choose(struct lift *l, unsigned sf, unsigned rd, unsigned cond, val n, val m)
{
        if (is_always(cond))
                return put_x(l, sf, rd, n);
        val flags = get_nzcv(l);
        return put_x(l, sf, rd, ir_emit(l->b, (struct ir_inst){ .op = IR_SELECT, .type = type_of(sf), .aux = cond, .arg = { n, m, flags } }));
}

/* CSET, CSETM: rd := !cond ? one : 0 */
static bool choose_const(struct lift *l, unsigned sf, unsigned rd, unsigned cond, u64 one)
{
        val yes = ir_const(l->b, type_of(sf), one), no = ir_const(l->b, type_of(sf), 0);
        return is_always(cond) ? put_x(l, sf, rd, no) : choose(l, sf, rd, cond ^ 1, yes, no);
}

bool a64_CSEL(struct lift *l, const struct a64_CSEL *f)
{
        val n = get_x(l, f->sf, f->rn), m = get_x(l, f->sf, f->rm);
        return choose(l, f->sf, f->rd, f->cond, n, m);
}

bool a64_CSINC(struct lift *l, const struct a64_CSINC *f)
{
        if (f->rn == 31 && f->rm == 31)
                return choose_const(l, f->sf, f->rd, f->cond, 1);
        val n = get_x(l, f->sf, f->rn), m = get_x(l, f->sf, f->rm);
        m = ir_op2(l->b, IR_ADD, type_of(f->sf), m, ir_const(l->b, type_of(f->sf), 1));
        return choose(l, f->sf, f->rd, f->cond, n, m);
}

bool a64_CSINV(struct lift *l, const struct a64_CSINV *f)
{
        if (f->rn == 31 && f->rm == 31)
                return choose_const(l, f->sf, f->rd, f->cond, ~0ull);
        val n = get_x(l, f->sf, f->rn), m = get_x(l, f->sf, f->rm);
        m = ir_op1(l->b, IR_NOT, type_of(f->sf), m);
        return choose(l, f->sf, f->rd, f->cond, n, m);
}

bool a64_CSNEG(struct lift *l, const struct a64_CSNEG *f)
{
        val n = get_x(l, f->sf, f->rn), m = get_x(l, f->sf, f->rm);
        m = ir_op1(l->b, IR_NEG, type_of(f->sf), m);
        return choose(l, f->sf, f->rd, f->cond, n, m);
}

/* The guest flags as a 64-bit PSTATE word, and back. */
static val get_pstate(struct lift *l)
{
        return ir_op1(l->b, IR_NZCV_TO_X, IR_I64, get_nzcv(l));
}

static void set_pstate(struct lift *l, val word)
{
        set_nzcv(l, ir_op1(l->b, IR_NZCV_FROM_X, IR_I64, word));
}

static val and_const(struct lift *l, val v, u64 mask)
{
        return ir_op2(l->b, IR_AND, IR_I64, v, ir_const(l->b, IR_I64, mask));
}

bool a64_RMIF(struct lift *l, const struct a64_RMIF *f)
{
        u64 mask = (u64)f->mask << PSTATE_V;
        val n = get_x(l, 1, f->rn);
        if (f->lsb)
                n = ir_opi(l->b, IR_ROR_I, IR_I64, n, f->lsb);
        n = and_const(l, ir_opi(l->b, IR_SHL_I, IR_I64, n, PSTATE_V), mask);
        val rest = and_const(l, get_pstate(l), ~mask);
        set_pstate(l, ir_op2(l->b, IR_OR, IR_I64, rest, n));
        return true;
}

/* N and Z of the low `width` bits of rn; V: do bits width and width-1 differ? C stays. */
static bool set_flags_of(struct lift *l, unsigned rn, unsigned width)
{
        struct ir_block *b = l->b;
        val carry = and_const(l, get_pstate(l), 1ull << PSTATE_C);
        val x = get_x(l, 1, rn);
        val twice = ir_opi(b, IR_SHL_I, IR_I64, x, 1);
        val differ = ir_opi(b, IR_SHL_I, IR_I64, ir_op2(b, IR_XOR, IR_I64, x, twice), PSTATE_V - width);
        val overflow = and_const(l, differ, 1ull << PSTATE_V);
        val top = ir_opi(b, IR_SHL_I, IR_I32, get_x(l, 0, rn), 32 - width);
        val tested = ir_op2(b, IR_ANDS, IR_I32, top, top);
        val nz = and_const(l, ir_op1(b, IR_NZCV_TO_X, IR_I64, tested), 1ull << PSTATE_N | 1ull << PSTATE_Z);
        set_pstate(l, ir_op2(b, IR_OR, IR_I64, ir_op2(b, IR_OR, IR_I64, nz, carry), overflow));
        return true;
}

bool a64_SETF8(struct lift *l, const struct a64_SETF8 *f)
{
        return set_flags_of(l, f->rn, 8);
}

bool a64_SETF16(struct lift *l, const struct a64_SETF16 *f)
{
        return set_flags_of(l, f->rn, 16);
}

bool a64_CFINV(struct lift *l, const struct a64_CFINV *f)
{
        set_pstate(l, ir_op2(l->b, IR_XOR, IR_I64, get_pstate(l), ir_const(l->b, IR_I64, 1ull << PSTATE_C)));
        return true;
}
