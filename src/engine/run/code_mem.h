/*
 * Memory for generated code. Each region serves guest text that it reaches with 32-bit displacements, so that all code is position
 * independent relative to its guest text; only when the guest left no room there, code is far and holds absolute addresses. Memory is never reused: a stale block's entry stays a jump to its successor.
 */
#pragma once
#include "base/arena.h"
#include "engine/host/x64.h"
#include "engine/run/process.h"

struct block;

struct region {
        struct region *next;
        u8 *base, *end;
        u8 *stub;             /* what a stale entry calls: goes on to thunk_stale */
        u8 *used;             /* first free byte */
        struct block *blocks; /* ascending by entry */
        u32 block_count, block_cap;
        u8 *maps;
        u32 map_used, map_cap;
};

struct code_mem {
        struct region *regions; /* newest first */
        u32 region_count;
        u64 crowded; /* where no region could be had near the guest's text, in units of 256 MiB */
};

struct code_mem *code_mem_create(struct arena *a);
/* A region with room for one more block, near this guest address if possible, NULL when the kernel has no memory. Process lock held. */
struct region *code_mem_region(struct process *p, gaddr pc);
/* The region no longer takes blocks. */
void code_mem_retire(struct region *r);
/* The region that holds a host address, without a lock. */
struct region *code_mem_find(struct process *p, u64 host);
/* Does a guest mapping at a fixed address collide with the engine's code? */
bool code_mem_overlaps(struct process *p, u64 start, u64 size);
