#include "engine/run/reclaim.h"
#include "base/sys.h"
#include "engine/run/block.h"
#include "engine/run/cache.h"
#include "engine/run/code_mem.h"
#include "engine/run/invalidate.h"
#include "engine/run/module.h"
#include "engine/run/thread.h"
#include <linux/membarrier.h>

enum {
        ENOUGH_DEAD = 32 << 20, /* bytes */
        MANY_ORPHANS = 8,       /* regions of modules that are gone: a third of the places one can have */
};

static bool is_under_way(const struct code_mem *m)
{
        for (const struct region *r = m->regions; r; r = r->next)
                if (r->leaving)
                        return true;
        return false;
}

static bool is_due(const struct code_mem *m)
{
        u64 used = 0, dead = 0;
        u32 orphans = 0;

        for (const struct region *r = m->regions; r; r = r->next) {
                orphans += r->orphan;
                if (!r->of_module) {
                        used += (u64)(r->used - r->base);
                        dead += r->dead;
                }
        }
        return orphans >= MANY_ORPHANS || (dead >= ENOUGH_DEAD && dead * 2 >= used);
}

static void end_leaving(struct process *p, struct block_ref b)
{
        if (b.region->leaving)
                block_invalidate(p, b);
}

/*
 * Each thread goes through a fence (membarrier(2)). From then on one whose in_syscall is 1 sees the new generation when it comes back: its
 * store of 0 was either before the fence, and is seen here, or its look at the generation comes after it.
 */
static bool fence_everybody(void)
{
        return sys_call3(__NR_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0 &&
               sys_call3(__NR_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) == 0;
}

static void begin(struct process *p)
{
        module_leave_tied(p);
        for (struct region *r = p->code->regions; r; r = r->next) {
                r->leaving |= !r->of_module || r->orphan;
                if (r->leaving)
                        code_mem_retire(r);
        }
        cache_visit(p, 0, ~0UL, end_leaving);
        __atomic_add_fetch(&p->generation, 1, __ATOMIC_SEQ_CST);
        p->code->fenced = fence_everybody();
}

static bool has_passed(const struct process *p, const struct cpu *cpu)
{
        return (p->code->fenced && __atomic_load_n(&cpu->in_syscall, __ATOMIC_ACQUIRE)) ||
               __atomic_load_n(&cpu->generation, __ATOMIC_ACQUIRE) == p->generation;
}

static bool everybody_passed(const struct process *p)
{
        for (const struct cpu *c = p->cpus; c; c = c->next)
                if (!has_passed(p, c))
                        return false;
        return true;
}

/* Some thread has not come by: it runs in code that stays. */
static void nudge(struct process *p)
{
        for (struct region *r = p->code->regions; r; r = r->next)
                for (u32 n = 0; n < r->block_count && !r->leaving; n++)
                        if (r->blocks[n].valid)
                                block_nudge((struct block_ref){ r, &r->blocks[n] });
}

void reclaim_if_due(struct process *p)
{
        if (is_under_way(p->code) && !everybody_passed(p)) {
                nudge(p);
                return;
        }
        code_mem_free_leaving(p);
        if (is_due(p->code))
                begin(p);
}

void reclaim_pass(struct cpu *cpu)
{
        struct process *p = cpu->process;

        lock_acquire(&p->lock);
        thread_reset_return_stack(cpu);
        thread_clear_jump_cache(cpu);
        __atomic_store_n(&cpu->generation, p->generation, __ATOMIC_RELEASE);
        if (everybody_passed(p))
                code_mem_free_leaving(p);
        lock_release(&p->lock);
}
