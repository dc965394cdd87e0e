#include "engine/host/features.h"
#include <cpuid.h>

/* Leaf 7 of what AVX-512 code needs and what it uses where it is there. */
static const u32 AVX512_EBX = 1u << 16 | 1u << 17 | 1u << 30 | 1u << 31; /* F, DQ, BW, VL */
static const u32 STATE = 0xe6;                                             /* XCR0: SSE, AVX, opmask, ZMM saved by the kernel */

static bool bit(u32 word, unsigned n) { return word >> n & 1; }

void host_cpuid_read(struct host_cpuid *id)
{
        u32 a, b, d;

        __cpuid(1, a, b, id->ecx1, d);
        __cpuid_count(7, 0, a, id->ebx7, id->ecx7, d);
        id->xcr0 = 0;
        if (bit(id->ecx1, 27)) /* OSXSAVE */
                asm volatile("xgetbv" : "=a"(id->xcr0), "=d"(d) : "c"(0));
}

struct code host_features(const struct host_cpuid *id, bool no_avx512)
{
        u32 c1 = id->ecx1, b7 = id->ebx7, c7 = id->ecx7;
        struct code f = { 0 };

        f.avx512 = !no_avx512 && (id->xcr0 & STATE) == STATE && (b7 & AVX512_EBX) == AVX512_EBX;
        f.avx512cd = f.avx512 && bit(b7, 28);
        f.bitalg = f.avx512 && bit(c7, 12);
        f.aes = bit(c1, 25);
        f.pclmul = bit(c1, 1);
        f.sha = bit(b7, 29);
        f.vaes = f.avx512 && bit(c7, 9);
        f.vpclmul = f.avx512 && bit(c7, 10);
        return f;
}
