/*
 * The one fixed map of guest registers to x86-64 registers, the same in every block, so that blocks link without glue.
 *
 *   RSP return stack (pairs of guest return address, host return address)   RBP struct cpu + CPU_BIAS
 *   RAX RCX RDX scratch for values inside a block
 *   XMM0-XMM3 scratch. With AVX-512VL XMM4-XMM31 hold guest vectors; with AVX2 only XMM4-XMM15.
 */
#pragma once
#include "base/types.h"

enum { R_RAX, R_RCX, R_RDX, R_RBX, R_RSP, R_RBP, R_RSI, R_RDI, R_R8, R_R9, R_R10, R_R11, R_R12, R_R13, R_R14, R_R15 };

enum { SCRATCH_GPRS = 3, SCRATCH_XMMS = 4 };

/* PIN(guest register 0..31 with 31 = SP, host register) */
#define PINNED_GPRS(PIN) \
        PIN(0, R_RDI) PIN(1, R_RSI) PIN(2, R_R8) PIN(3, R_R9) PIN(4, R_R10) PIN(5, R_R11) PIN(6, R_RBX) \
        PIN(19, R_R12) PIN(20, R_R13) PIN(21, R_R14) PIN(31, R_R15)

/* PIN(guest vector register, host xmm): first the ones both forms have, then those of AVX-512VL. */
#define PINNED_XMM_AVX2(PIN) \
        PIN(0, 4) PIN(1, 5) PIN(2, 6) PIN(3, 7) PIN(4, 8) PIN(5, 9) PIN(6, 10) PIN(7, 11) PIN(16, 12) PIN(17, 13) PIN(18, 14) PIN(19, 15)
#define PINNED_XMM_AVX512(PIN) \
        PINNED_XMM_AVX2(PIN) \
        PIN(20, 16) PIN(21, 17) PIN(22, 18) PIN(23, 19) PIN(24, 20) PIN(25, 21) PIN(26, 22) PIN(27, 23) PIN(28, 24) PIN(29, 25) PIN(30, 26) PIN(31, 27) \
        PIN(8, 28) PIN(9, 29) PIN(10, 30) PIN(11, 31)
