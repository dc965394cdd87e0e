/*
 * The intermediate representation: one straight-line block of guest code.
 *
 * A value is the index of the instruction that makes it (0 = none). The lifter appends through the builder
 * functions below; passes walk the array; the host side reads it and never sees a guest mnemonic.
 */
#pragma once
#include "base/types.h"

enum ir_op {
        IR_NONE,
#define OP(name, result, text) IR_##name,
#include "engine/ir/ops.def"
#undef OP
        IR_OP_COUNT
};

enum ir_type { IR_VOID, IR_I32, IR_I64, IR_Q };
enum ir_width { W_SCALAR, W_64, W_128 };

/* Condition codes, numbered as the A64 cond field. */
enum ir_cond { C_EQ, C_NE, C_CS, C_CC, C_MI, C_PL, C_VS, C_VC, C_HI, C_LS, C_GE, C_LT, C_GT, C_LE, C_AL, C_NV };

/* What EXIT_TRAP asks of the run-time. */
enum guest_trap { TRAP_UNDEFINED, TRAP_BRK, TRAP_FETCH_FAULT };

typedef u16 val;

struct ir_inst {
        u16 op;    /* enum ir_op */
        u8 type;   /* enum ir_type of the result; of the operands for flag compares and void operations */
        u8 esz;    /* log2 of the element or access size in bytes */
        u8 width;  /* enum ir_width */
        u8 aux;    /* register number, condition, rounding, scale, field width, lane: see ops.def */
        val arg[3];
        bool nzcv_live; /* of a LEAVE_* or EXIT_*: the guest flags are read after it */
        i64 imm;
        i64 imm2;
};

/* Who reads the value of an instruction: found by ir_dead, read by the host side. */
enum ir_use { AS_VALUE, AS_FLAGS };
struct ir_uses {
        u16 last[2];      /* by enum ir_use: index of the last instruction that reads it, or whose fault or exit shows its flags; 0: none */
        u16 set_at;       /* first SET_X / SET_Q of it, 0: none */
        bool guest_flags; /* its flags are set as the guest's */
};

enum { IR_MAX_INSTS = 4000 };

struct ir_block {
        gaddr pc;      /* guest address of the first instruction */
        gaddr end;     /* first guest address after the block */
        u32 count;     /* instructions used, [0] is unused so that value 0 means none */
        struct ir_inst inst[IR_MAX_INSTS];
        struct ir_uses uses[IR_MAX_INSTS];
};

static inline bool ir_is_exit(u16 op) { return op >= IR_EXIT; }
static inline bool ir_is_leave(u16 op) { return op >= IR_LEAVE_COND && op <= IR_LEAVE_BIT1; }

const char *ir_op_name(enum ir_op op);
char ir_op_result(enum ir_op op); /* 'V' 'I' 'F' 'Q' */

/* Append an instruction and return its value. The raw form; the typed forms below read better. */
val ir_emit(struct ir_block *b, struct ir_inst inst);

/* Every operand of `type`; a, b, c may be 0 where the operation takes fewer. */
static inline val ir_op3(struct ir_block *b, enum ir_op op, enum ir_type type, val a, val c, val d)
{
        return ir_emit(b, (struct ir_inst){ .op = op, .type = type, .arg = { a, c, d } });
}
static inline val ir_op2(struct ir_block *b, enum ir_op op, enum ir_type type, val a, val c) { return ir_op3(b, op, type, a, c, 0); }
static inline val ir_op1(struct ir_block *b, enum ir_op op, enum ir_type type, val a) { return ir_op3(b, op, type, a, 0, 0); }
static inline val ir_opi(struct ir_block *b, enum ir_op op, enum ir_type type, val a, i64 imm)
{
        return ir_emit(b, (struct ir_inst){ .op = op, .type = type, .arg = { a }, .imm = imm });
}
static inline val ir_const(struct ir_block *b, enum ir_type type, u64 v)
{
        return ir_emit(b, (struct ir_inst){ .op = IR_CONST, .type = type, .imm = type == IR_I32 ? (i64)(u32)v : (i64)v });
}
/* Vector operation: esz, width, up to three vector operands, immediate. */
static inline val ir_q(struct ir_block *b, enum ir_op op, u8 esz, enum ir_width w, val a, val c, val d, i64 imm, u8 aux)
{
        return ir_emit(b, (struct ir_inst){ .op = op, .type = IR_Q, .esz = esz, .width = w, .aux = aux, .arg = { a, c, d }, .imm = imm });
}

/* Passes, one file each. */
void ir_verify(const struct ir_block *b);               /* check()s the invariants of ops.def */
void ir_fold(struct ir_block *b);                       /* constants folded, narrowings looked through */
void ir_fuse(struct ir_block *b);                       /* pairs of guest instructions that the host does in one */
void ir_dead(struct ir_block *b);                       /* instructions without effect become IR_NONE; fills uses[] */
struct out;
void ir_dump(struct out *o, const struct ir_block *b);
