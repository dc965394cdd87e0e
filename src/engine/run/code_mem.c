#include "engine/run/code_mem.h"
#include "base/arena.h"
#include "base/sys.h"
#include "engine/host/x64_int.h"
#include "engine/run/block.h"
#include "engine/run/reclaim.h"
#include <linux/mman.h>

enum {
        REGION_SIZE = 32 << 20,
        REGION_BLOCKS = REGION_SIZE / 64,
        REGION_MAPS = 16 << 20,
        TABLES_SIZE = REGION_BLOCKS * sizeof(struct block) + REGION_MAPS,
        ROOM_FOR_BLOCK = 256 << 10, /* no block is larger */
        CROWDED_SHIFT = 28,
};

struct code_mem *code_mem_create(struct arena *a)
{
        return arena_alloc(a, sizeof(struct code_mem));
}

static bool reaches(const struct region *r, gaddr pc)
{
        u64 low = (u64)r->base < pc ? (u64)r->base : pc;
        u64 high = (u64)r->end > pc ? (u64)r->end : pc;

        return high - low < CODE_REACH;
}

/* Reserve exactly [at, at + size); false: some of it is taken. */
static bool map_at(u64 at, u64 size, int prot)
{
        long p = sys_call6(__NR_mmap, (long)at, (long)size, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);

        if (!sys_failed(p) && (u64)p != at) /* a kernel that does not know MAP_FIXED_NOREPLACE */
                sys_call2(__NR_munmap, p, (long)size);
        return (u64)p == at;
}

static void *map_code(u64 at)
{
        return map_at(at, REGION_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC) ? (void *)at : NULL;
}

/*
 * Far enough that the guest's heap above its program and its mappings below a library have room to grow, near enough to reach.
 */
static void *map_near(gaddr pc)
{
        const u64 lowest = 16UL << 20, step = 48UL << 20, far = 1UL << 30;
        const u64 page = pc & ~(u64)0xffff;

        for (u64 distance = far; distance < CODE_REACH - REGION_SIZE; distance += step) {
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

/* The first bytes of a region: where the entry of a stale block leads. */
void code_mem_write_stub(struct process *p, struct region *r)
{
        struct code c = p->host;

        c.p = r->base;
        c.end = r->end - CODE_RED_ZONE;
        r->stub = c.p;
        x64_jmp_m(&c, mem_cpu(offsetof(struct cpu, thunk_stale)));
        r->used = c.p;
}

static struct region *region_publish(struct process *p, struct region r)
{
        struct region *made = arena_left(p->arena) < sizeof r ? pages_alloc(sizeof r) : arena_alloc(p->arena, sizeof r);

        *made = r;
        made->next = p->code->regions;
        __atomic_store_n(&p->code->regions, made, __ATOMIC_RELEASE);
        return made;
}

static struct region *region_create(struct process *p, void *base)
{
        struct region r = { .base = base, .block_cap = REGION_BLOCKS, .map_cap = REGION_MAPS };
        u8 *tables;

        if (!base)
                return NULL;
        small_pages(base, REGION_SIZE);
        tables = pages_alloc(TABLES_SIZE);
        small_pages(tables, TABLES_SIZE);
        r.end = r.mapped_end = r.base + REGION_SIZE;
        r.blocks = (struct block *)tables;
        r.maps = tables + REGION_BLOCKS * sizeof r.blocks[0];
        code_mem_write_stub(p, &r);
        return region_publish(p, r);
}

struct region_tables region_tables(u64 code_size)
{
        u64 rows = code_size / 64;
        struct region_tables t;

        t.blocks = code_size;
        t.maps = t.blocks + rows * sizeof(struct block);
        t.index = t.maps + code_size / 2;
        t.listed = t.index + rows * 4 * sizeof(u32);
        t.end = (t.listed + rows / 8 + 4095) & -4096UL;
        return t;
}

struct region *code_mem_region_at(struct process *p, u64 at, u64 code_size)
{
        struct region_tables t = region_tables(code_size);
        struct region r = { .base = (u8 *)at, .end = (u8 *)at + code_size, .mapped_end = (u8 *)at + t.end, .of_module = true };

        if (!map_at(at, t.end, PROT_READ | PROT_WRITE))
                return NULL;
        if (sys_call3(__NR_mprotect, at, code_size, PROT_READ | PROT_WRITE | PROT_EXEC)) {
                sys_call2(__NR_munmap, at, t.end);
                return NULL;
        }
        small_pages(r.base, t.end);
        r.blocks = (struct block *)(r.base + t.blocks);
        r.block_cap = code_size / 64;
        r.maps = r.base + t.maps;
        r.map_cap = code_size / 2;
        r.used = r.stub = r.base;
        return region_publish(p, r);
}

bool code_mem_has_room(const struct region *r)
{
        return r->end - r->used > ROOM_FOR_BLOCK;
}

/* A region with room for a block that reaches pc; with pc 0 any one. */
static struct region *with_room(struct process *p, gaddr pc)
{
        for (struct region *r = p->code->regions; r; r = r->next)
                if (!r->of_module && code_mem_has_room(r) && (!pc || reaches(r, pc)))
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
        reclaim_if_due(p);
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

/* A reader without the lock may stand on a region that is taken off the list, and goes on from there: its description stays. */
void code_mem_free_leaving(struct process *p)
{
        for (struct region **link = &p->code->regions; *link;) {
                struct region *r = *link;

                if (!r->leaving) {
                        link = &r->next;
                        continue;
                }
                __atomic_store_n(link, r->next, __ATOMIC_RELEASE);
                if (!r->of_module)
                        pages_free(r->blocks, TABLES_SIZE);
                sys_call2(__NR_munmap, (long)r->base, r->mapped_end - r->base);
        }
}

struct region *code_mem_find(struct process *p, u64 host)
{
        for (struct region *r = __atomic_load_n(&p->code->regions, __ATOMIC_ACQUIRE); r; r = r->next)
                if (host >= (u64)r->base && host < (u64)r->end)
                        return r;
        return NULL;
}

void code_mem_tie(struct process *p, const u8 *from, const u8 *to)
{
        struct region *r = code_mem_find(p, (u64)from);

        if (r->of_module && (to < r->base || to >= r->end))
                __atomic_store_n(&r->tied, true, __ATOMIC_RELAXED);
}

bool code_mem_overlaps(struct process *p, u64 start, u64 size)
{
        for (struct region *r = __atomic_load_n(&p->code->regions, __ATOMIC_ACQUIRE); r; r = r->next)
                if (start < (u64)r->mapped_end && start + size > (u64)r->base)
                        return true;
        return false;
}
