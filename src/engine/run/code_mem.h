/*
 * Memory for generated code. Each region serves guest text that it reaches with 32-bit displacements, so that all code is position
 * independent relative to its guest text; only when the guest left no room there, code is far and holds absolute addresses. A stale block's entry stays a jump to its successor until its region leaves (reclaim.h).
 */
#pragma once
#include "base/arena.h"
#include "engine/host/x64.h"
#include "engine/run/process.h"

struct block;

struct region {
        struct region *next;
        u8 *base, *end;
        u8 *mapped_end;       /* of its mapping: the tables of a module's region follow its code */
        bool of_module;       /* for the text of one module only */
        bool orphan;          /* its module is gone */
        bool leaving;         /* no thread is to come into it any more (reclaim.h) */
        bool tied;            /* code in it leads or points to something outside: it is good for this process only */
        u8 *stub;             /* what a stale entry calls: goes on to thunk_stale */
        u8 *used;             /* first free byte */
        u64 dead;             /* bytes of blocks that are not valid any more */
        struct block *blocks; /* ascending by entry */
        u32 block_count, block_cap;
        u8 *maps;
        u32 map_used, map_cap;
};

struct code_mem {
        struct region *regions; /* newest first */
        bool fenced;  /* cpu.in_syscall tells the truth about the regions that are leaving (reclaim.h) */
        u64 crowded; /* where no region could be had near the guest's text, in units of 256 MiB */
};

/* Code and the guest addresses it names may be so far apart: 2 GiB without room for literals beyond a block. */
enum { CODE_REACH = (int)((2UL << 30) - (16UL << 20)) };

struct code_mem *code_mem_create(struct arena *a);
/* A region with room for one more block, near this guest address if possible, NULL when the kernel has no memory. Process lock held. */
struct region *code_mem_region(struct process *p, gaddr pc);
/*
 * A region for one module, exactly at `at`, with room for code_size bytes (pages) of code; NULL: something else is there. It is
 * empty: code from a file is to be mapped over it, or code_mem_write_stub() begins it. Process lock held.
 */
struct region *code_mem_region_at(struct process *p, u64 at, u64 code_size);
void code_mem_write_stub(struct process *p, struct region *r);
bool code_mem_has_room(const struct region *r);
/*
 * The tables of such a region, each of whole pages behind its code: rows for blocks, their side tables, the index and the marks of a module
 * (module.h).
 */
struct region_tables {
        u64 blocks, maps, index, listed, end; /* offsets from the region's base */
};
struct region_tables region_tables(u64 code_size);
/* The region no longer takes blocks. */
void code_mem_retire(struct region *r);
/* Give back the regions that are leaving; process lock held. */
void code_mem_free_leaving(struct process *p);
/* The region that holds a host address, without a lock. */
struct region *code_mem_find(struct process *p, u64 host);
/* A jump at `from` will lead to `to`: when that is in another region, from's is tied. */
void code_mem_tie(struct process *p, const u8 *from, const u8 *to);
/* Does a guest mapping at a fixed address collide with the engine's code? */
bool code_mem_overlaps(struct process *p, u64 start, u64 size);
