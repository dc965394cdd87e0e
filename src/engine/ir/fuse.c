/*
 * Pairs of guest instructions that are one on the host. The first one's result is never seen: nothing between the two can fault, and
 * the boundary between them is no longer a place to stop at.
 */
#include "engine/ir/facts.h"
#include "engine/run/cpu.h"

static const struct {
        u16 first, second, fused;
} pairs[] = {
        { IR_AESE, IR_AESMC, IR_AESEMC },
        { IR_AESD, IR_AESIMC, IR_AESDIMC },
        { IR_RBIT, IR_CLZ, IR_CTZ },
};

static u16 fused_pair(const struct ir_inst *first, const struct ir_inst *second)
{
        for (u32 n = 0; n < ARRAY_LEN(pairs); n++)
                if (pairs[n].second == second->op && pairs[n].first == first->op && first->type == second->type)
                        return pairs[n].fused;
        return IR_NONE;
}

static bool is_set(const struct ir_inst *i, val of)
{
        return (i->op == IR_SET_Q || i->op == IR_SET_X) && i->arg[0] == of;
}

/* From first's SET to the one after second there are only boundaries and dropped instructions. */
static bool adjacent(const struct ir_block *b, u32 first, u32 second)
{
        u32 n = first + 1, end = second + 1;
        while (n < second && b->inst[n].op == IR_NONE)
                n++;
        const struct ir_inst *set = &b->inst[n], *next = &b->inst[end];
        if (end >= b->count || !is_set(set, (val)first) || !is_set(next, (val)second) || set->aux != next->aux)
                return false;
        while (++n < second)
                if (b->inst[n].op != IR_INSN && b->inst[n].op != IR_NONE)
                        return false;
        return true;
}

static void fuse(struct ir_block *b, u32 first, u32 second, u16 op)
{
        struct ir_inst *a = &b->inst[first];
        b->inst[second] = (struct ir_inst){ .op = op, .type = a->type, .width = a->width, .arg = { a->arg[0], a->arg[1] } };
        for (u32 n = first; n < second; n++)
                if (b->inst[n].op == IR_INSN)
                        b->inst[n].aux = 1;
                else
                        b->inst[n].op = IR_NONE;
}

/* SHA256H and the SHA256H2 of the same four rounds: the host computes both at once. */
static void fuse_sha256(struct ir_block *b, u32 n)
{
        enum { DISTANCE = 16 };
        struct ir_inst *h2 = &b->inst[n];
        for (u32 m = n - 1; m > 0 && n - m < DISTANCE; m--) {
                struct ir_inst *h = &b->inst[m];
                if (h->op == IR_SHA256H_BOTH)
                        return; /* its second result is not to be overwritten before it was taken */
                if (h->op == IR_SHA256H && h->arg[0] == h2->arg[1] && h->arg[1] == h2->arg[0] && h->arg[2] == h2->arg[2]) {
                        h->op = IR_SHA256H_BOTH;
                        *h2 = (struct ir_inst){ .op = IR_GET_CTX_Q, .type = IR_Q, .width = W_128, .imm = offsetof(struct cpu, sha256h2) };
                        return;
                }
        }
}

void ir_fuse(struct ir_block *b)
{
        for (u32 n = 1; n < b->count; n++) {
                if (!(ir_facts[b->inst[n].op] & IR_ENDS_PAIR))
                        continue;
                val first = b->inst[n].arg[0];
                u16 op = fused_pair(&b->inst[first], &b->inst[n]);
                if (op && adjacent(b, first, n))
                        fuse(b, first, n, op);
                else if (b->inst[n].op == IR_SHA256H2)
                        fuse_sha256(b, n);
        }
}
