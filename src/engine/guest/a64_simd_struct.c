/*
 * Advanced SIMD loads and stores of structures: LD1..LD4, ST1..ST4 (multiple, single lane) and LD1R..LD4R.
 * Memory is touched first, then registers change, so that a fault leaves the state of before.
 */
#include "engine/guest/a64_decode.h"
#include "engine/guest/a64_simd.h"

static val load_q(struct lift *l, unsigned esz, val base, unsigned offset)
{
        return ir_emit(l->b, (struct ir_inst){ .op = IR_LDQ, .type = IR_Q, .esz = (u8)esz, .arg = { base }, .imm = offset });
}

static void store_q(struct lift *l, unsigned esz, val base, unsigned offset, val q)
{
        ir_emit(l->b, (struct ir_inst){ .op = IR_STQ, .type = IR_Q, .esz = (u8)esz, .arg = { base, 0, q }, .imm = offset });
}

/* The address register moves by rm, or by the number of bytes when rm is 31. */
static void post_index(struct lift *l, unsigned post, unsigned rm, unsigned rn, unsigned bytes)
{
        if (!post)
                return;
        val base = get_x_sp(l, 1, rn);
        val step = rm == 31 ? ir_const(l->b, IR_I64, bytes) : get_x(l, 1, rm);
        set_x_sp(l, 1, rn, ir_op2(l->b, IR_ADD, IR_I64, base, step));
}

/* ---- multiple structures: r holds whole registers in memory order, to be turned into one register per element, or back ---- */

/*
 * Three-way de-interleave of r[0..2], n lanes each: the sequence of 3n lanes is riffled (its two halves zipped) log2(n) times,
 * which moves lane i to i * n modulo 3n - 1, and so lane 3j + c to cn + j.
 */
static void unpack3(struct lift *l, unsigned q, unsigned size, val r[3])
{
        enum ir_width w = q_width(q);
        for (unsigned lanes = (q ? 16u : 8u) >> size; lanes > 1; lanes /= 2) {
                val hi[3];
                for (unsigned i = 0; i < 3; i++)
                        hi[i] = q ? q_hi(l, r[i]) : q_imm2(l, IR_QEXT, 0, W_64, r[i], r[i], 4);
                val a = q_op2(l, IR_QZIP1, size, w, r[0], hi[1]);
                val b = q_op2(l, IR_QZIP1, size, w, hi[0], r[2]);
                val c = q_op2(l, IR_QZIP1, size, w, r[1], hi[2]);
                r[0] = a, r[1] = b, r[2] = c;
        }
}

/* The way back: even lanes to the first half of the sequence, odd lanes to the second. */
static void pack3(struct lift *l, unsigned q, unsigned size, val r[3])
{
        enum ir_width w = q_width(q);
        for (unsigned lanes = (q ? 16u : 8u) >> size; lanes > 1; lanes /= 2) {
                val a = q_op2(l, IR_QUZP1, size, w, r[0], r[1]);
                val even = q_op2(l, IR_QUZP1, size, w, r[2], r[2]), odd = q_op2(l, IR_QUZP2, size, w, r[0], r[0]);
                val b = q_op2(l, IR_QZIP1, q ? 3 : 2, w, even, odd); /* the low halves of both */
                val c = q_op2(l, IR_QUZP2, size, w, r[1], r[2]);
                r[0] = a, r[1] = b, r[2] = c;
        }
}

static void unpack2(struct lift *l, unsigned q, unsigned size, val r[2])
{
        val even = q_op2(l, IR_QUZP1, size, q_width(q), r[0], r[1]);
        val odd = q_op2(l, IR_QUZP2, size, q_width(q), r[0], r[1]);
        r[0] = even, r[1] = odd;
}

static void pack2(struct lift *l, unsigned q, unsigned size, val r[2])
{
        val low = q_op2(l, IR_QZIP1, size, q_width(q), r[0], r[1]);
        val high = q_op2(l, IR_QZIP2, size, q_width(q), r[0], r[1]);
        r[0] = low, r[1] = high;
}

static void unpack4(struct lift *l, unsigned q, unsigned size, val r[4])
{
        val first[2] = { r[0], r[1] }, second[2] = { r[2], r[3] };
        unpack2(l, q, size, first);
        unpack2(l, q, size, second);
        val even[2] = { first[0], second[0] }, odd[2] = { first[1], second[1] };
        unpack2(l, q, size, even);
        unpack2(l, q, size, odd);
        r[0] = even[0], r[1] = odd[0], r[2] = even[1], r[3] = odd[1];
}

static void pack4(struct lift *l, unsigned q, unsigned size, val r[4])
{
        val even[2] = { r[0], r[2] }, odd[2] = { r[1], r[3] };
        pack2(l, q, size, even);
        pack2(l, q, size, odd);
        val first[2] = { even[0], odd[0] }, second[2] = { even[1], odd[1] };
        pack2(l, q, size, first);
        pack2(l, q, size, second);
        r[0] = first[0], r[1] = first[1], r[2] = second[0], r[3] = second[1];
}

/* count registers from rn on; elements: how many of them make one structure. */
static bool load_multiple(struct lift *l, unsigned elements, unsigned count, unsigned q, unsigned size, unsigned rn, unsigned vt)
{
        val base = lift_address(l, get_x_sp(l, 1, rn)), r[4];
        for (unsigned i = 0; i < count; i++)
                r[i] = load_q(l, 3 + q, base, i * (8u << q));
        if (elements == 2)
                unpack2(l, q, size, r);
        else if (elements == 3)
                unpack3(l, q, size, r);
        else if (elements == 4)
                unpack4(l, q, size, r);
        for (unsigned i = 0; i < count; i++)
                set_v(l, (vt + i) & 31, r[i]);
        return true;
}

static bool store_multiple(struct lift *l, unsigned elements, unsigned count, unsigned q, unsigned size, unsigned rn, unsigned vt)
{
        val base = lift_address(l, get_x_sp(l, 1, rn)), r[4];
        for (unsigned i = 0; i < count; i++)
                r[i] = get_v(l, (vt + i) & 31);
        if (elements == 2)
                pack2(l, q, size, r);
        else if (elements == 3)
                pack3(l, q, size, r);
        else if (elements == 4)
                pack4(l, q, size, r);
        for (unsigned i = 0; i < count; i++)
                store_q(l, 3 + q, base, i * (8u << q), r[i]);
        return true;
}

/* Registers of LD1, ST1 by opcode. */
static unsigned count_of(unsigned op) { return op == 7 ? 1 : op == 10 ? 2 : op == 6 ? 3 : 4; }

bool a64_LD1_m(struct lift *l, const struct a64_LD1_m *f)
{
        unsigned count = count_of(f->op);
        load_multiple(l, 1, count, f->q, f->size, f->rn, f->vt);
        post_index(l, f->post, f->rm, f->rn, count * (8u << f->q));
        return true;
}

bool a64_ST1_m(struct lift *l, const struct a64_ST1_m *f)
{
        unsigned count = count_of(f->op);
        store_multiple(l, 1, count, f->q, f->size, f->rn, f->vt);
        post_index(l, f->post, f->rm, f->rn, count * (8u << f->q));
        return true;
}

bool a64_LD2_m(struct lift *l, const struct a64_LD2_m *f)
{
        load_multiple(l, 2, 2, f->q, f->size, f->rn, f->vt);
        post_index(l, f->post, f->rm, f->rn, 2 * (8u << f->q));
        return true;
}

bool a64_ST2_m(struct lift *l, const struct a64_ST2_m *f)
{
        store_multiple(l, 2, 2, f->q, f->size, f->rn, f->vt);
        post_index(l, f->post, f->rm, f->rn, 2 * (8u << f->q));
        return true;
}

bool a64_LD3_m(struct lift *l, const struct a64_LD3_m *f)
{
        load_multiple(l, 3, 3, f->q, f->size, f->rn, f->vt);
        post_index(l, f->post, f->rm, f->rn, 3 * (8u << f->q));
        return true;
}

bool a64_ST3_m(struct lift *l, const struct a64_ST3_m *f)
{
        store_multiple(l, 3, 3, f->q, f->size, f->rn, f->vt);
        post_index(l, f->post, f->rm, f->rn, 3 * (8u << f->q));
        return true;
}

bool a64_LD4_m(struct lift *l, const struct a64_LD4_m *f)
{
        load_multiple(l, 4, 4, f->q, f->size, f->rn, f->vt);
        post_index(l, f->post, f->rm, f->rn, 4 * (8u << f->q));
        return true;
}

bool a64_ST4_m(struct lift *l, const struct a64_ST4_m *f)
{
        store_multiple(l, 4, 4, f->q, f->size, f->rn, f->vt);
        post_index(l, f->post, f->rm, f->rn, 4 * (8u << f->q));
        return true;
}

/* ---- one lane ---- */

struct lane {
        unsigned esz, index;
};

/* op is opcode<2:1>; with q:S:size it gives lane size and index. False: UNDEFINED. */
static bool decode_lane(unsigned q, unsigned op, unsigned s, unsigned size, struct lane *lane)
{
        unsigned bits = q << 3 | s << 2 | size;
        lane->esz = op;
        lane->index = bits >> op;
        if (op == 0)
                return true;
        if (op == 1)
                return !(size & 1);
        if (size == 0)
                return true;
        lane->esz = 3;
        lane->index = q;
        return size == 1 && !s;
}

static val load_x(struct lift *l, unsigned esz, val base, unsigned offset)
{
        return ir_emit(l->b, (struct ir_inst){ .op = IR_LD, .type = (u8)type_of(esz == 3), .esz = (u8)esz, .arg = { base }, .imm = offset });
}

static void store_lane(struct lift *l, struct lane lane, val base, unsigned offset, val q)
{
        if (lane.index == 0) {
                store_q(l, lane.esz, base, offset, q);
                return;
        }
        u8 type = (u8)type_of(lane.esz == 3);
        val x = ir_emit(l->b, (struct ir_inst){ .op = IR_QTO_I, .type = type, .esz = (u8)lane.esz, .width = W_128, .arg = { q }, .imm = lane.index });
        ir_emit(l->b, (struct ir_inst){ .op = IR_ST, .type = type, .esz = (u8)lane.esz, .arg = { base, 0, x }, .imm = offset });
}

static void load_lanes(struct lift *l, unsigned count, struct lane lane, unsigned rn, unsigned vt)
{
        val base = lift_address(l, get_x_sp(l, 1, rn)), x[4];
        for (unsigned i = 0; i < count; i++)
                x[i] = load_x(l, lane.esz, base, i << lane.esz);
        for (unsigned i = 0; i < count; i++) {
                unsigned v = (vt + i) & 31;
                set_v(l, v, q_imm2(l, IR_QINS, lane.esz, W_128, get_v(l, v), x[i], lane.index));
        }
}

static void store_lanes(struct lift *l, unsigned count, struct lane lane, unsigned rn, unsigned vt)
{
        val base = lift_address(l, get_x_sp(l, 1, rn));
        for (unsigned i = 0; i < count; i++)
                store_lane(l, lane, base, i << lane.esz, get_v(l, (vt + i) & 31));
}

static void load_replicate(struct lift *l, unsigned count, unsigned q, unsigned esz, unsigned rn, unsigned vt)
{
        val base = lift_address(l, get_x_sp(l, 1, rn)), x[4];
        for (unsigned i = 0; i < count; i++)
                x[i] = load_x(l, esz, base, i << esz);
        for (unsigned i = 0; i < count; i++)
                set_v(l, (vt + i) & 31, q_op1(l, IR_QDUP, esz, q_width(q), x[i]));
}

bool a64_LD1_one(struct lift *l, const struct a64_LD1_one *f)
{
        struct lane lane;
        if (!decode_lane(f->q, f->op, f->s, f->size, &lane))
                return false;
        load_lanes(l, 1, lane, f->rn, f->vt);
        post_index(l, f->post, f->rm, f->rn, 1u << lane.esz);
        return true;
}

bool a64_LD2_one(struct lift *l, const struct a64_LD2_one *f)
{
        struct lane lane;
        if (!decode_lane(f->q, f->op, f->s, f->size, &lane))
                return false;
        load_lanes(l, 2, lane, f->rn, f->vt);
        post_index(l, f->post, f->rm, f->rn, 2u << lane.esz);
        return true;
}

bool a64_LD3_one(struct lift *l, const struct a64_LD3_one *f)
{
        struct lane lane;
        if (!decode_lane(f->q, f->op, f->s, f->size, &lane))
                return false;
        load_lanes(l, 3, lane, f->rn, f->vt);
        post_index(l, f->post, f->rm, f->rn, 3u << lane.esz);
        return true;
}

bool a64_LD4_one(struct lift *l, const struct a64_LD4_one *f)
{
        struct lane lane;
        if (!decode_lane(f->q, f->op, f->s, f->size, &lane))
                return false;
        load_lanes(l, 4, lane, f->rn, f->vt);
        post_index(l, f->post, f->rm, f->rn, 4u << lane.esz);
        return true;
}

bool a64_ST1_one(struct lift *l, const struct a64_ST1_one *f)
{
        struct lane lane;
        if (!decode_lane(f->q, f->op, f->s, f->size, &lane))
                return false;
        store_lanes(l, 1, lane, f->rn, f->vt);
        post_index(l, f->post, f->rm, f->rn, 1u << lane.esz);
        return true;
}

bool a64_ST2_one(struct lift *l, const struct a64_ST2_one *f)
{
        struct lane lane;
        if (!decode_lane(f->q, f->op, f->s, f->size, &lane))
                return false;
        store_lanes(l, 2, lane, f->rn, f->vt);
        post_index(l, f->post, f->rm, f->rn, 2u << lane.esz);
        return true;
}

bool a64_ST3_one(struct lift *l, const struct a64_ST3_one *f)
{
        struct lane lane;
        if (!decode_lane(f->q, f->op, f->s, f->size, &lane))
                return false;
        store_lanes(l, 3, lane, f->rn, f->vt);
        post_index(l, f->post, f->rm, f->rn, 3u << lane.esz);
        return true;
}

bool a64_ST4_one(struct lift *l, const struct a64_ST4_one *f)
{
        struct lane lane;
        if (!decode_lane(f->q, f->op, f->s, f->size, &lane))
                return false;
        store_lanes(l, 4, lane, f->rn, f->vt);
        post_index(l, f->post, f->rm, f->rn, 4u << lane.esz);
        return true;
}

bool a64_LD1R(struct lift *l, const struct a64_LD1R *f)
{
        load_replicate(l, 1, f->q, f->size, f->rn, f->vt);
        post_index(l, f->post, f->rm, f->rn, 1u << f->size);
        return true;
}

bool a64_LD2R(struct lift *l, const struct a64_LD2R *f)
{
        load_replicate(l, 2, f->q, f->size, f->rn, f->vt);
        post_index(l, f->post, f->rm, f->rn, 2u << f->size);
        return true;
}

bool a64_LD3R(struct lift *l, const struct a64_LD3R *f)
{
        load_replicate(l, 3, f->q, f->size, f->rn, f->vt);
        post_index(l, f->post, f->rm, f->rn, 3u << f->size);
        return true;
}

bool a64_LD4R(struct lift *l, const struct a64_LD4R *f)
{
        load_replicate(l, 4, f->q, f->size, f->rn, f->vt);
        post_index(l, f->post, f->rm, f->rn, 4u << f->size);
        return true;
}
