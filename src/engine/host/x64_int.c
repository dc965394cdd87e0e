#include "engine/host/x64_int.h"

#include "base/out.h"

enum { PFX_NONE, PFX_66 = 0x66, PFX_F2 = 0xf2, PFX_F3 = 0xf3, PFX_LOCK = 0xf0 };
enum { MAP_ONE, MAP_0F = 0x0f, MAP_0F38 = 0x38 };

/* One legacy-encoded instruction but its operands: one word, so that it is handed on in one register. */
struct insn {
        u32 prefix : 8, map : 8, opcode : 8;
        u32 w : 1, lock : 1, rex : 1; /* rex: a byte register of RSP..RDI needs an empty REX */
        u32 imm_bytes : 4;            /* that follow: a RIP-relative displacement counts from the end */
};

/* The low bytes of v; up to 7 more behind them are overwritten. */
static void put_imm(struct code *c, u64 v, unsigned bytes)
{
        __builtin_memcpy(c->p, &v, sizeof v);
        c->p += bytes;
}

static void put_head(struct code *c, struct insn n, unsigned reg, unsigned index, unsigned base)
{
        unsigned rex = (unsigned)n.w << 3 | (reg >> 3 & 1) << 2 | (index >> 3 & 1) << 1 | (base >> 3 & 1);
        u8 *p = c->p;

        if (n.lock)
                *p++ = PFX_LOCK;
        if (n.prefix)
                *p++ = n.prefix;
        if (rex || n.rex)
                *p++ = (u8)(0x40 | rex);
        if (n.map != MAP_ONE)
                *p++ = 0x0f;
        if (n.map == MAP_0F38)
                *p++ = 0x38;
        *p++ = n.opcode;
        c->p = p;
}

static void put_modrm(struct code *c, unsigned mod, unsigned reg, unsigned rm)
{
        x64_byte(c, (u8)(mod << 6 | (reg & 7) << 3 | (rm & 7)));
}

static void op_reg(struct code *c, struct insn n, unsigned reg, unsigned rm)
{
        put_head(c, n, reg, 0, rm);
        put_modrm(c, 3, reg, rm);
}

/* ModRM, SIB and displacement of a memory operand (SDM 2.1.5). */
static void put_mem(struct code *c, unsigned reg, mem m, unsigned imm_bytes)
{
        if (m.base == RIP_BASE) {
                put_modrm(c, 0, reg, 5);
                i64 rel = m.disp - (i64)(u64)(c->p + 4 + imm_bytes);
                check(rel == (i32)rel);
                x64_u32(c, (u32)rel);
                return;
        }
        bool short_disp = m.disp == (i8)m.disp;
        unsigned mod = m.disp == 0 && (m.base & 7) != R_RBP ? 0 : short_disp ? 1 : 2;
        check(m.disp == (i32)m.disp);
        if (m.index == NO_REG && (m.base & 7) != R_RSP) {
                put_modrm(c, mod, reg, m.base);
        } else {
                unsigned index = m.index == NO_REG ? R_RSP : m.index;
                put_modrm(c, mod, reg, R_RSP);
                put_modrm(c, m.scale, index, m.base);
        }
        if (mod)
                put_imm(c, (u64)m.disp, mod == 1 ? 1 : 4);
}

static void op_mem(struct code *c, struct insn n, unsigned reg, mem m)
{
        put_head(c, n, reg, m.index == NO_REG ? 0 : m.index, m.base == RIP_BASE ? 0 : m.base);
        put_mem(c, reg, m, n.imm_bytes);
}

/* The form of an instruction whose opcode is `op` for bytes and op + 1 for larger operands. */
static struct insn sized(unsigned size, u8 op)
{
        return (struct insn){ .prefix = size == 1 ? PFX_66 : 0, .opcode = (u8)(op + (size > 0)), .w = size == 3, .rex = size == 0 };
}

static void vex_head(struct code *c, unsigned map, unsigned pp, bool w, u8 op, unsigned reg, unsigned vvvv, unsigned index, unsigned base)
{
        x64_byte(c, 0xc4);
        x64_byte(c, (u8)((~reg >> 3 & 1) << 7 | (~index >> 3 & 1) << 6 | (~base >> 3 & 1) << 5 | map));
        x64_byte(c, (u8)((unsigned)w << 7 | (~vvvv & 15) << 3 | pp));
        x64_byte(c, op);
}

/* VEX.LZ map 0F38 (or 0F3A) general-register instructions: BMI. */
static void op_vex(struct code *c, unsigned map, unsigned pp, bool w, u8 op, unsigned reg, unsigned vvvv, unsigned rm)
{
        vex_head(c, map, pp, w, op, reg, vvvv, 0, rm);
        put_modrm(c, 3, reg, rm);
}

void x64_mov_rr(struct code *c, bool w, gpr d, gpr s)
{
        op_reg(c, (struct insn){ .opcode = 0x8b, .w = w }, d.n, s.n);
}

void x64_mov_ri(struct code *c, bool w, gpr d, u64 imm)
{
        if (!w || imm == (u32)imm) {
                put_head(c, (struct insn){ .opcode = (u8)(0xb8 | (d.n & 7)) }, 0, 0, d.n);
                x64_u32(c, (u32)imm);
        } else if ((i64)imm == (i32)imm) {
                op_reg(c, (struct insn){ .opcode = 0xc7, .w = true }, 0, d.n);
                x64_u32(c, (u32)imm);
        } else {
                put_head(c, (struct insn){ .opcode = (u8)(0xb8 | (d.n & 7)), .w = true }, 0, 0, d.n);
                put_imm(c, imm, 8);
        }
}

void x64_mov_rm(struct code *c, unsigned size, gpr d, mem m)
{
        if (size >= 2)
                op_mem(c, (struct insn){ .opcode = 0x8b, .w = size == 3 }, d.n, m);
        else
                op_mem(c, (struct insn){ .map = MAP_0F, .opcode = (u8)(0xb6 + size) }, d.n, m);
}

void x64_movsx_rm(struct code *c, unsigned size, bool w, gpr d, mem m)
{
        if (size == 2)
                op_mem(c, (struct insn){ .opcode = 0x63, .w = w }, d.n, m);
        else
                op_mem(c, (struct insn){ .map = MAP_0F, .opcode = (u8)(0xbe + size), .w = w }, d.n, m);
}

void x64_mov_mr(struct code *c, unsigned size, mem m, gpr s)
{
        op_mem(c, sized(size, 0x88), s.n, m);
}

void x64_mov_mi(struct code *c, unsigned size, mem m, i32 imm)
{
        struct insn n = sized(size, 0xc6);
        n.imm_bytes = size == 0 ? 1 : size == 1 ? 2 : 4;
        op_mem(c, n, 0, m);
        put_imm(c, (u64)(i64)imm, n.imm_bytes);
}

void x64_movzx_rr(struct code *c, unsigned size, gpr d, gpr s)
{
        op_reg(c, (struct insn){ .map = MAP_0F, .opcode = (u8)(0xb6 + size), .rex = size == 0 }, d.n, s.n);
}

void x64_movsx_rr(struct code *c, unsigned size, bool w, gpr d, gpr s)
{
        if (size == 2)
                op_reg(c, (struct insn){ .opcode = 0x63, .w = w }, d.n, s.n);
        else
                op_reg(c, (struct insn){ .map = MAP_0F, .opcode = (u8)(0xbe + size), .w = w, .rex = size == 0 }, d.n, s.n);
}

void x64_lea(struct code *c, bool w, gpr d, mem m)
{
        op_mem(c, (struct insn){ .opcode = 0x8d, .w = w }, d.n, m);
}

void x64_alu_rr(struct code *c, enum x64_alu op, bool w, gpr d, gpr s)
{
        op_reg(c, (struct insn){ .opcode = (u8)(op << 3 | 3), .w = w }, d.n, s.n);
}

void x64_alu_ri(struct code *c, enum x64_alu op, bool w, gpr d, i32 imm)
{
        bool small = imm == (i8)imm;
        op_reg(c, (struct insn){ .opcode = small ? 0x83 : 0x81, .w = w }, op, d.n);
        put_imm(c, (u64)(i64)imm, small ? 1 : 4);
}

void x64_alu_rm(struct code *c, enum x64_alu op, bool w, gpr d, mem m)
{
        op_mem(c, (struct insn){ .opcode = (u8)(op << 3 | 3), .w = w }, d.n, m);
}

void x64_alu_mr(struct code *c, enum x64_alu op, unsigned size, mem m, gpr s, bool lock)
{
        struct insn n = sized(size, (u8)(op << 3));
        n.lock = lock;
        op_mem(c, n, s.n, m);
}

void x64_alu_mi(struct code *c, enum x64_alu op, unsigned size, mem m, i32 imm, bool lock)
{
        struct insn n = sized(size, 0x80);
        bool small = imm == (i8)imm;
        if (size && small)
                n.opcode = 0x83;
        n.lock = lock;
        n.imm_bytes = size == 0 || small ? 1 : size == 1 ? 2 : 4;
        op_mem(c, n, op, m);
        put_imm(c, (u64)(i64)imm, n.imm_bytes);
}

void x64_test_rr(struct code *c, bool w, gpr a, gpr b)
{
        op_reg(c, (struct insn){ .opcode = 0x85, .w = w }, b.n, a.n);
}

void x64_test_ri(struct code *c, bool w, gpr a, u32 imm)
{
        op_reg(c, (struct insn){ .opcode = 0xf7, .w = w }, 0, a.n);
        x64_u32(c, imm);
}

void x64_bt_ri(struct code *c, bool w, gpr a, unsigned bit)
{
        op_reg(c, (struct insn){ .map = MAP_0F, .opcode = 0xba, .w = w }, 4, a.n);
        x64_byte(c, (u8)bit);
}

void x64_unary(struct code *c, enum x64_unary op, bool w, gpr r)
{
        op_reg(c, (struct insn){ .opcode = 0xf7, .w = w }, op, r.n);
}

void x64_imul_rr(struct code *c, bool w, gpr d, gpr s)
{
        op_reg(c, (struct insn){ .map = MAP_0F, .opcode = 0xaf, .w = w }, d.n, s.n);
}

void x64_shift_ri(struct code *c, enum x64_shift op, bool w, gpr d, unsigned imm)
{
        op_reg(c, (struct insn){ .opcode = 0xc1, .w = w }, op, d.n);
        x64_byte(c, (u8)imm);
}

void x64_shift_cl(struct code *c, enum x64_shift op, bool w, gpr d)
{
        op_reg(c, (struct insn){ .opcode = 0xd3, .w = w }, op, d.n);
}

void x64_shiftx(struct code *c, enum x64_bmi_shift op, bool w, gpr d, gpr s, gpr count)
{
        op_vex(c, 2, op, w, 0xf7, d.n, count.n, s.n);
}

void x64_rorx(struct code *c, bool w, gpr d, gpr s, unsigned imm)
{
        op_vex(c, 3, 3, w, 0xf0, d.n, 0, s.n);
        x64_byte(c, (u8)imm);
}

void x64_shrd(struct code *c, bool w, gpr lo, gpr hi, unsigned imm)
{
        op_reg(c, (struct insn){ .map = MAP_0F, .opcode = 0xac, .w = w }, hi.n, lo.n);
        x64_byte(c, (u8)imm);
}

void x64_andn(struct code *c, bool w, gpr d, gpr inverted, gpr s)
{
        op_vex(c, 2, 0, w, 0xf2, d.n, inverted.n, s.n);
}

void x64_bzhi(struct code *c, bool w, gpr d, gpr s, gpr index)
{
        op_vex(c, 2, 0, w, 0xf5, d.n, index.n, s.n);
}

void x64_pext(struct code *c, bool w, gpr d, gpr s, gpr mask)
{
        op_vex(c, 2, 2, w, 0xf5, d.n, s.n, mask.n);
}

void x64_pdep(struct code *c, bool w, gpr d, gpr s, gpr mask)
{
        op_vex(c, 2, 3, w, 0xf5, d.n, s.n, mask.n);
}

void x64_mulx_rr(struct code *c, bool w, gpr high, gpr low, gpr s)
{
        op_vex(c, 2, 3, w, 0xf6, high.n, low.n, s.n);
}

void x64_mulx_rm(struct code *c, bool w, gpr high, gpr low, mem m)
{
        vex_head(c, 2, 3, w, 0xf6, high.n, low.n, m.index == NO_REG ? 0 : m.index, m.base);
        put_mem(c, high.n, m, 0);
}

void x64_count(struct code *c, enum x64_count op, bool w, gpr d, gpr s)
{
        op_reg(c, (struct insn){ .prefix = PFX_F3, .map = MAP_0F, .opcode = (u8)op, .w = w }, d.n, s.n);
}

void x64_bswap(struct code *c, bool w, gpr d)
{
        put_head(c, (struct insn){ .map = MAP_0F, .opcode = (u8)(0xc8 | (d.n & 7)), .w = w }, 0, 0, d.n);
}

void x64_crc32(struct code *c, unsigned size, gpr d, gpr s)
{
        if (size == 1)
                x64_byte(c, PFX_66);
        op_reg(c, (struct insn){ .prefix = PFX_F2, .map = MAP_0F38, .opcode = (u8)(0xf0 + (size > 0)), .w = size == 3, .rex = size == 0 }, d.n,
               s.n);
}

void x64_setcc(struct code *c, enum x64_cc cc, gpr d)
{
        op_reg(c, (struct insn){ .map = MAP_0F, .opcode = (u8)(0x90 + cc), .rex = true }, 0, d.n);
}

void x64_setcc_m(struct code *c, enum x64_cc cc, mem m)
{
        op_mem(c, (struct insn){ .map = MAP_0F, .opcode = (u8)(0x90 + cc) }, 0, m);
}

void x64_cmov(struct code *c, enum x64_cc cc, bool w, gpr d, gpr s)
{
        op_reg(c, (struct insn){ .map = MAP_0F, .opcode = (u8)(0x40 + cc), .w = w }, d.n, s.n);
}

void x64_cmov_m(struct code *c, enum x64_cc cc, bool w, gpr d, mem m)
{
        op_mem(c, (struct insn){ .map = MAP_0F, .opcode = (u8)(0x40 + cc), .w = w }, d.n, m);
}

void x64_cqo(struct code *c, bool w)
{
        put_head(c, (struct insn){ .opcode = 0x99, .w = w }, 0, 0, 0);
}

void x64_push(struct code *c, gpr r)
{
        put_head(c, (struct insn){ .opcode = (u8)(0x50 | (r.n & 7)) }, 0, 0, r.n);
}

void x64_pop(struct code *c, gpr r)
{
        put_head(c, (struct insn){ .opcode = (u8)(0x58 | (r.n & 7)) }, 0, 0, r.n);
}

void x64_lahf(struct code *c) { x64_byte(c, 0x9f); }
void x64_sahf(struct code *c) { x64_byte(c, 0x9e); }
void x64_cmc(struct code *c) { x64_byte(c, 0xf5); }
void x64_stc(struct code *c) { x64_byte(c, 0xf9); }
void x64_ret(struct code *c) { x64_byte(c, 0xc3); }

void x64_mfence(struct code *c)
{
        put_imm(c, 0xf0ae0f, 3);
}

void x64_ud2(struct code *c)
{
        put_imm(c, 0x0b0f, 2);
}

void x64_prefetch(struct code *c, mem m, bool write)
{
        op_mem(c, (struct insn){ .map = MAP_0F, .opcode = write ? 0x0d : 0x18 }, 1, m);
}

void x64_xchg_mr(struct code *c, unsigned size, mem m, gpr r)
{
        op_mem(c, sized(size, 0x86), r.n, m);
}

static void locked(struct code *c, unsigned size, u8 op, mem m, gpr r)
{
        struct insn n = sized(size, op);
        n.map = MAP_0F;
        n.lock = true;
        op_mem(c, n, r.n, m);
}

void x64_lock_xadd(struct code *c, unsigned size, mem m, gpr r) { locked(c, size, 0xc0, m, r); }
void x64_lock_cmpxchg(struct code *c, unsigned size, mem m, gpr r) { locked(c, size, 0xb0, m, r); }

void x64_lock_cmpxchg16b(struct code *c, mem m)
{
        op_mem(c, (struct insn){ .map = MAP_0F, .opcode = 0xc7, .w = true, .lock = true }, 1, m);
}

void x64_jmp_m(struct code *c, mem m) { op_mem(c, (struct insn){ .opcode = 0xff }, 4, m); }
void x64_call_m(struct code *c, mem m) { op_mem(c, (struct insn){ .opcode = 0xff }, 2, m); }

/* The recommended multi-byte NOPs (SDM 4.3, NOP). */
void x64_nop(struct code *c, unsigned bytes)
{
        static const u64 nops[] = { 0, 0x90, 0x9066, 0x1f0f | 0x00ull << 16, 0x00401f0f, 0x0000441f0f, 0x0000441f0f66, 0x0000000000801f0f >> 0, 0x0000000000841f0f };
        if (bytes)
                put_imm(c, nops[bytes], bytes);
}

static u8 *field(struct code *c)
{
        u8 *at = c->p;
        x64_u32(c, 0);
        return at;
}

u8 *x64_jmp(struct code *c)
{
        x64_byte(c, 0xe9);
        return field(c);
}

u8 *x64_jcc(struct code *c, enum x64_cc cc)
{
        x64_byte(c, 0x0f);
        x64_byte(c, (u8)(0x80 + cc));
        return field(c);
}

u8 *x64_call(struct code *c)
{
        x64_byte(c, 0xe8);
        return field(c);
}

void x64_patch(struct code *c, u8 *at, const u8 *target)
{
        i32 rel = (i32)(target - (at + 4));
        __builtin_memcpy(at, &rel, sizeof rel);
}

u8 *x64_jcc8(struct code *c, enum x64_cc cc)
{
        x64_byte(c, (u8)(0x70 + cc));
        x64_byte(c, 0);
        return c->p - 1;
}

u8 *x64_jmp8(struct code *c)
{
        x64_byte(c, 0xeb);
        x64_byte(c, 0);
        return c->p - 1;
}

void x64_patch8(struct code *c, u8 *at)
{
        i64 rel = c->p - (at + 1);
        check(rel == (i8)rel);
        *at = (u8)rel;
}
