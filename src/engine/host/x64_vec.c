#include "engine/host/x64_vec.h"

#include "base/out.h"

enum { NO = 2 }; /* in a W column: no such encoding */

/* One row of x64_vec.def. */
struct row {
        u8 pp, map, opcode, vex_w, evex_w, size;
};

static const struct row rows[V_COUNT] = {
#define V(name, pp, map, opcode, vex_w, evex_w, size) { pp, map, opcode, vex_w, evex_w, size },
#include "engine/host/x64_vec.def"
#undef V
};

/* One instruction: fields of ModRM and the prefix by their names there. */
struct insn {
        struct row row;
        u8 reg, vvvv, rm;
        const mem *m; /* instead of rm */
        struct vmask k;
        u8 imm_bytes, imm;
};

/* Bytes are collected here: the length must be known for RIP-relative operands. */
struct bytes {
        u8 len, b[15];
        u8 rip_at; /* place of a RIP-relative displacement, 0: none */
};

static void put(struct bytes *o, unsigned b) { o->b[o->len++] = (u8)b; }

static void put32(struct bytes *o, i64 v)
{
        for (int n = 0; n < 4; n++)
                put(o, (unsigned)(v >> (8 * n)) & 0xff);
}

bool x64_v_has_vex(enum x64_vop op) { return rows[op].vex_w != NO; }

static void finish(struct code *c, struct bytes *o, const mem *m)
{
        if (o->rip_at) {
                i64 rel = m->disp - ((i64)(u64)c->p + o->len);
                for (int n = 0; n < 4; n++)
                        o->b[o->rip_at + n] = (u8)(rel >> (8 * n));
        }
        for (int n = 0; n < o->len; n++)
                c->p[n] = o->b[n];
        c->p += o->len;
}

/* Displacement size: 0 none, 1 one byte in units of 1 << shift, 4 four bytes. */
static int disp_size(const mem *m, unsigned shift)
{
        if (m->base == NO_REG)
                return 4;
        if (m->disp == 0 && (m->base & 7) != R_RBP)
                return 0;
        i64 unit = m->disp >> shift;
        return unit == (i8)unit && m->disp == (i64)((u64)unit << shift) ? 1 : 4;
}

static void put_mem(struct bytes *o, unsigned reg, const mem *m, unsigned shift)
{
        unsigned r = (reg & 7) << 3;
        if (m->base == RIP_BASE) {
                put(o, r | 5);
                o->rip_at = o->len;
                put32(o, 0);
                return;
        }
        check(m->disp == (i32)m->disp);
        int size = disp_size(m, shift);
        unsigned mod = m->base == NO_REG ? 0 : size == 4 ? 0x80 : size ? 0x40 : 0;
        if (m->index != NO_REG || m->base == NO_REG || (m->base & 7) == R_RSP) {
                unsigned index = m->index == NO_REG ? R_RSP : m->index & 7u, base = m->base == NO_REG ? R_RBP : m->base & 7u;
                put(o, mod | r | R_RSP);
                put(o, (unsigned)m->scale << 6 | index << 3 | base);
        } else {
                put(o, mod | r | (m->base & 7u));
        }
        if (size == 1)
                put(o, (unsigned)(m->disp >> shift) & 0xff);
        else if (size == 4)
                put32(o, m->disp);
}

/* Bit 3 of the register that extends ModRM.rm or the base, and of the index. */
static unsigned b_bit(const struct insn *i) { return i->m ? i->m->base < 16 && i->m->base & 8 : i->rm & 8; }
static unsigned x_bit(const struct insn *i) { return i->m ? i->m->index < 16 && i->m->index & 8 : i->rm & 16; }

static void put_vex(struct bytes *o, const struct insn *i)
{
        unsigned r = i->reg & 8 ? 0 : 0x80, x = x_bit(i) ? 0 : 0x40, b = b_bit(i) ? 0 : 0x20;
        unsigned tail = (~i->vvvv & 15u) << 3 | i->row.pp;
        if (x && b && i->row.map == 1 && !i->row.vex_w) {
                put(o, 0xc5);
                put(o, r | tail);
        } else {
                put(o, 0xc4);
                put(o, r | x | b | i->row.map);
                put(o, (unsigned)i->row.vex_w << 7 | tail);
        }
}

static void put_evex(struct bytes *o, const struct insn *i)
{
        unsigned r = i->reg & 8 ? 0 : 0x80, x = x_bit(i) ? 0 : 0x40, b = b_bit(i) ? 0 : 0x20, r2 = i->reg & 16 ? 0 : 0x10;
        put(o, 0x62);
        put(o, r | x | b | r2 | i->row.map);
        put(o, (unsigned)i->row.evex_w << 7 | (~i->vvvv & 15u) << 3 | 4 | i->row.pp);
        put(o, (i->k.z ? 0x80 : 0) | (i->vvvv & 16 ? 0 : 8) | i->k.k);
}

static void encode(struct code *c, const struct insn *i)
{
        struct bytes o = { 0 };
        bool low = i->reg < 16 && i->vvvv < 16 && (i->m || i->rm < 16);
        bool vex = low && !i->k.k && i->row.vex_w != NO;

        check(vex || (c->avx512 && i->row.evex_w != NO));
        if (vex)
                put_vex(&o, i);
        else
                put_evex(&o, i);
        put(&o, i->row.opcode);
        if (i->m)
                put_mem(&o, i->reg, i->m, vex ? 0 : i->row.size);
        else
                put(&o, 0xc0u | (i->reg & 7u) << 3 | (i->rm & 7u));
        if (i->imm_bytes)
                put(&o, i->imm);
        finish(c, &o, i->m);
}

/* ---- two operands ---- */

void x64_v2_k(struct code *c, enum x64_vop op, xmm d, xmm s, struct vmask k)
{
        encode(c, &(struct insn){ .row = rows[op], .reg = d.n, .rm = s.n, .k = k });
}

void x64_v2(struct code *c, enum x64_vop op, xmm d, xmm s) { x64_v2_k(c, op, d, s, K_NONE); }

void x64_v2_ki(struct code *c, enum x64_vop op, xmm d, xmm s, u8 imm, struct vmask k)
{
        encode(c, &(struct insn){ .row = rows[op], .reg = d.n, .rm = s.n, .k = k, .imm_bytes = 1, .imm = imm });
}

void x64_v2_i(struct code *c, enum x64_vop op, xmm d, xmm s, u8 imm) { x64_v2_ki(c, op, d, s, imm, K_NONE); }

void x64_v2_m(struct code *c, enum x64_vop op, xmm d, mem s)
{
        encode(c, &(struct insn){ .row = rows[op], .reg = d.n, .m = &s });
}

void x64_v2_mi(struct code *c, enum x64_vop op, xmm d, mem s, u8 imm)
{
        encode(c, &(struct insn){ .row = rows[op], .reg = d.n, .m = &s, .imm_bytes = 1, .imm = imm });
}

void x64_v_store(struct code *c, enum x64_vop op, mem d, xmm s) { x64_v2_m(c, op, s, d); }

/* ---- three operands ---- */

void x64_v3_k(struct code *c, enum x64_vop op, xmm d, xmm a, xmm b, struct vmask k)
{
        encode(c, &(struct insn){ .row = rows[op], .reg = d.n, .vvvv = a.n, .rm = b.n, .k = k });
}

void x64_v3(struct code *c, enum x64_vop op, xmm d, xmm a, xmm b) { x64_v3_k(c, op, d, a, b, K_NONE); }

void x64_v3_ki(struct code *c, enum x64_vop op, xmm d, xmm a, xmm b, u8 imm, struct vmask k)
{
        encode(c, &(struct insn){ .row = rows[op], .reg = d.n, .vvvv = a.n, .rm = b.n, .k = k, .imm_bytes = 1, .imm = imm });
}

void x64_v3_i(struct code *c, enum x64_vop op, xmm d, xmm a, xmm b, u8 imm) { x64_v3_ki(c, op, d, a, b, imm, K_NONE); }

void x64_v3_m(struct code *c, enum x64_vop op, xmm d, xmm a, mem b)
{
        encode(c, &(struct insn){ .row = rows[op], .reg = d.n, .vvvv = a.n, .m = &b });
}

void x64_v3_mi(struct code *c, enum x64_vop op, xmm d, xmm a, mem b, u8 imm)
{
        encode(c, &(struct insn){ .row = rows[op], .reg = d.n, .vvvv = a.n, .m = &b, .imm_bytes = 1, .imm = imm });
}

void x64_v_blendv(struct code *c, enum x64_vop op, xmm d, xmm a, xmm b, xmm m)
{
        check(m.n < 16);
        x64_v3_i(c, op, d, a, b, (u8)(m.n << 4));
}

/* ---- shifts: ModRM.reg is the operation, vvvv the destination ---- */

void x64_vshift_ki(struct code *c, enum x64_vshift op, unsigned esz, xmm d, xmm s, unsigned count, struct vmask k)
{
        static const u8 opcode[] = { 0, 0x71, 0x72, 0x73 };
        struct row row = { 1, 1, opcode[esz], 0, esz == 3, 4 };
        if (op == VSH_SRA && esz == 3)
                row = (struct row){ 1, 1, 0x72, NO, 1, 4 };
        encode(c, &(struct insn){ .row = row, .reg = op, .vvvv = d.n, .rm = s.n, .k = k, .imm_bytes = 1, .imm = (u8)count });
}

void x64_vshift_i(struct code *c, enum x64_vshift op, unsigned esz, xmm d, xmm s, unsigned count)
{
        x64_vshift_ki(c, op, esz, d, s, count, K_NONE);
}

void x64_vbyteshift(struct code *c, bool left, xmm d, xmm s, unsigned bytes)
{
        struct row row = { 1, 1, 0x73, 0, 0, 4 };
        encode(c, &(struct insn){ .row = row, .reg = left ? 7 : 3, .vvvv = d.n, .rm = s.n, .imm_bytes = 1, .imm = (u8)bytes });
}

/* ---- between register classes ---- */

void x64_v_from_gpr(struct code *c, enum x64_vop op, xmm d, gpr s) { x64_v2(c, op, d, XMM(s.n)); }
void x64_v3_gpr(struct code *c, enum x64_vop op, xmm d, xmm a, gpr b) { x64_v3(c, op, d, a, XMM(b.n)); }
void x64_v_to_gpr(struct code *c, enum x64_vop op, gpr d, xmm s) { x64_v2(c, op, s, XMM(d.n)); }
void x64_v_cvt_gpr(struct code *c, enum x64_vop op, gpr d, xmm s) { x64_v2(c, op, XMM(d.n), s); }

void x64_v_insert(struct code *c, unsigned esz, xmm d, xmm a, gpr b, unsigned lane)
{
        static const u16 op[] = { V_PINSRB, V_PINSRW, V_PINSRD, V_PINSRQ };
        x64_v3_i(c, op[esz], d, a, XMM(b.n), (u8)lane);
}

void x64_v_extract(struct code *c, unsigned esz, gpr d, xmm s, unsigned lane)
{
        static const u16 op[] = { V_PEXTRB, V_PEXTRW, V_PEXTRD, V_PEXTRQ };
        x64_v2_i(c, op[esz], s, XMM(d.n), (u8)lane);
}

/* ---- mask registers ---- */

void x64_v_cmp_k(struct code *c, enum x64_vop op, kreg d, xmm a, xmm b, u8 predicate, struct vmask k)
{
        x64_v3_ki(c, op, XMM(d.n), a, b, predicate, (struct vmask){ k.k, false });
}

void x64_v_test_k(struct code *c, enum x64_vop op, kreg d, xmm a, xmm b, struct vmask k)
{
        x64_v3_k(c, op, XMM(d.n), a, b, (struct vmask){ k.k, false });
}

void x64_v_from_k(struct code *c, enum x64_vop op, xmm d, kreg s) { x64_v2(c, op, d, XMM(s.n)); }
void x64_v_to_k(struct code *c, enum x64_vop op, kreg d, xmm s) { x64_v2(c, op, XMM(d.n), s); }
void x64_kortestb(struct code *c, kreg a, kreg b) { x64_v2(c, V_KORTESTB, XMM(a.n), XMM(b.n)); }
void x64_kmov_from_gpr(struct code *c, enum x64_vop op, kreg d, gpr s) { x64_v2(c, op, XMM(d.n), XMM(s.n)); }
void x64_kmov_to_gpr(struct code *c, enum x64_vop op, gpr d, kreg s) { x64_v2(c, op, XMM(d.n), XMM(s.n)); }

/* ---- SHA-NI ---- */

void x64_sha256(struct code *c, enum x64_sha op, xmm d, xmm s)
{
        struct bytes o = { 0 };
        check(d.n < 16 && s.n < 16);
        if (d.n >= 8 || s.n >= 8)
                put(&o, 0x40 | (d.n >= 8 ? 4 : 0) | (s.n >= 8));
        put(&o, 0x0f);
        put(&o, 0x38);
        put(&o, op);
        put(&o, 0xc0u | (d.n & 7u) << 3 | (s.n & 7u));
        finish(c, &o, NULL);
}

/* ---- by name ---- */

void x64_vmovdqa_rr(struct code *c, xmm d, xmm s)
{
        if (d.n != s.n)
                x64_v2(c, V_MOVDQA, d, s);
}

void x64_vmovdqa_rm(struct code *c, xmm d, mem s) { x64_v2_m(c, V_MOVDQA, d, s); }
void x64_vmovdqu_rm(struct code *c, xmm d, mem s) { x64_v2_m(c, V_MOVDQU, d, s); }
void x64_vmovdqu_mr(struct code *c, mem d, xmm s) { x64_v_store(c, V_MOVDQU_ST, d, s); }
void x64_vmovq_rr(struct code *c, xmm d, xmm s) { x64_v2(c, V_MOVQ, d, s); }
void x64_vpxor(struct code *c, xmm d, xmm a, xmm b) { x64_v3(c, V_PXOR, d, a, b); }
void x64_vzero(struct code *c, xmm d) { x64_v3(c, V_PXOR, d, d, d); }

void x64_vones(struct code *c, xmm d)
{
        if (d.n < 16)
                x64_v3(c, V_PCMPEQD, d, d, d);
        else
                x64_v3_i(c, V_PTERNLOGD, d, d, d, 0xff);
}

void x64_vucomis(struct code *c, unsigned esz, xmm a, xmm b) { x64_v2(c, esz == 2 ? V_UCOMISS : V_UCOMISD, a, b); }
void x64_vcomis(struct code *c, unsigned esz, xmm a, xmm b) { x64_v2(c, esz == 2 ? V_COMISS : V_COMISD, a, b); }
void x64_vmovd_rx(struct code *c, bool w, gpr d, xmm s) { x64_v_to_gpr(c, w ? V_MOVQ_TO : V_MOVD_TO, d, s); }
void x64_vmovd_xr(struct code *c, bool w, xmm d, gpr s) { x64_v_from_gpr(c, w ? V_MOVQ_FROM : V_MOVD_FROM, d, s); }

void x64_vload(struct code *c, unsigned size, xmm d, mem s)
{
        if (size < 2) {
                x64_vzero(c, d);
                x64_v3_mi(c, size ? V_PINSRW : V_PINSRB, d, d, s, 0);
                return;
        }
        x64_v2_m(c, size == 2 ? V_MOVSS_LD : size == 3 ? V_MOVQ : V_MOVDQU, d, s);
}

void x64_vstore(struct code *c, unsigned size, mem d, xmm s)
{
        if (size < 2)
                x64_v2_mi(c, size ? V_PEXTRW : V_PEXTRB, s, d, 0);
        else
                x64_v_store(c, size == 2 ? V_MOVSS_ST : size == 3 ? V_MOVQ_ST : V_MOVDQU_ST, d, s);
}
