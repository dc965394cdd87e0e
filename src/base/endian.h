/* Numbers in bytes that came from outside: at any address, in their own order. */
#pragma once
#include "base/types.h"

static inline u32 le16(const u8 *p)
{
        return p[0] | (u32)p[1] << 8;
}

static inline u32 le24(const u8 *p)
{
        return le16(p) | (u32)p[2] << 16;
}

static inline u32 le32(const u8 *p)
{
        return le16(p) | le16(p + 2) << 16;
}

static inline u64 le64(const u8 *p)
{
        return le32(p) | (u64)le32(p + 4) << 32;
}

static inline u32 be32(const u8 *p)
{
        return (u32)p[0] << 24 | (u32)p[1] << 16 | (u32)p[2] << 8 | p[3];
}

static inline u64 be64(const u8 *p)
{
        return (u64)be32(p) << 32 | be32(p + 4);
}
