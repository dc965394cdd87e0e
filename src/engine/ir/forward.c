/*
 * One walk forward: a GET that follows a SET (or another GET) of the same guest register takes the value itself, narrowings are
 * looked through, and operations on constants are carried out.
 */
#include "engine/ir/facts.h"

struct known {
        val v;
        u8 type; /* of the register's content: I32 may be the low half of an I64 value */
};

struct forward {
        struct ir_block *b;
        struct known x[32];
        val q[32], nzcv;
        val same_as[IR_MAX_INSTS]; /* the value that replaces an instruction's, mostly itself */
        val beneath[IR_MAX_INSTS]; /* the same with narrowings looked through */
};

static bool leaves_high_half_zero(const struct ir_inst *i) { return i->type == IR_I32 && i->op != IR_GET_X && i->op != IR_TRUNC; }

/* A widening that changes nothing, because the operand's register has a zero upper half. */
static void look_through(struct forward *f, u32 n)
{
        const struct ir_inst *i = &f->b->inst[n];
        if (i->esz == 2 && i->type == IR_I64 && leaves_high_half_zero(&f->b->inst[i->arg[0]]))
                f->beneath[n] = f->beneath[i->arg[0]];
}

static void replace(struct forward *f, u32 n, val by)
{
        f->same_as[n] = by;
        f->beneath[n] = f->beneath[by];
        f->b->inst[n].op = IR_NONE;
}

static void get_x(struct forward *f, u32 n)
{
        struct ir_inst *i = &f->b->inst[n];
        struct known k = f->x[i->aux];
        if (!k.v) {
                if (i->type == IR_I64)
                        f->x[i->aux] = (struct known){ (val)n, IR_I64 };
        } else if (k.type == i->type && f->b->inst[k.v].type == i->type) /* a narrowed register's value may be a wide one */
                replace(f, n, k.v);
        else if (i->type == IR_I32) {
                *i = (struct ir_inst){ .op = IR_TRUNC, .type = IR_I32, .arg = { k.v } };
                f->beneath[n] = f->beneath[k.v];
        } else {
                *i = (struct ir_inst){ .op = IR_ZEXT, .type = IR_I64, .esz = 2, .arg = { k.v } };
                look_through(f, n);
        }
}

static void get_q(struct forward *f, u32 n)
{
        struct ir_inst *i = &f->b->inst[n];
        if (f->q[i->aux])
                replace(f, n, f->q[i->aux]);
        else
                f->q[i->aux] = (val)n;
}

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
        case IR_TRUNC: *r = x; return true;
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

static void operands(struct forward *f, struct ir_inst *i)
{
        const val *stands_for = ir_facts[i->op] & IR_OPERAND_WIDTH ? f->same_as : f->beneath;
        if (i->op == IR_SET_X || i->op == IR_SET_CTX)
                i->type = f->b->inst[f->same_as[i->arg[0]]].type;
        i->arg[0] = stands_for[i->arg[0]];
        i->arg[1] = stands_for[i->arg[1]];
        i->arg[2] = stands_for[i->arg[2]];
}

void ir_forward(struct ir_block *b)
{
        static struct forward state; /* translation is serialised by the process's lock */
        struct forward *f = &state;

        f->b = b;
        f->nzcv = 0;
        for (int n = 0; n < 32; n++) {
                f->x[n].v = 0;
                f->q[n] = 0;
        }
        for (u32 n = 1; n < b->count; n++) {
                struct ir_inst *i = &b->inst[n];
                f->same_as[n] = f->beneath[n] = (val)n;
                operands(f, i);
                switch (i->op) {
                case IR_GET_X: get_x(f, n); break;
                case IR_GET_Q: get_q(f, n); break;
                case IR_SET_X: f->x[i->aux] = (struct known){ i->arg[0], i->type }; break;
                case IR_SET_Q: f->q[i->aux] = i->arg[0]; break;
                case IR_SET_NZCV: f->nzcv = i->arg[0]; break;
                case IR_GET_NZCV:
                        if (f->nzcv)
                                replace(f, n, f->nzcv);
                        else
                                f->nzcv = (val)n;
                        break;
                case IR_TRUNC:
                        if (!fold(b, i))
                                f->beneath[n] = f->beneath[i->arg[0]];
                        break;
                case IR_ZEXT:
                        if (!fold(b, i))
                                look_through(f, n);
                        break;
                default: fold(b, i);
                }
        }
}
