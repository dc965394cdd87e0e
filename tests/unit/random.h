/* Random numbers that are the same in every run: Marsaglia's xorshift of 64 bits (Journal of Statistical Software 8(14), 2003). */
#pragma once
#include "base/types.h"

static inline u64 random_bits(void)
{
        static u64 state = 88172645463325252u;
        state ^= state << 13;
        state ^= state >> 7;
        return state ^= state << 17;
}

/* One of 0 ... below - 1; 0 of none. */
static inline u32 any(u32 below)
{
        return below ? (u32)(random_bits() >> 16) % below : 0;
}
