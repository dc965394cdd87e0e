/* Shared by the lifters of A64's integer and load/store rows; lift.c and a64_mem.c have the bodies. */
#pragma once
#include "engine/guest/lift.h"

/* End the block with `exit`, one of IR_EXIT_*. */
void lift_end(struct lift *l, struct ir_inst exit);

/* The guest flags as a value for SELECT, CCMP, ADCS ..., and the other way round. */
val get_nzcv(struct lift *l);
void set_nzcv(struct lift *l, val flags);

/* set_x and true: the last line of most rows. */
bool put_x(struct lift *l, unsigned sf, unsigned n, val v);

/* Conditions AL and NV both mean always. */
static inline bool is_always(unsigned cond)
{
        return cond >= C_AL;
}

/* The address of a load or store, and the base register's update. */
struct mem {
        val base, index;        /* index 0: none */
        u8 scale;               /* of index, log2 */
        i64 disp;
        bool writeback;
        unsigned rn;
        i64 step;               /* the base register grows by it on writeback */
        val old;                /* the base register with its tag */
};

struct mem mem_offset(struct lift *l, unsigned rn, i64 disp);
struct mem mem_pre(struct lift *l, unsigned rn, i64 disp);
struct mem mem_post(struct lift *l, unsigned rn, i64 step);
/* option: bit 1 signed, bit 0 64-bit index, that is option<2>:option<0> of the encoding. */
struct mem mem_register(struct lift *l, unsigned rn, unsigned rm, unsigned option, unsigned shift);
struct mem mem_literal(struct lift *l, i64 words);

/* One access, `extra` bytes beyond the address. op: IR_LD, IR_LDS or IR_LDQ. */
val mem_load(struct lift *l, const struct mem *m, enum ir_op op, enum ir_type type, unsigned esz, i64 extra);
void mem_store(struct lift *l, const struct mem *m, enum ir_op op, enum ir_type type, unsigned esz, val v, i64 extra);
/* The whole address but disp as one value. */
val mem_base(struct lift *l, const struct mem *m);
/* After the accesses and after the loaded registers were set: the base register wins when it is among them. */
void mem_finish(struct lift *l, const struct mem *m);
