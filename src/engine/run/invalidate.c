#include "engine/run/invalidate.h"
#include "base/sys.h"
#include "engine/run/block.h"
#include "engine/run/cache.h"
#include "engine/run/module.h"
#include "engine/run/site.h"
#include <linux/mman.h>

/* State of a page that the guest can both write and execute. */
enum {
        PAGE_PROTECTED = 1,
        PAGE_HIT = 2,       /* unit of the count of writes seen */
        PAGE_TOO_MANY = 16, /* after these the guest's own IC IVAU has to do */
};

enum { CALL_REL32 = 0xe8, JMP_REL32 = 0xe9, NOP_5 = 0x00441f0f, ENTRY_PATCH = 5 };

/* Entries are 16-byte aligned and begin with a 5-byte nop: one aligned store of 8 bytes changes the whole instruction. */
static void write_entry(u8 *entry, u64 insn)
{
        __atomic_store_n((u64 *)entry, (*(u64 *)entry & ~0xffffffffffUL) | insn, __ATOMIC_RELEASE);
}

static void patch_entry(u8 *entry, u8 opcode, const u8 *target)
{
        write_entry(entry, opcode | (u64)(u32)(target - (entry + ENTRY_PATCH)) << 8);
}

void block_invalidate(struct process *p, struct block_ref b)
{
        b.region->dead += b.block->host_size;
        b.block->valid = false;
        if (cache_find(p, block_pc(b)) == block_entry(b))
                cache_set(p, block_pc(b), NULL);
        patch_entry(block_entry(b), CALL_REL32, b.region->stub);
}

void block_nudge(struct block_ref b)
{
        patch_entry(block_entry(b), CALL_REL32, b.region->stub);
}

bool block_settle(struct process *p, struct block_ref b)
{
        bool valid;

        lock_acquire(&p->lock);
        valid = b.block->valid;
        if (valid)
                write_entry(block_entry(b), NOP_5);
        lock_release(&p->lock);
        return valid;
}

void block_forward(struct process *p, struct block_ref old, u8 *code)
{
        u8 *entry = block_entry(old);
        i64 distance = code - entry;

        lock_acquire(&p->lock);
        if (!old.block->valid && code != entry && distance == (i32)distance && cache_find(p, block_pc(old)) == code) {
                patch_entry(entry, JMP_REL32, code);
                code_mem_tie(p, entry, code);
        }
        lock_release(&p->lock);
}

/* The pages of a range are as the guest asked again: what we protected there was overruled. */
static void forget_protection(struct process *p, gaddr start, gaddr end);

void code_range_changed(struct process *p, gaddr start, u64 len, int prot)
{
        gaddr end = start + len;

        if (end < start)
                end = ~0UL;
        lock_acquire(&p->lock);
        module_range_changed(p, start, end);
        if (cache_has_code(p, start, end)) {
                cache_visit(p, start, end, block_invalidate);
                forget_protection(p, start, end);
        }
        lock_release(&p->lock);
}

void code_line_changed(struct process *p, gaddr addr)
{
        gaddr line = addr & ~63UL;

        lock_acquire(&p->lock);
        module_text_changed(p, line);
        module_list_blocks(p, line, line + 64);
        cache_visit(p, line, line + 64, block_invalidate);
        lock_release(&p->lock);
}

/* ---- pages that are writable and executable ---- */

static bool host_protect(gaddr page, int prot)
{
        return sys_call3(__NR_mprotect, (long)page, 4096, prot) == 0;
}

void code_page_protect(struct process *p, gaddr page, int prot)
{
        u8 *state = cache_page_state(p, page);

        if (*state & PAGE_PROTECTED || *state >= PAGE_TOO_MANY || !host_protect(page, PROT_READ))
                return;
        *state |= PAGE_PROTECTED;
        p->watched_pages++;
}

static void forget_page(struct process *p, gaddr page, u8 *state)
{
        if (*state & PAGE_PROTECTED)
                p->watched_pages--;
        *state &= (u8)~PAGE_PROTECTED;
}

static void forget_protection(struct process *p, gaddr start, gaddr end)
{
        cache_visit_pages(p, start, end, forget_page);
}

/* True when the guest can write the page now. */
static bool release_page(struct process *p, gaddr page, u8 *state)
{
        int prot = guest_prot(p, page);

        cache_visit(p, page, page + 4096, block_invalidate);
        if (*state & PAGE_PROTECTED)
                *state += PAGE_HIT;
        forget_page(p, page, state);
        return prot > 0 && prot & PROT_EXEC && prot & PROT_WRITE && host_protect(page, PROT_READ | PROT_WRITE);
}

bool code_page_written(struct process *p, gaddr addr)
{
        gaddr page = addr & ~4095UL;
        bool ours = false;

        lock_acquire(&p->lock);
        if (cache_has_code(p, page, page + 4096))
                ours = release_page(p, page, cache_page_state(p, page));
        lock_release(&p->lock);
        return ours;
}

static void release_one(struct process *p, gaddr page, u8 *state)
{
        if (*state & PAGE_PROTECTED)
                release_page(p, page, state);
}

bool code_pages_release(struct process *p)
{
        bool any;

        lock_acquire(&p->lock);
        any = p->watched_pages != 0;
        if (any)
                cache_visit_pages(p, 0, ~0UL, release_one);
        lock_release(&p->lock);
        return any;
}

void code_site_changed(struct process *p, gaddr pc, u8 site)
{
        lock_acquire(&p->lock);
        site_add(p, pc, site);
        module_list_blocks(p, pc, pc + 4);
        cache_visit(p, pc, pc + 4, block_invalidate); /* the instruction may be in several blocks */
        lock_release(&p->lock);
}
