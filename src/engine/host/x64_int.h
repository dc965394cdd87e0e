/*
 * Integer instructions of the assembler (Intel SDM volume 2), one function per shape. `w` true is the 64-bit form; sizes are log2 of
 * bytes. A write of a 32-bit register zero-extends. Each function appends to c.
 */
#pragma once
#include "engine/host/x64.h"

enum x64_alu { ALU_ADD, ALU_OR, ALU_ADC, ALU_SBB, ALU_AND, ALU_SUB, ALU_XOR, ALU_CMP };
enum x64_shift { SH_ROL, SH_ROR, SH_SHL = 4, SH_SHR, SH_SAR = 7 };
enum x64_cc { CC_O, CC_NO, CC_B, CC_AE, CC_E, CC_NE, CC_BE, CC_A, CC_S, CC_NS, CC_P, CC_NP, CC_L, CC_GE, CC_LE, CC_G };
enum x64_unary { UN_NOT = 2, UN_NEG, UN_MUL, UN_IMUL, UN_DIV, UN_IDIV };
enum x64_bmi_shift { BMI_SHLX = 1, BMI_SARX, BMI_SHRX }; /* the VEX pp field */
enum x64_count { CNT_POPCNT = 0xb8, CNT_TZCNT = 0xbc, CNT_LZCNT = 0xbd };

static inline void x64_byte(struct code *c, u8 b)
{
        *c->p++ = b;
}

static inline void x64_u32(struct code *c, u32 v)
{
        __builtin_memcpy(c->p, &v, sizeof v);
        c->p += sizeof v;
}

static inline void x64_u64(struct code *c, u64 v)
{
        __builtin_memcpy(c->p, &v, sizeof v);
        c->p += sizeof v;
}

void x64_mov_rr(struct code *c, bool w, gpr d, gpr s);
void x64_mov_ri(struct code *c, bool w, gpr d, u64 imm);            /* shortest form; leaves flags alone */
void x64_mov_rm(struct code *c, unsigned size, gpr d, mem m);       /* sizes 0, 1 zero-extend */
void x64_movsx_rm(struct code *c, unsigned size, bool w, gpr d, mem m);
void x64_mov_mr(struct code *c, unsigned size, mem m, gpr s);
void x64_mov_mi(struct code *c, unsigned size, mem m, i32 imm);
void x64_movzx_rr(struct code *c, unsigned size, gpr d, gpr s);     /* size 0, 1 */
void x64_movsx_rr(struct code *c, unsigned size, bool w, gpr d, gpr s); /* size 0, 1, 2 */
void x64_lea(struct code *c, bool w, gpr d, mem m);
void x64_alu_rr(struct code *c, enum x64_alu op, bool w, gpr d, gpr s);
void x64_alu_ri(struct code *c, enum x64_alu op, bool w, gpr d, i32 imm);
void x64_alu_rm(struct code *c, enum x64_alu op, bool w, gpr d, mem m);
void x64_alu_mr(struct code *c, enum x64_alu op, unsigned size, mem m, gpr s, bool lock);
void x64_alu_mi(struct code *c, enum x64_alu op, unsigned size, mem m, i32 imm, bool lock);
void x64_test_rr(struct code *c, bool w, gpr a, gpr b);
void x64_test_ri(struct code *c, bool w, gpr a, u32 imm);
void x64_bt_ri(struct code *c, bool w, gpr a, unsigned bit);
void x64_unary(struct code *c, enum x64_unary op, bool w, gpr r);
void x64_imul_rr(struct code *c, bool w, gpr d, gpr s);
void x64_shift_ri(struct code *c, enum x64_shift op, bool w, gpr d, unsigned imm);
void x64_shiftx(struct code *c, enum x64_bmi_shift op, bool w, gpr d, gpr s, gpr count);
void x64_rorx(struct code *c, bool w, gpr d, gpr s, unsigned imm);
void x64_shift_cl(struct code *c, enum x64_shift op, bool w, gpr d);
void x64_shrd(struct code *c, bool w, gpr lo, gpr hi, unsigned imm);  /* lo = (hi:lo) >> imm */
void x64_andn(struct code *c, bool w, gpr d, gpr inverted, gpr s);    /* d = ~inverted & s */
void x64_bzhi(struct code *c, bool w, gpr d, gpr s, gpr index);
void x64_mulx_rr(struct code *c, bool w, gpr high, gpr low, gpr s);   /* RDX * s; the same register twice takes the high half; flags stay */
void x64_mulx_rm(struct code *c, bool w, gpr high, gpr low, mem m);
void x64_pext(struct code *c, bool w, gpr d, gpr s, gpr mask);
void x64_pdep(struct code *c, bool w, gpr d, gpr s, gpr mask);
void x64_count(struct code *c, enum x64_count op, bool w, gpr d, gpr s);
void x64_bswap(struct code *c, bool w, gpr d);
void x64_crc32(struct code *c, unsigned size, gpr d, gpr s);         /* CRC-32C */
void x64_setcc(struct code *c, enum x64_cc cc, gpr d);               /* low byte */
void x64_setcc_m(struct code *c, enum x64_cc cc, mem m);
void x64_cmov(struct code *c, enum x64_cc cc, bool w, gpr d, gpr s);
void x64_cmov_m(struct code *c, enum x64_cc cc, bool w, gpr d, mem m);
void x64_cqo(struct code *c, bool w);
void x64_push(struct code *c, gpr r);
void x64_pop(struct code *c, gpr r);
void x64_lahf(struct code *c);
void x64_sahf(struct code *c);
void x64_cmc(struct code *c);
void x64_stc(struct code *c);
void x64_mfence(struct code *c);
void x64_prefetch(struct code *c, mem m, bool write);
void x64_xchg_mr(struct code *c, unsigned size, mem m, gpr r);
void x64_lock_xadd(struct code *c, unsigned size, mem m, gpr r);
void x64_lock_cmpxchg(struct code *c, unsigned size, mem m, gpr r);
void x64_lock_cmpxchg16b(struct code *c, mem m);
void x64_ret(struct code *c);
void x64_jmp_m(struct code *c, mem m);
void x64_call_m(struct code *c, mem m);
void x64_ud2(struct code *c);
void x64_nop(struct code *c, unsigned bytes);   /* 1..8 */

/* Branches with a 32-bit displacement: the address of the field is returned, to be set by x64_patch. */
u8 *x64_jmp(struct code *c);
u8 *x64_jcc(struct code *c, enum x64_cc cc);
u8 *x64_call(struct code *c);
void x64_patch(struct code *c, u8 *field, const u8 *target);
/* Short forward branches inside one emit function. */
u8 *x64_jcc8(struct code *c, enum x64_cc cc);
u8 *x64_jmp8(struct code *c);
void x64_patch8(struct code *c, u8 *field);
