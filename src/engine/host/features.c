#include "engine/host/features.h"
#include <cpuid.h>

/* CPUID leaf 7 of what AVX-512 code needs and what it uses where it is there (Intel SDM 2A, CPUID). */
static const u32 AVX512_EBX = 1u << 16 | 1u << 17 | 1u << 30 | 1u << 31; /* F, DQ, BW, VL */
static const u32 STATE = 0xe6;                                             /* XCR0: SSE, AVX, opmask, ZMM saved by the kernel */

static bool bit(u32 word, unsigned n) { return word >> n & 1; }

struct code host_features(bool no_avx512)
{
        u32 a, b1, c1, d, b7, c7, xcr0;
        struct code f = { 0 };

        __cpuid(1, a, b1, c1, d);
        __cpuid_count(7, 0, a, b7, c7, d);
        asm volatile("xgetbv" : "=a"(xcr0), "=d"(d) : "c"(0)); /* OSXSAVE was checked at start */
        f.avx512 = !no_avx512 && (xcr0 & STATE) == STATE && (b7 & AVX512_EBX) == AVX512_EBX;
        f.avx512cd = f.avx512 && bit(b7, 28);
        f.bitalg = f.avx512 && bit(c7, 12);
        f.aes = bit(c1, 25);
        f.pclmul = bit(c1, 1);
        f.sha = bit(b7, 29);
        f.vaes = f.avx512 && bit(c7, 9);
        f.vpclmul = f.avx512 && bit(c7, 10);
        return f;
}
