/* One walk backward: instructions without effect become IR_NONE; flags nobody sees are not computed. */
#include "engine/ir/facts.h"

static u16 without_flags(u16 op)
{
        switch (op) {
        case IR_ADDS: return IR_ADD;
        case IR_SUBS: return IR_SUB;
        case IR_ANDS: return IR_AND;
        case IR_BICS: return IR_BIC;
        case IR_ADCS: return IR_ADC;
        case IR_SBCS: return IR_SBC;
        default: return op;
        }
}

enum { USED_INT = 1, USED_FLAGS = 2 };

void ir_dead(struct ir_block *b)
{
        static u8 used[IR_MAX_INSTS]; /* translation is serialised by the process's lock */
        bool nzcv_seen = false;

        for (u32 n = 0; n < b->count; n++)
                used[n] = 0;
        for (u32 n = b->count - 1; n > 0; n--) {
                struct ir_inst *i = &b->inst[n];
                unsigned facts = ir_facts[i->op];
                if (i->op == IR_SET_NZCV) {
                        if (!nzcv_seen && !(used[i->arg[0]] & USED_FLAGS)) { /* used: a signal before that use must find them */
                                i->op = IR_NONE;
                                continue;
                        }
                        nzcv_seen = false;
                } else if (facts & IR_SEES_NZCV || i->nzcv_live)
                        nzcv_seen = true;
                if (!used[n] && !(facts & IR_HAS_EFFECT)) {
                        i->op = IR_NONE;
                        continue;
                }
                if (facts & IR_MAKES_FLAGS && !(used[n] & USED_FLAGS))
                        i->op = without_flags(i->op);
                /* An absent operand marks value 0, which nobody asks about. */
                used[i->arg[0]] |= facts & IR_FLAGS_A ? USED_FLAGS : USED_INT;
                used[i->arg[1]] |= USED_INT;
                used[i->arg[2]] |= facts & IR_FLAGS_C ? USED_FLAGS : USED_INT;
        }
}
