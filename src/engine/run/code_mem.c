#include "engine/run/code_mem.h"
#include "base/arena.h"
#include "base/sys.h"
#include "engine/host/x64_int.h"
#include "engine/run/block.h"
#include <linux/mman.h>

enum {
        REGION_SIZE = 32 << 20,
        REGION_BLOCKS = REGION_SIZE / 64,
        REGION_MAPS = 16 << 20,
        ROOM_FOR_BLOCK = 256 << 10, /* no block is larger */
        CROWDED_SHIFT = 28,
};

static const u64 REACH = (2UL << 30) - (16UL << 20); /* leaves room for literals beyond the block */

struct code_mem *code_mem_create(struct arena *a)
{
        return arena_alloc(a, sizeof(struct code_mem));
}

static bool reaches(const struct region *r, gaddr pc)
{
        u64 low = (u64)r->base < pc ? (u64)r->base : pc;
        u64 high = (u64)r->end > pc ? (u64)r->end : pc;

        return high - low < REACH;
}

static void *map_code(u64 at)
{
        long p = sys_call6(__NR_mmap, (long)at, REGION_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);

        if (sys_failed(p))
                return NULL;
        if ((u64)p == at)
                return (void *)p;
        sys_call2(__NR_munmap, p, REGION_SIZE); /* a kernel that does not know MAP_FIXED_NOREPLACE */
        return NULL;
}

/*
 * Far enough that the guest's heap above its program and its mappings below a library have room to grow, near enough to reach.
 */
static void *map_near(gaddr pc)
{
        const u64 lowest = 16UL << 20, step = 48UL << 20, far = 1UL << 30;
        const u64 page = pc & ~(u64)0xffff;

        for (u64 distance = far; distance < REACH - REGION_SIZE; distance += step) {
                void *p = page > distance + lowest ? map_code(page - distance) : NULL;

                if (!p && page + distance < 1UL << 47)
                        p = map_code(page + distance);
                if (p)
                        return p;
        }
        for (u64 distance = far; distance > 2 * REGION_SIZE; distance -= step / 3) {
                void *p = page > distance + lowest ? map_code(page - distance) : map_code(page + distance);

                if (p)
                        return p;
        }
        return NULL;
}

static void *map_anywhere(void)
{
        long p = sys_call6(__NR_mmap, 0, REGION_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

        return sys_failed(p) ? NULL : (void *)p;
}

/* A short program touches a few KiB: 2 MiB pages would cost it more to clear than all its translation. */
static void small_pages(void *p, size_t size)
{
        sys_call3(__NR_madvise, (long)p, (long)size, MADV_NOHUGEPAGE);
}

static struct region *region_create(struct process *p, void *base)
{
        struct region *r;
        struct code c;
        u8 *tables;

        if (!base)
                return NULL;
        small_pages(base, REGION_SIZE);
        tables = pages_alloc(REGION_BLOCKS * sizeof r->blocks[0] + REGION_MAPS);
        small_pages(tables, REGION_BLOCKS * sizeof r->blocks[0] + REGION_MAPS);
        r = arena_alloc(p->arena, sizeof *r);
        r->base = base;
        r->end = r->base + REGION_SIZE;
        r->blocks = (struct block *)tables;
        r->block_cap = REGION_BLOCKS;
        r->maps = tables + REGION_BLOCKS * sizeof r->blocks[0];
        r->map_cap = REGION_MAPS;
        c = p->host;
        c.p = r->base;
        c.end = r->end - CODE_RED_ZONE;
        r->stub = c.p;
        x64_jmp_m(&c, mem_cpu(offsetof(struct cpu, thunk_stale)));
        r->used = c.p;
        r->next = p->code->regions;
        __atomic_store_n(&p->code->regions, r, __ATOMIC_RELEASE);
        p->code->region_count++;
        return r;
}

/* A region with room for a block that reaches pc; with pc 0 any one. */
static struct region *with_room(struct process *p, gaddr pc)
{
        for (struct region *r = p->code->regions; r; r = r->next)
                if (r->end - r->used > ROOM_FOR_BLOCK && (!pc || reaches(r, pc)))
                        return r;
        return NULL;
}

/* The guest may have reserved all the space around: looking for a gap costs a hundred system calls, so not for each block. */
static bool is_crowded(const struct code_mem *m, gaddr pc)
{
        return m->crowded && m->crowded == pc >> CROWDED_SHIFT;
}

struct region *code_mem_region(struct process *p, gaddr pc)
{
        struct region *r = with_room(p, pc);
        void *base;

        if (r)
                return r;
        base = is_crowded(p->code, pc) ? NULL : map_near(pc);
        if (base)
                return region_create(p, base);
        p->code->crowded = pc >> CROWDED_SHIFT;
        r = with_room(p, 0);
        return r ? r : region_create(p, map_anywhere());
}

void code_mem_retire(struct region *r)
{
        r->used = r->end;
}

struct region *code_mem_find(struct process *p, u64 host)
{
        for (struct region *r = __atomic_load_n(&p->code->regions, __ATOMIC_ACQUIRE); r; r = r->next)
                if (host >= (u64)r->base && host < (u64)r->end)
                        return r;
        return NULL;
}

bool code_mem_overlaps(struct process *p, u64 start, u64 size)
{
        for (struct region *r = __atomic_load_n(&p->code->regions, __ATOMIC_ACQUIRE); r; r = r->next)
                if (start < (u64)r->end && start + size > (u64)r->base)
                        return true;
        return false;
}
