/*
 * The x86-64 assembler's base: typed registers, memory operands, the code buffer. Instructions are in x64_int.h and
 * x64_vec.h, one function per shape. No opcode byte stands outside the assembler.
 */
#pragma once
#include "base/types.h"
#include "engine/host/regmap.h"

typedef struct gpr { u8 n; } gpr;
typedef struct xmm { u8 n; } xmm;
typedef struct kreg { u8 n; } kreg;

#define RAX ((gpr){ R_RAX })
#define RCX ((gpr){ R_RCX })
#define RDX ((gpr){ R_RDX })
#define RSP ((gpr){ R_RSP })
#define RBP ((gpr){ R_RBP })
#define XMM(i) ((xmm){ (i) })

enum { NO_REG = 0xff, RIP_BASE = 0xfe };

/* [base + (index << scale) + disp]; index NO_REG for none; base RIP_BASE: disp is an absolute target made RIP-relative. */
typedef struct mem {
        u8 base, index, scale;
        i64 disp;
} mem;

static inline mem mem_bd(gpr base, i64 disp) { return (mem){ base.n, NO_REG, 0, disp }; }
static inline mem mem_bisd(gpr base, gpr index, unsigned scale, i64 disp) { return (mem){ base.n, index.n, (u8)scale, disp }; }
static inline mem mem_rip(u64 target) { return (mem){ RIP_BASE, NO_REG, 0, (i64)target }; }
/* A field of struct cpu. */
static inline mem mem_cpu(size_t offset) { return (mem){ R_RBP, NO_REG, 0, (i64)offset - 128 }; }

/*
 * Where code is written. The assembler does not look at `end`: the allocator does between two operations, and CODE_RED_ZONE bytes
 * beyond it are there for the one that crosses it.
 */
enum { CODE_RED_ZONE = 8192 };

struct code {
        u8 *p, *end;
        bool avx512;    /* AVX-512 F VL DQ BW may be used */
        bool avx512cd, bitalg;                  /* with avx512: VPLZCNT, VPOPCNTB */
        bool aes, pclmul, sha, vaes, vpclmul;   /* AES-NI, PCLMULQDQ, SHA-NI; the v forms have EVEX encodings */
};
