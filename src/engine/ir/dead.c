/* One walk backward: who reads each value; instructions without effect become IR_NONE; flags nobody sees are not computed. */
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

/* The walk meets the last use first. An absent operand marks value 0, which nobody asks about. */
static void use(struct ir_uses *operand, enum ir_use how, u32 n)
{
        if (!operand->last[how])
                operand->last[how] = (u16)n;
}

static bool wanted(const struct ir_uses *uses, unsigned facts)
{
        return facts & IR_HAS_EFFECT || uses->last[AS_VALUE] || uses->last[AS_FLAGS];
}

static void flags_set(struct ir_uses *flags, u32 reader)
{
        flags->guest_flags = true;
        if (flags->last[AS_FLAGS] < reader)
                flags->last[AS_FLAGS] = (u16)reader;
}

void ir_dead(struct ir_block *b)
{
        struct ir_uses *uses = b->uses;
        u32 reader = 0;    /* the next point that needs the guest's flags; faults take what EFLAGS still have */
        bool seen = false; /* by a reader or a fault */

        for (u32 n = 0; n < b->count; n++)
                uses[n] = (struct ir_uses){ 0 };
        for (u32 n = b->count - 1; n > 0; n--) {
                struct ir_inst *i = &b->inst[n];
                unsigned facts = ir_facts[i->op];

                /* Flags with a later use are set for the guest as well: a signal before that use must find them. */
                if (i->op == IR_SET_NZCV ? !seen && !uses[i->arg[0]].last[AS_FLAGS] : !wanted(&uses[n], facts)) {
                        i->op = IR_NONE;
                        continue;
                }
                if (facts & IR_MAKES_FLAGS && !uses[n].last[AS_FLAGS])
                        i->op = without_flags(i->op);
                use(&uses[i->arg[0]], facts & IR_FLAGS_A ? AS_FLAGS : AS_VALUE, n);
                use(&uses[i->arg[1]], AS_VALUE, n);
                use(&uses[i->arg[2]], facts & IR_FLAGS_C ? AS_FLAGS : AS_VALUE, n);
                if (facts & IR_SETS_GUEST)
                        uses[i->arg[0]].set_at = (u16)n;
                if (i->op == IR_SET_NZCV) {
                        flags_set(&uses[i->arg[0]], reader);
                        reader = 0;
                        seen = false;
                        continue;
                }
                seen |= (facts & IR_MAY_FAULT) != 0;
                if (facts & IR_READS_NZCV || i->nzcv_live) {
                        seen = true;
                        if (!reader)
                                reader = n;
                }
        }
}
