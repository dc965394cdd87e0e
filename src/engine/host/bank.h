/*
 * One class of registers at work (struct bank, alloc.h): which value a scratch register holds, where a value is kept when it has to go,
 * and which values stand in the home of a guest register. Only the allocator's own files use this.
 */
#pragma once
#include "engine/host/alloc.h"

/* The last instruction that reads v as an integer or vector, 0: nobody does. */
static inline unsigned value_last_use(const struct emit *e, val v) { return e->b->uses[v].last[AS_VALUE]; }

static inline struct bank *bank_of(struct emit *e, val v)
{
        return e->b->inst[v].type == IR_Q ? &e->xmms : &e->gprs;
}

/* The host register of a guest register; NO_REG: it lives in the CPU state. */
static inline unsigned bank_pinned(const struct bank *k, unsigned guest)
{
        return k->pinned[guest] ? k->pinned[guest] : NO_REG;
}

static inline bool bank_is_scratch(const struct bank *k, unsigned reg) { return reg < k->count; }

static inline void bank_hold(struct bank *k, unsigned s, val v)
{
        k->owner[s] = v;
        k->held |= (u8)(1 << s);
}

static inline void bank_let_go(struct bank *k, unsigned s)
{
        k->owner[s] = 0;
        k->held &= (u8)~(1 << s);
}

mem bank_home(const struct bank *k, enum home home, unsigned slot); /* a guest register or a spill slot in the CPU state */

void bank_move(struct emit *e, const struct bank *k, unsigned to, unsigned from);
void bank_load(struct emit *e, const struct bank *k, unsigned to, mem m);
void bank_store(struct emit *e, const struct bank *k, mem m, unsigned from);

void bank_prune(struct emit *e, struct bank *k);                             /* forget values that nobody reads any more */
void bank_activate(struct emit *e, struct bank *k, val v, unsigned guest);   /* v is in the home of a guest register from now on */
void bank_vacate(struct emit *e, struct bank *k, unsigned s);                /* empty a scratch register; its value stays reachable */
unsigned bank_take(struct emit *e, struct bank *k);                          /* an empty scratch register: the one that costs least */
unsigned bank_tmp(struct emit *e, struct bank *k);                           /* ... that is scratch until the end of this instruction */
void bank_materialise(struct emit *e, struct bank *k, val v, unsigned reg);  /* load v from its home, a constant or address from nowhere */
unsigned bank_use(struct emit *e, struct bank *k, val v);                    /* the register of v, locked for this instruction */
