/* A64 loads and stores of integer registers: Arm ARM C4.1.96. */
#include "a64_decode.h"
#include "engine/guest/a64_lift.h"

static bool load_as(struct lift *l, struct mem m, enum ir_op op, unsigned sf, unsigned size, unsigned rt)
{
        set_x(l, sf, rt, mem_load(l, &m, op, type_of(sf), size, 0));
        mem_finish(l, &m);
        return true;
}

static bool load(struct lift *l, struct mem m, unsigned size, unsigned rt)
{
        return load_as(l, m, IR_LD, size == 3, size, rt);
}

/* Sign-extended to 64 bits, to 32 bits. */
static bool load_sx(struct lift *l, struct mem m, unsigned size, unsigned rt)
{
        return load_as(l, m, IR_LDS, 1, size, rt);
}

static bool load_sw(struct lift *l, struct mem m, unsigned size, unsigned rt)
{
        return load_as(l, m, IR_LDS, 0, size, rt);
}

static bool store(struct lift *l, struct mem m, unsigned size, unsigned rt)
{
        unsigned sf = size == 3;
        mem_store(l, &m, IR_ST, type_of(sf), size, get_x(l, sf, rt), 0);
        mem_finish(l, &m);
        return true;
}

/* prfop<4:3>: 0 load, 1 instruction, 2 store. Only data is worth fetching. */
static bool prefetch(struct lift *l, struct mem m, unsigned prfop)
{
        unsigned what = prfop >> 3;
        if (what & 1)
                return true;
        ir_emit(l->b, (struct ir_inst){ .op = IR_PREFETCH, .aux = what == 2, .arg = { mem_base(l, &m) }, .imm = m.disp });
        return true;
}

bool a64_STR_imm(struct lift *l, const struct a64_STR_imm *f)
{
        return store(l, mem_offset(l, f->rn, (i64)f->imm << f->size), f->size, f->rt);
}

bool a64_LDR_imm(struct lift *l, const struct a64_LDR_imm *f)
{
        return load(l, mem_offset(l, f->rn, (i64)f->imm << f->size), f->size, f->rt);
}

bool a64_LDRS_x_imm(struct lift *l, const struct a64_LDRS_x_imm *f)
{
        return load_sx(l, mem_offset(l, f->rn, (i64)f->imm << f->size), f->size, f->rt);
}

bool a64_LDRS_w_imm(struct lift *l, const struct a64_LDRS_w_imm *f)
{
        return load_sw(l, mem_offset(l, f->rn, (i64)f->imm << f->size), f->size, f->rt);
}

bool a64_PRFM_imm(struct lift *l, const struct a64_PRFM_imm *f)
{
        return prefetch(l, mem_offset(l, f->rn, (i64)f->imm << 3), f->prfop);
}

bool a64_STUR(struct lift *l, const struct a64_STUR *f)
{
        return store(l, mem_offset(l, f->rn, f->imm), f->size, f->rt);
}

bool a64_LDUR(struct lift *l, const struct a64_LDUR *f)
{
        return load(l, mem_offset(l, f->rn, f->imm), f->size, f->rt);
}

bool a64_LDURS_x(struct lift *l, const struct a64_LDURS_x *f)
{
        return load_sx(l, mem_offset(l, f->rn, f->imm), f->size, f->rt);
}

bool a64_LDURS_w(struct lift *l, const struct a64_LDURS_w *f)
{
        return load_sw(l, mem_offset(l, f->rn, f->imm), f->size, f->rt);
}

bool a64_PRFUM(struct lift *l, const struct a64_PRFUM *f)
{
        return prefetch(l, mem_offset(l, f->rn, f->imm), f->prfop);
}

bool a64_STR_post(struct lift *l, const struct a64_STR_post *f)
{
        return store(l, mem_post(l, f->rn, f->imm), f->size, f->rt);
}

bool a64_LDR_post(struct lift *l, const struct a64_LDR_post *f)
{
        return load(l, mem_post(l, f->rn, f->imm), f->size, f->rt);
}

bool a64_LDRS_x_post(struct lift *l, const struct a64_LDRS_x_post *f)
{
        return load_sx(l, mem_post(l, f->rn, f->imm), f->size, f->rt);
}

bool a64_LDRS_w_post(struct lift *l, const struct a64_LDRS_w_post *f)
{
        return load_sw(l, mem_post(l, f->rn, f->imm), f->size, f->rt);
}

bool a64_STTR(struct lift *l, const struct a64_STTR *f)
{
        return store(l, mem_offset(l, f->rn, f->imm), f->size, f->rt);
}

bool a64_LDTR(struct lift *l, const struct a64_LDTR *f)
{
        return load(l, mem_offset(l, f->rn, f->imm), f->size, f->rt);
}

bool a64_LDTRS_x(struct lift *l, const struct a64_LDTRS_x *f)
{
        return load_sx(l, mem_offset(l, f->rn, f->imm), f->size, f->rt);
}

bool a64_LDTRS_w(struct lift *l, const struct a64_LDTRS_w *f)
{
        return load_sw(l, mem_offset(l, f->rn, f->imm), f->size, f->rt);
}

bool a64_STR_pre(struct lift *l, const struct a64_STR_pre *f)
{
        return store(l, mem_pre(l, f->rn, f->imm), f->size, f->rt);
}

bool a64_LDR_pre(struct lift *l, const struct a64_LDR_pre *f)
{
        return load(l, mem_pre(l, f->rn, f->imm), f->size, f->rt);
}

bool a64_LDRS_x_pre(struct lift *l, const struct a64_LDRS_x_pre *f)
{
        return load_sx(l, mem_pre(l, f->rn, f->imm), f->size, f->rt);
}

bool a64_LDRS_w_pre(struct lift *l, const struct a64_LDRS_w_pre *f)
{
        return load_sw(l, mem_pre(l, f->rn, f->imm), f->size, f->rt);
}

bool a64_STR_reg(struct lift *l, const struct a64_STR_reg *f)
{
        return store(l, mem_register(l, f->rn, f->rm, f->option, f->s ? f->size : 0), f->size, f->rt);
}

bool a64_LDR_reg(struct lift *l, const struct a64_LDR_reg *f)
{
        return load(l, mem_register(l, f->rn, f->rm, f->option, f->s ? f->size : 0), f->size, f->rt);
}

bool a64_LDRS_x_reg(struct lift *l, const struct a64_LDRS_x_reg *f)
{
        return load_sx(l, mem_register(l, f->rn, f->rm, f->option, f->s ? f->size : 0), f->size, f->rt);
}

bool a64_LDRS_w_reg(struct lift *l, const struct a64_LDRS_w_reg *f)
{
        return load_sw(l, mem_register(l, f->rn, f->rm, f->option, f->s ? f->size : 0), f->size, f->rt);
}

bool a64_PRFM_reg(struct lift *l, const struct a64_PRFM_reg *f)
{
        return prefetch(l, mem_register(l, f->rn, f->rm, f->option, f->s ? 3 : 0), f->prfop);
}

bool a64_LDR_lit(struct lift *l, const struct a64_LDR_lit *f)
{
        return load(l, mem_literal(l, f->imm), f->sf ? 3 : 2, f->rt);
}

bool a64_LDRSW_lit(struct lift *l, const struct a64_LDRSW_lit *f)
{
        return load_sx(l, mem_literal(l, f->imm), 2, f->rt);
}

bool a64_PRFM_lit(struct lift *l, const struct a64_PRFM_lit *f)
{
        return prefetch(l, mem_literal(l, f->imm), f->prfop);
}
