/* Translated blocks: where they are, which guest bytes they cover, and their side tables in a compact form. */
#pragma once
#include "engine/host/host.h"
#include "engine/run/code_mem.h"

struct block {
        gaddr pc;
        u8 *entry;
        u32 host_size;
        u32 guest_size;
        u32 map;              /* offset of the packed side table in the region's maps */
        u16 map_count;
        bool valid;           /* its entry is not patched */
        struct block *next[2]; /* lists of the first and the second guest page it covers */
};

struct block_position {
        struct block *block;
        gaddr pc;       /* the guest instruction */
        u8 flags;       /* enum flags_at */
        bool boundary;  /* exactly at the start of it, with all state in its homes */
};

/* Append a block to its region; the process lock is held. NULL: the region's tables are full. */
struct block *block_add(struct region *r, const struct host_block *h, gaddr pc, u32 guest_size);

/* The block that covers a host address; from signal handlers, without a lock. NULL: not generated code. */
struct block *block_of(struct process *p, u64 host);
bool block_locate(struct process *p, u64 host, struct block_position *at);
