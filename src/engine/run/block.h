/* Translated blocks: where they are, which guest bytes they cover, and their side tables in a compact form. */
#pragma once
#include "engine/host/host.h"
#include "engine/run/code_mem.h"

/* Nothing in it says where the region lies: rows are saved with the code (persist.h). */
struct block {
        i64 pc;         /* guest address, from the region's base */
        u32 entry;      /* first byte of its code, from there, too */
        u32 host_size;
        u32 guest_size;
        u32 map;        /* offset of the packed side table in the region's maps */
        u16 map_count;
        bool valid;     /* its entry is not patched */
};

struct block_ref {
        struct region *region;
        struct block *block; /* NULL: there is none */
};

static inline gaddr block_pc(struct block_ref b)
{
        return (gaddr)b.region->base + (gaddr)b.block->pc;
}

static inline gaddr block_end(struct block_ref b)
{
        return block_pc(b) + b.block->guest_size;
}

static inline u8 *block_entry(struct block_ref b)
{
        return b.region->base + b.block->entry;
}

struct block_position {
        gaddr pc;       /* the guest instruction */
        u8 flags;       /* enum flags_at */
        bool boundary;  /* exactly at the start of it, with all state in its homes */
};

/* Append a block to its region; the process lock is held. No block: the region's tables are full. */
struct block_ref block_add(struct region *r, const struct host_block *h, gaddr pc, u32 guest_size);

/* The block that covers a host address; from signal handlers, without a lock. No block: not generated code. */
struct block_ref block_of(struct process *p, u64 host);
bool block_locate(struct process *p, u64 host, struct block_position *at);
