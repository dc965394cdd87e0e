/* One walk forward: narrowings are looked through, and operations on constants are carried out. */
#include "engine/ir/facts.h"

static u64 truncate(const struct ir_inst *i, u64 v) { return i->type == IR_I32 ? (u32)v : v; }

static u64 low_bits(unsigned n) { return n >= 64 ? ~0ull : (1ull << n) - 1; }

/* The value of i when both operands are constants x and y. */
static bool evaluate(const struct ir_inst *i, u64 x, u64 y, u64 *r)
{
        switch (i->op) {
        case IR_ADD: *r = x + y; return true;
        case IR_SUB: *r = x - y; return true;
        case IR_AND: *r = x & y; return true;
        case IR_OR: *r = x | y; return true;
        case IR_XOR: *r = x ^ y; return true;
        case IR_BIC: *r = x & ~y; return true;
        case IR_NOT: *r = ~x; return true;
        case IR_SHL_I: *r = x << i->imm; return true;
        case IR_SHR_I: *r = truncate(i, x) >> i->imm; return true;
        case IR_BFI: *r = (x & ~(low_bits(i->aux) << i->imm)) | (y & low_bits(i->aux)) << i->imm; return true;
        case IR_ZEXT: *r = x & low_bits(8u << i->esz); return true;
        default: return false;
        }
}

static bool fold(struct ir_block *b, struct ir_inst *i)
{
        const struct ir_inst *x = &b->inst[i->arg[0]], *y = &b->inst[i->arg[1]];
        u64 r;
        if (!i->arg[0])
                return false;
        if (i->op == IR_ADD && i->type == IR_I64 && x->op == IR_ADDR && y->op == IR_CONST) {
                *i = (struct ir_inst){ .op = IR_ADDR, .type = IR_I64, .imm = x->imm + y->imm };
                return true;
        }
        if (x->op != IR_CONST || (i->arg[1] && y->op != IR_CONST) || !evaluate(i, (u64)x->imm, (u64)y->imm, &r))
                return false;
        *i = (struct ir_inst){ .op = IR_CONST, .type = i->type, .imm = (i64)truncate(i, r) };
        return true;
}

static bool leaves_high_half_zero(const struct ir_inst *i) { return i->type == IR_I32 && i->op != IR_GET_X && i->op != IR_TRUNC; }

/* Does i only give its operand another type? Of a widening, the operand's register has a zero upper half then. */
static bool changes_nothing(const struct ir_block *b, const struct ir_inst *i)
{
        return i->op == IR_TRUNC || (i->op == IR_ZEXT && i->esz == 2 && i->type == IR_I64 && leaves_high_half_zero(&b->inst[i->arg[0]]));
}

void ir_fold(struct ir_block *b)
{
        val beneath[IR_MAX_INSTS]; /* each value, or what it stands for */

        beneath[0] = 0;
        for (u32 n = 1; n < b->count; n++) {
                struct ir_inst *i = &b->inst[n];

                beneath[n] = (val)n;
                if (!(ir_facts[i->op] & IR_OPERAND_WIDTH)) {
                        i->arg[0] = beneath[i->arg[0]];
                        i->arg[1] = beneath[i->arg[1]];
                        i->arg[2] = beneath[i->arg[2]];
                }
                if (i->op >= IR_ADD && i->op <= IR_TRUNC && !fold(b, i) && changes_nothing(b, i))
                        beneath[n] = beneath[i->arg[0]];
        }
}
