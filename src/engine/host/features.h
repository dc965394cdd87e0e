/* What the host processor offers beyond x86-64-v3. */
#pragma once
#include "engine/host/x64.h"

/* An empty code buffer with its feature flags set from CPUID; no_avx512 leaves the AVX-512 ones clear. */
struct code host_features(bool no_avx512);
