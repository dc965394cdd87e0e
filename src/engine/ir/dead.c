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

static void use_operands(struct ir_uses *uses, const struct ir_inst *i, unsigned facts, u32 n)
{
        if (!(i->arg[0] | i->arg[1] | i->arg[2]))
                return;
        use(&uses[i->arg[0]], facts & IR_FLAGS_A ? AS_FLAGS : AS_VALUE, n);
        use(&uses[i->arg[1]], AS_VALUE, n);
        use(&uses[i->arg[2]], facts & IR_FLAGS_C ? AS_FLAGS : AS_VALUE, n);
}

static bool wanted(const struct ir_uses *uses, unsigned facts)
{
        return facts & IR_HAS_EFFECT || uses->last[AS_VALUE] || uses->last[AS_FLAGS];
}

/* The point behind, if any, that sees the guest's flags as an instruction leaves them. */
struct observer {
        u32 reader; /* the next one that needs them; faults take what EFLAGS still have */
        bool any;   /* a reader or a fault */
};

/* Flags with a later use are set for the guest as well: a signal before that use must find them. */
static bool set_nzcv(struct ir_uses *flags, struct observer *o, u32 n)
{
        if (!o->any && !flags->last[AS_FLAGS])
                return false;
        use(flags, AS_FLAGS, n);
        if (flags->last[AS_FLAGS] < o->reader)
                flags->last[AS_FLAGS] = (u16)o->reader;
        flags->guest_flags = true;
        *o = (struct observer){ 0 };
        return true;
}

static void observe(struct observer *o, const struct ir_inst *i, unsigned facts, u32 n)
{
        if (facts & IR_READS_NZCV || i->nzcv_live) {
                o->any = true;
                if (!o->reader)
                        o->reader = n;
        } else if (facts & IR_MAY_FAULT)
                o->any = true;
}

void ir_dead(struct ir_block *b)
{
        struct ir_uses *uses = b->uses;
        struct observer o = { 0 };
        u32 count = b->count;

        for (u32 n = 0; n < count; n++)
                uses[n] = (struct ir_uses){ 0 };
        for (u32 n = count - 1; n > 0; n--) {
                struct ir_inst *i = &b->inst[n];
                unsigned facts = ir_facts[i->op];

                if (i->op == IR_SET_NZCV) {
                        if (!set_nzcv(&uses[i->arg[0]], &o, n))
                                i->op = IR_NONE;
                        continue;
                }
                if (!wanted(&uses[n], facts)) {
                        i->op = IR_NONE;
                        continue;
                }
                if (facts & IR_MAKES_FLAGS && !uses[n].last[AS_FLAGS])
                        i->op = without_flags(i->op);
                use_operands(uses, i, facts, n);
                if (facts & IR_SETS_GUEST)
                        uses[i->arg[0]].set_at = (u16)n;
                observe(&o, i, facts, n);
        }
}
