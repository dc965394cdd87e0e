/*
 * Register allocation in one forward walk over a block; ir_dead has found the last uses.
 *
 * A value is in a register (scratch, or the pinned register of a guest register it equals), or in a home it can be loaded from
 * (the CPU state, a spill slot, a constant), or both.
 */
#pragma once
#include "engine/host/emit.h"
#include "engine/host/host.h"

enum home { HOME_NONE, HOME_CPU, HOME_SPILL, HOME_CONST, HOME_ADDR };

struct value {
        u16 slot; /* guest register (HOME_CPU) or spill slot */
        u8 home;
        u8 reg;   /* host register or NO_REG */
};

enum { MAX_SCRATCH = 4, SPILL_SLOTS = 32, MAX_COLD = 256, COLD_ARG_BYTES = 8192, MAX_EXITS = 12, MANY_ACTIVE = 64 };

/* One class of registers: general or vector. */
struct bank {
        bool vector;
        const u8 *pinned;          /* the host register of each guest register, 0: lives in the CPU state */
        u8 count;                  /* of scratch registers: host registers 0 .. count - 1 (regmap.h) */
        u8 held, locked, tmp;      /* masks over them: has an owner; for the current instruction: is an operand or result, is temporary */
        val owner[MAX_SCRATCH];
        val spill[SPILL_SLOTS];    /* owner of each slot */
        u32 spill_count;           /* slots ever used in this block */
        u32 aliased;               /* guest registers whose home some live value may be in */
        u32 active_count;
        val active[IR_MAX_INSTS];  /* the values that may */
};

enum flags_form { FORM_NONE, FORM_ADD, FORM_SUB, FORM_FCMP }; /* CF is Arm's C; its inverse; as UCOMIS leaves it */

struct cold {
        u8 *jump, *resume;
        void (*fn)(struct emit *e, void *arg);
        void *arg;
        u16 insn; /* what emit_note() would say at the jump */
        u8 flags_form;
        bool flags_saved;
        val flags_val;
};

struct pending_exit {
        u8 *field;    /* displacement to be linked */
        gaddr target;
};

struct emit {
        struct code *c;
        const struct ir_block *b;
        struct host_block *out;
        val cur;
        u16 insn;                 /* number of the guest instruction in the block */
        struct bank gprs, xmms;
        val flags_val;            /* whose flags are current, 0: the guest's at block entry */
        u8 flags_form;            /* in EFLAGS as ... */
        bool flags_saved;         /* in cpu.nzcv (or cpu.nzcv_tmp when not the guest's) */
        bool map_full;
        struct pending_exit exits[MAX_EXITS];
        u32 exit_count;
        struct cold cold[MAX_COLD];
        u32 cold_count;
        u32 cold_arg_used;
        u8 cold_args[COLD_ARG_BYTES] __attribute__((aligned(16)));
        struct value values[IR_MAX_INSTS];
};

/* flags.c */
unsigned emit_need_flags(struct emit *e, val f);                        /* f in EFLAGS; returns enum flags_form. Call before uses */
void emit_set_flags(struct emit *e, val v, enum flags_form form);       /* v's flags are in EFLAGS now */
void emit_flags_in_memory(struct emit *e, val v);                       /* v's flags are in cpu.nzcv now */
void emit_save_flags(struct emit *e);                                   /* current flags to memory if they are not there */
void emit_pack_flags(struct emit *e, unsigned form);                    /* the guest's flags, in EFLAGS, to cpu.nzcv; from cold code, takes RAX */

/* A condition on EFLAGS in a form: cc, then combined with the parity flag for unordered compares. */
struct x64_cond {
        u8 cc;
        enum { PARITY_NO, PARITY_AND_CLEAR, PARITY_OR_SET } parity;
};
struct x64_cond emit_cond(struct emit *e, enum ir_cond cond, unsigned form); /* may emit CMC */

/* alloc.c, for the integer emitters */
gpr emit_take_i(struct emit *e, unsigned host);       /* this scratch register, emptied, for this instruction */
void emit_release_i(struct emit *e, val v);           /* operand v was read: its scratch register may serve this instruction otherwise */
void emit_result_in(struct emit *e, val v, bool w, gpr r); /* v's result stands in scratch register r; the operands were read */
bool emit_in_reg(struct emit *e, val v);
bool emit_const(struct emit *e, val v, i64 *k);       /* is v a constant? */
bool emit_mem_home(struct emit *e, val v, mem *m);    /* v is not in a register but in the CPU state: usable as operand */
void emit_get(struct emit *e, val v, const struct ir_inst *i);
void emit_set(struct emit *e, const struct ir_inst *i);
void emit_note(struct emit *e, bool boundary);        /* side-table entry for here */
struct value *emit_value(struct emit *e, val v);
const struct ir_uses *emit_uses(struct emit *e, val v);

bool emit_near(struct emit *e, gaddr target);          /* within reach of RIP-relative addressing? */
void emit_guest_address(struct emit *e, gpr d, gaddr target);

/* exit.c */
void emit_cold(struct emit *e, const struct cold *k);
void emit_exits(struct emit *e);
