/* A64 loads and stores of SIMD and FP registers B, H, S, D, Q. The structures LD1-4 are in a64_ldst_vec.c. */
#include "a64_decode.h"
#include "engine/guest/a64_lift.h"

static bool load(struct lift *l, struct mem m, unsigned esz, unsigned vt)
{
        set_v(l, vt, mem_load(l, &m, IR_LDQ, IR_Q, esz, 0));
        mem_finish(l, &m);
        return true;
}

static bool store(struct lift *l, struct mem m, unsigned esz, unsigned vt)
{
        mem_store(l, &m, IR_STQ, IR_Q, esz, get_v(l, vt), 0);
        mem_finish(l, &m);
        return true;
}

/* opc of pairs: 0 S, 1 D, 2 Q. */
static bool load_pair(struct lift *l, struct mem m, unsigned opc, unsigned vt, unsigned vt2)
{
        unsigned esz = opc + 2;
        val first = mem_load(l, &m, IR_LDQ, IR_Q, esz, 0);
        val second = mem_load(l, &m, IR_LDQ, IR_Q, esz, 1 << esz);
        set_v(l, vt, first);
        set_v(l, vt2, second);
        mem_finish(l, &m);
        return true;
}

static bool store_pair(struct lift *l, struct mem m, unsigned opc, unsigned vt, unsigned vt2)
{
        unsigned esz = opc + 2;
        mem_store(l, &m, IR_STQ, IR_Q, esz, get_v(l, vt), 0);
        mem_store(l, &m, IR_STQ, IR_Q, esz, get_v(l, vt2), 1 << esz);
        mem_finish(l, &m);
        return true;
}

static i64 scaled(int imm, unsigned opc)
{
        return (i64)imm * (4 << opc);
}

bool a64_STR_v_imm(struct lift *l, const struct a64_STR_v_imm *f)
{
        return store(l, mem_offset(l, f->rn, (i64)f->imm << f->esz), f->esz, f->vt);
}

bool a64_LDR_v_imm(struct lift *l, const struct a64_LDR_v_imm *f)
{
        return load(l, mem_offset(l, f->rn, (i64)f->imm << f->esz), f->esz, f->vt);
}

bool a64_STUR_v(struct lift *l, const struct a64_STUR_v *f)
{
        return store(l, mem_offset(l, f->rn, f->imm), f->esz, f->vt);
}

bool a64_LDUR_v(struct lift *l, const struct a64_LDUR_v *f)
{
        return load(l, mem_offset(l, f->rn, f->imm), f->esz, f->vt);
}

bool a64_STR_v_post(struct lift *l, const struct a64_STR_v_post *f)
{
        return store(l, mem_post(l, f->rn, f->imm), f->esz, f->vt);
}

bool a64_LDR_v_post(struct lift *l, const struct a64_LDR_v_post *f)
{
        return load(l, mem_post(l, f->rn, f->imm), f->esz, f->vt);
}

bool a64_STR_v_pre(struct lift *l, const struct a64_STR_v_pre *f)
{
        return store(l, mem_pre(l, f->rn, f->imm), f->esz, f->vt);
}

bool a64_LDR_v_pre(struct lift *l, const struct a64_LDR_v_pre *f)
{
        return load(l, mem_pre(l, f->rn, f->imm), f->esz, f->vt);
}

bool a64_STR_v_reg(struct lift *l, const struct a64_STR_v_reg *f)
{
        return store(l, mem_register(l, f->rn, f->rm, f->option, f->s ? f->esz : 0), f->esz, f->vt);
}

bool a64_LDR_v_reg(struct lift *l, const struct a64_LDR_v_reg *f)
{
        return load(l, mem_register(l, f->rn, f->rm, f->option, f->s ? f->esz : 0), f->esz, f->vt);
}

bool a64_LDR_v_lit(struct lift *l, const struct a64_LDR_v_lit *f)
{
        return load(l, mem_literal(l, f->imm), f->opc + 2, f->vt);
}

bool a64_STP_v(struct lift *l, const struct a64_STP_v *f)
{
        return store_pair(l, mem_offset(l, f->rn, scaled(f->imm, f->opc)), f->opc, f->vt, f->vt2);
}

bool a64_LDP_v(struct lift *l, const struct a64_LDP_v *f)
{
        return load_pair(l, mem_offset(l, f->rn, scaled(f->imm, f->opc)), f->opc, f->vt, f->vt2);
}

bool a64_STP_v_pre(struct lift *l, const struct a64_STP_v_pre *f)
{
        return store_pair(l, mem_pre(l, f->rn, scaled(f->imm, f->opc)), f->opc, f->vt, f->vt2);
}

bool a64_LDP_v_pre(struct lift *l, const struct a64_LDP_v_pre *f)
{
        return load_pair(l, mem_pre(l, f->rn, scaled(f->imm, f->opc)), f->opc, f->vt, f->vt2);
}

bool a64_STP_v_post(struct lift *l, const struct a64_STP_v_post *f)
{
        return store_pair(l, mem_post(l, f->rn, scaled(f->imm, f->opc)), f->opc, f->vt, f->vt2);
}

bool a64_LDP_v_post(struct lift *l, const struct a64_LDP_v_post *f)
{
        return load_pair(l, mem_post(l, f->rn, scaled(f->imm, f->opc)), f->opc, f->vt, f->vt2);
}

/* Non-temporal is a hint. */

bool a64_STNP_v(struct lift *l, const struct a64_STNP_v *f)
{
        return store_pair(l, mem_offset(l, f->rn, scaled(f->imm, f->opc)), f->opc, f->vt, f->vt2);
}

bool a64_LDNP_v(struct lift *l, const struct a64_LDNP_v *f)
{
        return load_pair(l, mem_offset(l, f->rn, scaled(f->imm, f->opc)), f->opc, f->vt, f->vt2);
}
