#include "engine/ir/facts.h"

/* Constant expressions: the table is made by the compiler. */
#define IN(op, first, last) ((op) >= IR_##first && (op) <= IR_##last)
#define MAY_FAULT(op) (IN(op, LD, STXP) || IN(op, AT_ADD, AT_CASP) || (op) == IR_DC_ZVA || (op) == IR_ALIGNED || (op) == IR_FTINY || IN(op, FADD, QFCVT_FROM_U) || (op) == IR_FCMP || (op) == IR_FCCMP)
#define SETS_MORE(op) ((op) == IR_HELP_I || (op) == IR_HELP_Q || (op) == IR_HELP_IQ || IN(op, QSQADD, QUQSUB))
#define FLAGS_A(op) ((op) == IR_SET_NZCV || (op) == IR_NZCV_TO_X || (op) == IR_LEAVE_COND)
#define FLAGS_C(op) (IN(op, ADCS, SBC) || (op) == IR_CCMP || (op) == IR_CCMN || (op) == IR_FCCMP || (op) == IR_SELECT || (op) == IR_QSELECT)
#define OPERAND_WIDTH(op) (IN(op, FCVT_FROM_S, FCVT_FROM_U) || IN(op, LEAVE_ZERO, LEAVE_NONZERO) || IN(op, HELP_I, HELP_V))

#define ENDS_PAIR(op) ((op) == IR_AESMC || (op) == IR_AESIMC || (op) == IR_CLZ || (op) == IR_SHA256H2)

#define FACTS(op, result)                                                                                                                  \
        (MAY_FAULT(op) * IR_MAY_FAULT | ((result) == 'V' || MAY_FAULT(op) || SETS_MORE(op)) * IR_HAS_EFFECT | ((result) == 'F') * IR_MAKES_FLAGS | \
         FLAGS_A(op) * IR_FLAGS_A | FLAGS_C(op) * IR_FLAGS_C | OPERAND_WIDTH(op) * IR_OPERAND_WIDTH |                                        \
         ((op) == IR_SET_X || (op) == IR_SET_Q) * IR_SETS_GUEST | ((op) == IR_GET_NZCV) * IR_READS_NZCV | ENDS_PAIR(op) * IR_ENDS_PAIR)

enum { I = 'I', V = 'V', F = 'F', Q = 'Q' };

const u16 ir_facts[IR_OP_COUNT] = {
#define OP(name, result, text) [IR_##name] = FACTS(IR_##name, result),
#include "engine/ir/ops.def"
#undef OP
};
