/*
 * Open flags: four bits lie in another order on arm64 (asm/fcntl.h): O_DIRECTORY 040000, O_NOFOLLOW 0100000, O_DIRECT 0200000,
 * O_LARGEFILE 0400000; on x86 O_DIRECT 040000, O_LARGEFILE 0100000, O_DIRECTORY 0200000, O_NOFOLLOW 0400000.
 */
#pragma once
#include "base/types.h"

/* Guest to host or host to guest: the two pairs change places. */
static inline u64 open_flags_swap(u64 flags)
{
        return (flags & ~0740000UL) | (flags & 0140000) << 2 | (flags & 0600000) >> 2;
}
