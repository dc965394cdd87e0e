/*
 * Vector instructions of the assembler (Intel SDM volume 2), 128-bit forms. One function per shape, the instruction is a row of
 * x64_vec.def. VEX encoding where the registers allow it, else EVEX (only when c->avx512 is set). Each function appends to c.
 */
#pragma once
#include "engine/host/x64.h"

enum x64_vop {
#define V(name, pp, map, opcode, vex_w, evex_w, size) V_##name,
#include "engine/host/x64_vec.def"
#undef V
        V_COUNT
};

/* Lanes whose mask bit is clear become zero (z) or keep the destination's content; they raise no exception. k 0: no mask. */
struct vmask {
        u8 k;
        bool z;
};
#define K_NONE ((struct vmask){ 0, false })
#define K1_Z   ((struct vmask){ 1, true })
#define K2_Z   ((struct vmask){ 2, true })
#define KREG(i) ((kreg){ (i) })

bool x64_v_has_vex(enum x64_vop op);

/* d = op(s), d = op(a, b); _i with an immediate byte, _m with the last operand in memory, _k under a mask. */
void x64_v2(struct code *c, enum x64_vop op, xmm d, xmm s);
void x64_v2_i(struct code *c, enum x64_vop op, xmm d, xmm s, u8 imm);
void x64_v2_m(struct code *c, enum x64_vop op, xmm d, mem s);
void x64_v2_mi(struct code *c, enum x64_vop op, xmm d, mem s, u8 imm);
void x64_v2_k(struct code *c, enum x64_vop op, xmm d, xmm s, struct vmask k);
void x64_v2_ki(struct code *c, enum x64_vop op, xmm d, xmm s, u8 imm, struct vmask k);
void x64_v3(struct code *c, enum x64_vop op, xmm d, xmm a, xmm b);
void x64_v3_i(struct code *c, enum x64_vop op, xmm d, xmm a, xmm b, u8 imm);
void x64_v3_m(struct code *c, enum x64_vop op, xmm d, xmm a, mem b);
void x64_v3_mi(struct code *c, enum x64_vop op, xmm d, xmm a, mem b, u8 imm);
void x64_v3_k(struct code *c, enum x64_vop op, xmm d, xmm a, xmm b, struct vmask k);
void x64_v3_ki(struct code *c, enum x64_vop op, xmm d, xmm a, xmm b, u8 imm, struct vmask k);
/* The rows named *_ST: memory = s. */
void x64_v_store(struct code *c, enum x64_vop op, mem d, xmm s);
/* VBLENDV*: d = a with the lanes of b where the top bit of m is set. */
void x64_v_blendv(struct code *c, enum x64_vop op, xmm d, xmm a, xmm b, xmm m);

/* Shifts by an immediate: esz 1, 2, 3 lanes; byte shifts of the whole register. d = s shifted. */
enum x64_vshift { VSH_SRL = 2, VSH_SRA = 4, VSH_SLL = 6 };
void x64_vshift_i(struct code *c, enum x64_vshift op, unsigned esz, xmm d, xmm s, unsigned count);
void x64_vshift_ki(struct code *c, enum x64_vshift op, unsigned esz, xmm d, xmm s, unsigned count, struct vmask k);
void x64_vbyteshift(struct code *c, bool left, xmm d, xmm s, unsigned bytes);

/* Between register classes. */
void x64_v_from_gpr(struct code *c, enum x64_vop op, xmm d, gpr s);                  /* VMOVD, VMOVQ, VPBROADCAST */
void x64_v3_gpr(struct code *c, enum x64_vop op, xmm d, xmm a, gpr b);               /* VCVTSI2SD: upper lanes from a */
void x64_v_insert(struct code *c, unsigned esz, xmm d, xmm a, gpr b, unsigned lane); /* VPINSR */
void x64_v_extract(struct code *c, unsigned esz, gpr d, xmm s, unsigned lane);       /* VPEXTR: zero-extends */
void x64_v_to_gpr(struct code *c, enum x64_vop op, gpr d, xmm s);                    /* VMOVD_TO, VMOVQ_TO: by store form */
void x64_v_cvt_gpr(struct code *c, enum x64_vop op, gpr d, xmm s);                   /* VCVTT*2SI, VPMOVMSKB, VMOVMSKP */

/* Mask registers. */
void x64_v_cmp_k(struct code *c, enum x64_vop op, kreg d, xmm a, xmm b, u8 predicate, struct vmask k); /* V*CMP*_K; k.z is ignored */
void x64_v_test_k(struct code *c, enum x64_vop op, kreg d, xmm a, xmm b, struct vmask k);             /* VPTESTM */
void x64_v_from_k(struct code *c, enum x64_vop op, xmm d, kreg s);                                    /* VPMOVM2 */
void x64_v_to_k(struct code *c, enum x64_vop op, kreg d, xmm s);                                      /* VPMOV*2M */
void x64_kortestb(struct code *c, kreg a, kreg b);
void x64_kmov_from_gpr(struct code *c, enum x64_vop op, kreg d, gpr s);
void x64_kmov_to_gpr(struct code *c, enum x64_vop op, gpr d, kreg s);

/* SHA-NI, which has neither VEX nor EVEX form: registers below 16; d = op(d, s), rnds2 with XMM0 as third operand. */
enum x64_sha { SHA256RNDS2 = 0xcb, SHA256MSG1 = 0xcc, SHA256MSG2 = 0xcd };
void x64_sha256(struct code *c, enum x64_sha op, xmm d, xmm s);

/* The frequent ones by name. r: xmm register, x: general register as destination or source. */
void x64_vmovdqa_rr(struct code *c, xmm d, xmm s);
void x64_vmovdqa_rm(struct code *c, xmm d, mem s);  /* atomic: s is 16-byte aligned */
void x64_vmovdqu_rm(struct code *c, xmm d, mem s);
void x64_vmovdqu_mr(struct code *c, mem d, xmm s);
void x64_vmovq_rr(struct code *c, xmm d, xmm s);    /* upper half zero */
void x64_vpxor(struct code *c, xmm d, xmm a, xmm b);
void x64_vzero(struct code *c, xmm d);
void x64_vones(struct code *c, xmm d);
void x64_vucomis(struct code *c, unsigned esz, xmm a, xmm b); /* esz 2, 3: ZF PF CF; quiet NaNs are no exception */
void x64_vcomis(struct code *c, unsigned esz, xmm a, xmm b);  /* ... they are invalid */
void x64_vmovd_rx(struct code *c, bool w, gpr d, xmm s);
void x64_vmovd_xr(struct code *c, bool w, xmm d, gpr s);
/* Memory of 1 << size bytes (0..4) to and from the low part; the rest of d becomes zero. */
void x64_vload(struct code *c, unsigned size, xmm d, mem s);
void x64_vstore(struct code *c, unsigned size, mem d, xmm s);
