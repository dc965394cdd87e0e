/* What the host processor offers. CPUID traps to the hypervisor in a virtual machine (10 to 70 us each), so it is asked once. */
#pragma once
#include "engine/host/x64.h"

/* The words of CPUID (Intel SDM 2A) that anything here looks at. */
struct host_cpuid {
        u32 ecx1;       /* leaf 1 */
        u32 ebx7, ecx7; /* leaf 7 */
        u32 xcr0;       /* register state that the kernel saves; 0 without OSXSAVE */
};

void host_cpuid_read(struct host_cpuid *id);

/* An empty code buffer with its feature flags set; no_avx512 leaves the AVX-512 ones clear. */
struct code host_features(const struct host_cpuid *id, bool no_avx512);
