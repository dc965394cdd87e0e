/* One walk backward: instructions without effect become IR_NONE; flags nobody sees are not computed. */
#include "engine/ir/ir.h"

static bool may_fault(u16 op)
{
        return (op >= IR_LD && op <= IR_STXP) || (op >= IR_AT_ADD && op <= IR_AT_CASP) || op == IR_DC_ZVA || (op >= IR_FADD && op <= IR_QFCVT_FROM_U) ||
               op == IR_FCMP || op == IR_FCCMP;
}

/* Effects beyond the value: memory, faults, FPSR, the guest's state. */
static bool has_effect(const struct ir_inst *i)
{
        if (ir_op_result(i->op) == 'V' || may_fault(i->op))
                return true;
        return i->op == IR_HELP_I || i->op == IR_HELP_Q || i->op == IR_HELP_IQ || (i->op >= IR_QSQADD && i->op <= IR_QUQSUB);
}

static bool uses_flags(const struct ir_inst *i, int a)
{
        switch (i->op) {
        case IR_SET_NZCV:
        case IR_NZCV_TO_X:
        case IR_EXIT_COND: return a == 0;
        case IR_ADCS:
        case IR_SBCS:
        case IR_ADC:
        case IR_SBC:
        case IR_CCMP:
        case IR_CCMN:
        case IR_FCCMP:
        case IR_SELECT:
        case IR_QSELECT: return a == 2;
        default: return false;
        }
}

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

void ir_dead(struct ir_block *b, bool nzcv_live_out)
{
        static u8 used[IR_MAX_INSTS]; /* translation is serialised by the process's lock */
        bool nzcv_seen = nzcv_live_out;

        b->nzcv_live_out = nzcv_live_out;
        for (u32 n = 0; n < b->count; n++)
                used[n] = 0;
        for (u32 n = b->count - 1; n > 0; n--) {
                struct ir_inst *i = &b->inst[n];
                if (i->op == IR_SET_NZCV) {
                        if (!nzcv_seen) {
                                i->op = IR_NONE;
                                continue;
                        }
                        nzcv_seen = false;
                } else if (may_fault(i->op) || i->op == IR_GET_NZCV)
                        nzcv_seen = true;
                if (!used[n] && !has_effect(i)) {
                        i->op = IR_NONE;
                        continue;
                }
                if (!(used[n] & USED_FLAGS))
                        i->op = without_flags(i->op);
                for (int a = 0; a < 3; a++)
                        if (i->arg[a])
                                used[i->arg[a]] |= uses_flags(i, a) ? USED_FLAGS : USED_INT;
        }
}
