#include "engine/linux/hostcpu.h"
#include "base/out.h"

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

_Noreturn static void lacks(const char *name)
{
        die(126, "this processor has no %s; crossarm needs an x86-64-v3 processor (Intel Haswell, AMD Excavator or newer); "
                 "in a virtual machine choose the host's CPU model", name);
}

static void require(const struct feature *f, unsigned n, u32 bits)
{
        for (unsigned i = 0; i < n; i++)
                if (!(bits & 1u << f[i].bit))
                        lacks(f[i].name);
}

/*
 * The rest of x86-64-v3 is in a leaf of its own that need not be asked: each processor with AVX2 has LAHF in 64-bit mode, and
 * without LZCNT the instruction is BSR, which finds bit 0 of 1.
 */
static bool has_lzcnt(void)
{
        u64 n;

        asm("lzcnt %1, %0" : "=r"(n) : "r"(1UL) : "cc");
        return n == 63;
}

void hostcpu_require(const struct host_cpuid *id)
{
        require(leaf1, ARRAY_LEN(leaf1), id->ecx1);
        if ((id->xcr0 & 6) != 6)
                die(126, "this kernel does not save AVX registers; start it without 'noxsave' or 'clearcpuid=avx'");
        require(leaf7, ARRAY_LEN(leaf7), id->ebx7);
        if (!has_lzcnt())
                lacks("LZCNT");
}
