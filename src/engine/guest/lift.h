/*
 * What every lifter of a guest instruction works with. A row `NAME` of a .insn table has one function
 *
 *      bool a64_NAME(struct lift *l, const struct a64_NAME *f);
 *
 * that appends the row's meaning to l->b and returns true, or returns false when the word is UNDEFINED after all.
 * A function that ends the block appends exactly one EXIT_*.
 * Faulting operations come before the first SET_*, so that state is exact at faults.
 */
#pragma once
#include "engine/ir/ir.h"

/*
 * What was learned at run time about one guest instruction; the lifter then chooses the explicit form. SITE_FP_CAREFUL and
 * SITE_FP_FLUSH are of the whole process: the guest looks at FPSR, or flushes subnormals, so that cases are told apart which the host
 * alone does not (fp/fpsr.h).
 */
enum { SITE_TAGGED = 1, SITE_FP_EXPLICIT = 2, SITE_FP_CAREFUL = 4, SITE_FP_FLUSH = 8 };

enum { MAX_LEAVES = 4 };

/* A register's content as a value of the block, and how it was set: an I32 value is zero-extended. v 0: not known. */
struct known {
        val v;
        u8 type;
};

struct lift {
        struct ir_block *b;
        gaddr pc;       /* address of this instruction */
        u32 word;
        u8 site;        /* SITE_* of this address */
        u8 leaves;      /* conditional branches in the block so far */
        bool ended;     /* set by lift_exit* */
        struct known x[32]; /* 31: SP */
        val q[32], nzcv;
};

/* A register that was read or written before in the block is known: reading it again appends nothing. */

/* Integer registers. sf: 1 = 64-bit. A 32-bit value is IR_I32. Number 31 is the zero register ... */
val get_x(struct lift *l, unsigned sf, unsigned n);
void set_x(struct lift *l, unsigned sf, unsigned n, val v);
/* ... or SP in these. */
val get_x_sp(struct lift *l, unsigned sf, unsigned n);
void set_x_sp(struct lift *l, unsigned sf, unsigned n, val v);
static inline enum ir_type type_of(unsigned sf) { return sf ? IR_I64 : IR_I32; }

/* Vector registers: whole. set_v writes all 128 bits; operations with width < W_128 have zeroed the rest. */
val get_v(struct lift *l, unsigned n);
void set_v(struct lift *l, unsigned n, val q);

/* Ends of blocks. */
void lift_exit(struct lift *l, gaddr to);
/* A base address for a load or store: clears the tag when this site was seen to use tagged pointers. */
val lift_address(struct lift *l, val base);
/* The same without waiting for a fault: for what does more with the address than access memory there. */
val lift_untagged(struct lift *l, val base);
