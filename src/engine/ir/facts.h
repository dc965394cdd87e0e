/* What the passes ask of each operation, as one word of a table. */
#pragma once
#include "engine/ir/ir.h"

enum ir_fact {
        IR_MAY_FAULT = 1,      /* a trap may end the guest instruction here: memory, FP */
        IR_HAS_EFFECT = 2,     /* beyond its value: memory, faults, FPSR, the guest's state */
        IR_MAKES_FLAGS = 4,
        IR_FLAGS_A = 8,        /* operand a is flags */
        IR_FLAGS_C = 16,       /* operand c is flags */
        IR_OPERAND_WIDTH = 32, /* takes its width from the operand's type */
        IR_SETS_GUEST = 128,   /* SET_X, SET_Q */
        IR_ENDS_PAIR = 256,    /* may be one with an operation before (fuse.c) */
        IR_READS_NZCV = 64,    /* GET_NZCV */
};

extern const u16 ir_facts[IR_OP_COUNT];
