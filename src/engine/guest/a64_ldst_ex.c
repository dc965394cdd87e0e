/*
 * A64 exclusives, acquire and release, LSE atomics. The host orders loads with loads, stores with stores and loads with later
 * stores, and its read-modify-write instructions are full barriers: only a store-release needs an operation of its own.
 */
#include "a64_decode.h"
#include "engine/guest/a64_lift.h"
#include "engine/run/cpu.h"

enum { READS, WRITES };

/*
 * Without FEAT_LSE2 these accesses fault unless aligned (Arm ARM B2.5.2, AArch64.CheckAlignment). bytes: log2 of the whole access.
 * On the host an atomic access over two cache lines would stop all processors.
 */
static void check_aligned(struct lift *l, val address, i64 disp, unsigned bytes, unsigned writes)
{
        if (bytes)
                ir_emit(l->b, (struct ir_inst){ .op = IR_ALIGNED, .esz = bytes, .aux = writes, .arg = { address }, .imm = disp, .imm2 = (i64)l->pc });
}

static val get_address(struct lift *l, unsigned rn, unsigned bytes, unsigned writes)
{
        val a = lift_address(l, get_x_sp(l, 1, rn));
        check_aligned(l, a, 0, bytes, writes);
        return a;
}

/*
 * A store-exclusive's: it compares the address with the monitor's before it touches memory. The load, which was cleaned of the tag when
 * it faulted, has left a clean one; a tag here would fail without a fault, for ever.
 */
static val get_address_to_compare(struct lift *l, unsigned rn, unsigned bytes)
{
        val a = lift_untagged(l, get_x_sp(l, 1, rn));
        check_aligned(l, a, 0, bytes, WRITES);
        return a;
}

/* An operation of `size` on address a: its result has 64 bits when size is 3. */
static val access(struct lift *l, enum ir_op op, unsigned size, val a, val b, val c)
{
        return ir_emit(l->b, (struct ir_inst){ .op = op, .type = type_of(size == 3), .esz = size, .arg = { a, b, c } });
}

/* A store-exclusive: the result is the 32-bit status. */
static bool store_exclusive(struct lift *l, enum ir_op op, unsigned size, unsigned rs, val a, val b, val c)
{
        return put_x(l, 0, rs, ir_emit(l->b, (struct ir_inst){ .op = op, .type = IR_I32, .esz = size, .arg = { a, b, c } }));
}

bool a64_LDXR(struct lift *l, const struct a64_LDXR *f)
{
        return put_x(l, f->size == 3, f->rt, access(l, IR_LDX, f->size, get_address(l, f->rn, f->size, READS), 0, 0));
}

bool a64_STXR(struct lift *l, const struct a64_STXR *f)
{
        val a = get_address_to_compare(l, f->rn, f->size), v = get_x(l, f->size == 3, f->rt);
        return store_exclusive(l, IR_STX, f->size, f->rs, a, v, 0);
}

bool a64_LDXP(struct lift *l, const struct a64_LDXP *f)
{
        unsigned size = 2 + f->sz;
        val low = access(l, IR_LDXP, size, get_address(l, f->rn, size + 1, READS), 0, 0);
        val high = ir_emit(l->b, (struct ir_inst){ .op = IR_GET_CTX, .type = type_of(f->sz), .esz = size, .imm = offsetof(struct cpu, excl_hi) });
        set_x(l, f->sz, f->rt, low);
        return put_x(l, f->sz, f->rt2, high);
}

bool a64_STXP(struct lift *l, const struct a64_STXP *f)
{
        val a = get_address_to_compare(l, f->rn, 3 + f->sz), low = get_x(l, f->sz, f->rt), high = get_x(l, f->sz, f->rt2);
        return store_exclusive(l, IR_STXP, 2 + f->sz, f->rs, a, low, high);
}

static bool load_acquire(struct lift *l, enum ir_op op, unsigned sf, unsigned size, unsigned rt, struct mem m)
{
        check_aligned(l, m.base, m.disp, size, READS);
        return put_x(l, sf, rt, mem_load(l, &m, op, type_of(sf), size, 0));
}

static bool store_release(struct lift *l, unsigned size, unsigned rt, val a)
{
        val v = get_x(l, size == 3, rt);
        access(l, IR_ST_REL, size, a, 0, v);
        return true;
}

bool a64_LDAR(struct lift *l, const struct a64_LDAR *f)
{
        return load_acquire(l, IR_LD, f->size == 3, f->size, f->rt, mem_offset(l, f->rn, 0));
}

bool a64_LDLAR(struct lift *l, const struct a64_LDLAR *f)
{
        return load_acquire(l, IR_LD, f->size == 3, f->size, f->rt, mem_offset(l, f->rn, 0));
}

bool a64_LDAPR(struct lift *l, const struct a64_LDAPR *f)
{
        return load_acquire(l, IR_LD, f->size == 3, f->size, f->rt, mem_offset(l, f->rn, 0));
}

bool a64_LDAPUR(struct lift *l, const struct a64_LDAPUR *f)
{
        return load_acquire(l, IR_LD, f->size == 3, f->size, f->rt, mem_offset(l, f->rn, f->imm));
}

bool a64_LDAPURS_x(struct lift *l, const struct a64_LDAPURS_x *f)
{
        return load_acquire(l, IR_LDS, 1, f->size, f->rt, mem_offset(l, f->rn, f->imm));
}

bool a64_LDAPURS_w(struct lift *l, const struct a64_LDAPURS_w *f)
{
        return load_acquire(l, IR_LDS, 0, f->size, f->rt, mem_offset(l, f->rn, f->imm));
}

bool a64_STLR(struct lift *l, const struct a64_STLR *f)
{
        return store_release(l, f->size, f->rt, get_address(l, f->rn, f->size, WRITES));
}

bool a64_STLLR(struct lift *l, const struct a64_STLLR *f)
{
        return store_release(l, f->size, f->rt, get_address(l, f->rn, f->size, WRITES));
}

bool a64_STLUR(struct lift *l, const struct a64_STLUR *f)
{
        val a = get_address(l, f->rn, 0, WRITES);
        check_aligned(l, a, f->imm, f->size, WRITES);
        if (f->imm)
                a = ir_op2(l->b, IR_ADD, IR_I64, a, ir_const(l->b, IR_I64, (u64)(i64)f->imm));
        return store_release(l, f->size, f->rt, a);
}

/* rt := old value; memory := old op rs */
static bool atomic(struct lift *l, enum ir_op op, unsigned size, unsigned rs, unsigned rn, unsigned rt)
{
        unsigned sf = size == 3;
        val a = get_address(l, rn, size, WRITES), operand = get_x(l, sf, rs);
        return put_x(l, sf, rt, access(l, op, size, a, operand, 0));
}

bool a64_LDADD(struct lift *l, const struct a64_LDADD *f)
{
        return atomic(l, IR_AT_ADD, f->size, f->rs, f->rn, f->rt);
}

bool a64_LDCLR(struct lift *l, const struct a64_LDCLR *f)
{
        return atomic(l, IR_AT_CLR, f->size, f->rs, f->rn, f->rt);
}

bool a64_LDEOR(struct lift *l, const struct a64_LDEOR *f)
{
        return atomic(l, IR_AT_EOR, f->size, f->rs, f->rn, f->rt);
}

bool a64_LDSET(struct lift *l, const struct a64_LDSET *f)
{
        return atomic(l, IR_AT_SET, f->size, f->rs, f->rn, f->rt);
}

bool a64_LDSMAX(struct lift *l, const struct a64_LDSMAX *f)
{
        return atomic(l, IR_AT_SMAX, f->size, f->rs, f->rn, f->rt);
}

bool a64_LDSMIN(struct lift *l, const struct a64_LDSMIN *f)
{
        return atomic(l, IR_AT_SMIN, f->size, f->rs, f->rn, f->rt);
}

bool a64_LDUMAX(struct lift *l, const struct a64_LDUMAX *f)
{
        return atomic(l, IR_AT_UMAX, f->size, f->rs, f->rn, f->rt);
}

bool a64_LDUMIN(struct lift *l, const struct a64_LDUMIN *f)
{
        return atomic(l, IR_AT_UMIN, f->size, f->rs, f->rn, f->rt);
}

bool a64_SWP(struct lift *l, const struct a64_SWP *f)
{
        return atomic(l, IR_AT_SWP, f->size, f->rs, f->rn, f->rt);
}

bool a64_CAS(struct lift *l, const struct a64_CAS *f)
{
        unsigned sf = f->size == 3;
        val a = get_address(l, f->rn, f->size, WRITES), expected = get_x(l, sf, f->rs), new = get_x(l, sf, f->rt);
        return put_x(l, sf, f->rs, access(l, IR_AT_CAS, f->size, a, expected, new));
}

/* Word i of cpu.pair. Elements of 32 bits are kept zero-extended. */
static void set_pair(struct lift *l, unsigned i, unsigned sf, unsigned n)
{
        val v = get_x(l, sf, n);
        if (!sf)
                v = ir_emit(l->b, (struct ir_inst){ .op = IR_ZEXT, .type = IR_I64, .esz = 2, .arg = { v } });
        ir_emit(l->b, (struct ir_inst){ .op = IR_SET_CTX, .type = IR_I64, .esz = 3, .arg = { v },
                                        .imm = offsetof(struct cpu, pair) + 8 * i });
}

static val get_pair(struct lift *l, unsigned i, unsigned sf)
{
        return ir_emit(l->b, (struct ir_inst){ .op = IR_GET_CTX, .type = type_of(sf), .esz = 2 + sf,
                                               .imm = offsetof(struct cpu, pair) + 8 * i });
}

bool a64_CASP(struct lift *l, const struct a64_CASP *f)
{
        unsigned s = f->half_s * 2, t = f->half_t * 2;
        val a = get_address(l, f->rn, 3 + f->sz, WRITES);
        set_pair(l, 0, f->sz, s);
        set_pair(l, 1, f->sz, s + 1);
        set_pair(l, 2, f->sz, t);
        set_pair(l, 3, f->sz, t + 1);
        ir_emit(l->b, (struct ir_inst){ .op = IR_AT_CASP, .type = type_of(f->sz), .esz = 2 + f->sz, .arg = { a } });
        set_x(l, f->sz, s, get_pair(l, 0, f->sz));
        return put_x(l, f->sz, s + 1, get_pair(l, 1, f->sz));
}
