/* Names for what a CPU says of itself in MIDR_EL1, from midr.def. */
#pragma once
#include "base/types.h"

struct midr_part {
        u32 implementer, part;
        const char *name, *also; /* `also` may be NULL */
        bool certain;            /* the number means one product or core only */
        const char *source;      /* letters that midr.def explains */
};

static inline u32 midr_implementer(u64 midr)
{
        return (u32)(midr >> 24 & 0xff);
}

static inline u32 midr_variant(u64 midr)
{
        return (u32)(midr >> 20 & 0xf);
}

static inline u32 midr_number(u64 midr)
{
        return (u32)(midr >> 4 & 0xfff);
}

static inline u32 midr_revision(u64 midr)
{
        return (u32)(midr & 0xf);
}

/* NULL when it is not in the table. */
const char *midr_implementer_name(u32 implementer);
const struct midr_part *midr_find(u64 midr);
