#include "engine/linux/hostcpu.h"
#include "base/out.h"
#include <cpuid.h>

struct feature {
        char name[8];
        u8 bit;
};

/* Leaf 1, ECX. */
static const struct feature leaf1[] = {
        { "SSE3", 0 }, { "SSSE3", 9 }, { "FMA", 12 }, { "CX16", 13 }, { "SSE4.1", 19 }, { "SSE4.2", 20 },
        { "MOVBE", 22 }, { "POPCNT", 23 }, { "OSXSAVE", 27 }, { "AVX", 28 }, { "F16C", 29 },
};
/* Leaf 7, EBX. */
static const struct feature leaf7[] = { { "BMI1", 3 }, { "AVX2", 5 }, { "BMI2", 8 } };
/* Leaf 0x80000001, ECX. */
static const struct feature leaf_ext[] = { { "LAHF", 0 }, { "LZCNT", 5 } };

static void require(const struct feature *f, unsigned n, u32 bits)
{
        for (unsigned i = 0; i < n; i++)
                if (!(bits & 1u << f[i].bit))
                        die(126, "this processor has no %s; crossarm needs an x86-64-v3 processor (Intel Haswell, AMD Excavator or newer); "
                                 "in a virtual machine choose the host's CPU model", f[i].name);
}

void hostcpu_require(void)
{
        u32 a, b, c, d;

        __cpuid(1, a, b, c, d);
        require(leaf1, ARRAY_LEN(leaf1), c);
        asm volatile("xgetbv" : "=a"(a), "=d"(d) : "c"(0));
        if ((a & 6) != 6)
                die(126, "this kernel does not save AVX registers; start it without 'noxsave' or 'clearcpuid=avx'");
        __cpuid_count(7, 0, a, b, c, d);
        require(leaf7, ARRAY_LEN(leaf7), b);
        __cpuid(0x80000001, a, b, c, d);
        require(leaf_ext, ARRAY_LEN(leaf_ext), c);
}
