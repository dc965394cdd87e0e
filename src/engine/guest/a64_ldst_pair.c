/* A64 loads and stores of pairs of integer registers. */
#include "a64_decode.h"
#include "engine/guest/a64_lift.h"

static bool load_pair_as(struct lift *l, struct mem m, enum ir_op op, unsigned sf, unsigned size, unsigned rt, unsigned rt2)
{
        val first = mem_load(l, &m, op, type_of(sf), size, 0);
        val second = mem_load(l, &m, op, type_of(sf), size, 1 << size);
        /* When rt and rt2 are the same (CONSTRAINED UNPREDICTABLE) the first one stays, as under QEMU. */
        set_x(l, sf, rt2, second);
        set_x(l, sf, rt, first);
        mem_finish(l, &m);
        return true;
}

static bool load_pair(struct lift *l, struct mem m, unsigned sf, unsigned rt, unsigned rt2)
{
        return load_pair_as(l, m, IR_LD, sf, sf ? 3 : 2, rt, rt2);
}

static bool load_pair_sw(struct lift *l, struct mem m, unsigned rt, unsigned rt2)
{
        return load_pair_as(l, m, IR_LDS, 1, 2, rt, rt2);
}

static bool store_pair(struct lift *l, struct mem m, unsigned sf, unsigned rt, unsigned rt2)
{
        unsigned size = sf ? 3 : 2;
        mem_store(l, &m, IR_ST, type_of(sf), size, get_x(l, sf, rt), 0);
        mem_store(l, &m, IR_ST, type_of(sf), size, get_x(l, sf, rt2), 1 << size);
        mem_finish(l, &m);
        return true;
}

static i64 scaled(int imm, unsigned sf)
{
        return (i64)imm * (sf ? 8 : 4);
}

bool a64_STP(struct lift *l, const struct a64_STP *f)
{
        return store_pair(l, mem_offset(l, f->rn, scaled(f->imm, f->sf)), f->sf, f->rt, f->rt2);
}

bool a64_LDP(struct lift *l, const struct a64_LDP *f)
{
        return load_pair(l, mem_offset(l, f->rn, scaled(f->imm, f->sf)), f->sf, f->rt, f->rt2);
}

bool a64_LDPSW(struct lift *l, const struct a64_LDPSW *f)
{
        return load_pair_sw(l, mem_offset(l, f->rn, scaled(f->imm, 0)), f->rt, f->rt2);
}

bool a64_STP_pre(struct lift *l, const struct a64_STP_pre *f)
{
        return store_pair(l, mem_pre(l, f->rn, scaled(f->imm, f->sf)), f->sf, f->rt, f->rt2);
}

bool a64_LDP_pre(struct lift *l, const struct a64_LDP_pre *f)
{
        return load_pair(l, mem_pre(l, f->rn, scaled(f->imm, f->sf)), f->sf, f->rt, f->rt2);
}

bool a64_LDPSW_pre(struct lift *l, const struct a64_LDPSW_pre *f)
{
        return load_pair_sw(l, mem_pre(l, f->rn, scaled(f->imm, 0)), f->rt, f->rt2);
}

bool a64_STP_post(struct lift *l, const struct a64_STP_post *f)
{
        return store_pair(l, mem_post(l, f->rn, scaled(f->imm, f->sf)), f->sf, f->rt, f->rt2);
}

bool a64_LDP_post(struct lift *l, const struct a64_LDP_post *f)
{
        return load_pair(l, mem_post(l, f->rn, scaled(f->imm, f->sf)), f->sf, f->rt, f->rt2);
}

bool a64_LDPSW_post(struct lift *l, const struct a64_LDPSW_post *f)
{
        return load_pair_sw(l, mem_post(l, f->rn, scaled(f->imm, 0)), f->rt, f->rt2);
}

/* Non-temporal is a hint. */

bool a64_STNP(struct lift *l, const struct a64_STNP *f)
{
        return store_pair(l, mem_offset(l, f->rn, scaled(f->imm, f->sf)), f->sf, f->rt, f->rt2);
}

bool a64_LDNP(struct lift *l, const struct a64_LDNP *f)
{
        return load_pair(l, mem_offset(l, f->rn, scaled(f->imm, f->sf)), f->sf, f->rt, f->rt2);
}
