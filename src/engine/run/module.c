#include "engine/run/module.h"
#include "base/arena.h"
#include "engine/run/block.h"
#include "engine/run/cache.h"
#include "engine/run/code_mem.h"
#include "engine/run/invalidate.h"
#include "engine/run/persist.h"
#include "engine/run/reclaim.h"

enum {
        NEAREST = 1 << 30,       /* distance of a region from its text: room for the heap above a program, for mappings below a library */
        SPACING = 32 << 20,      /* between the places that a region may take */
        PLACES = 24,
        MIN_CODE = 1 << 20, MAX_CODE = 96 << 20,
        EXPANSION = 6,           /* bytes of code for a byte of text, if all of it were translated */
};

void module_add(struct process *p, gaddr start, gaddr end, u64 offset, const struct file_id *file)
{
        struct module *m;

        if (!p->code_dir || end - start >= NEAREST / 2)
                return;
        lock_acquire(&p->lock);
        m = arena_left(p->arena) < sizeof *m ? pages_alloc(sizeof *m) : arena_alloc(p->arena, sizeof *m);
        *m = (struct module){ .next = p->modules, .start = start, .end = end, .offset = offset, .file = *file, .keep = true };
        p->modules = m;
        lock_release(&p->lock);
}

struct module *module_at(struct process *p, gaddr pc)
{
        for (struct module *m = p->modules; m; m = m->next)
                if (pc >= m->start && pc < m->end)
                        return m;
        return NULL;
}

static u64 code_size(const struct module *m)
{
        u64 size = (m->end - m->start) * EXPANSION;

        size = size < MIN_CODE ? MIN_CODE : size > MAX_CODE ? MAX_CODE : size;
        return (size + MIN_CODE - 1) & -(u64)MIN_CODE;
}

/* From a library's text its region lies below, from a program at a low address above. 0: it would be too far away. */
static u64 place(const struct module *m, u32 n)
{
        u64 distance = NEAREST + (u64)n * SPACING;

        if (distance + (m->end - m->start) + code_size(m) > CODE_REACH)
                return 0;
        return m->start > 2UL * NEAREST ? m->start - distance : m->start + distance;
}

/*
 * The first place depends on the file, so that libraries side by side do not take each other's; where it is taken all the same another one
 * will do, which has a file of its own.
 */
static void make_region(struct process *p, struct module *m)
{
        u32 first = (u32)((m->file.inode ^ m->file.ctime_ns >> 8) * 0x9e3779b1u >> 8) % PLACES;

        reclaim_if_due(p);
        for (u32 n = 0; n < PLACES && !m->region; n++) {
                u64 at = place(m, (first + n) % PLACES);

                m->region = at ? code_mem_region_at(p, at, code_size(m)) : NULL;
        }
        if (m->region && !persist_load(p, m))
                code_mem_write_stub(p, m->region);
}

struct region *module_region(struct process *p, struct module *m)
{
        if (!m->looked) {
                m->looked = true;
                make_region(p, m);
        }
        if (!m->region || code_mem_has_room(m->region))
                return m->region;
        persist_save(p, m); /* what comes now goes elsewhere, and links lead there */
        m->keep = false;
        return NULL;
}

/* ---- blocks from a file ---- */

static void list_block(struct process *p, struct module *m, u32 number)
{
        struct block_ref b = { m->region, &m->region->blocks[number] };

        if (m->listed[number / 64] >> number % 64 & 1 || !b.block->valid)
                return;
        m->listed[number / 64] |= 1UL << number % 64;
        cache_add_block(p, b);
        if (!cache_find(p, block_pc(b)))
                cache_set(p, block_pc(b), block_entry(b));
}

void *module_code(struct process *p, struct module *m, gaddr pc)
{
        i64 wanted;

        if (!module_region(p, m) || !m->loaded)
                return NULL;
        wanted = (i64)(pc - (gaddr)m->region->base);
        for (u32 i = module_hash(wanted);; i++) {
                u32 number = m->index[i & (m->index_slots - 1)];

                if (!number)
                        return NULL;
                if (m->region->blocks[number - 1].pc == wanted) {
                        list_block(p, m, number - 1);
                        return cache_find(p, pc);
                }
        }
}

static void list_overlapping(struct process *p, struct module *m, gaddr start, gaddr end)
{
        for (u32 n = 0; n < m->loaded; n++) {
                struct block_ref b = { m->region, &m->region->blocks[n] };

                if (block_pc(b) < end && block_end(b) > start)
                        list_block(p, m, n);
        }
}

void module_list_blocks(struct process *p, gaddr start, gaddr end)
{
        for (struct module *m = p->modules; m; m = m->next)
                if (m->loaded && m->start < end && m->end > start)
                        list_overlapping(p, m, start, end);
}

/* The module begins anew. */
static void orphan_region(struct module *m)
{
        if (m->region)
                m->region->orphan = true;
        m->region = NULL;
        m->looked = false;
        m->loaded = 0;
        m->saved = 0;
}

/* A loader maps a whole library for execution first and then its data over the end: what lies before that stays the module's. */
void module_range_changed(struct process *p, gaddr start, gaddr end)
{
        for (struct module **link = &p->modules; *link;) {
                struct module *m = *link;

                if (m->start >= end || m->end <= start) {
                        link = &m->next;
                        continue;
                }
                list_overlapping(p, m, start, m->end);
                if (start > m->start) {
                        m->end = start;
                        link = &m->next;
                } else {
                        persist_save(p, m);
                        orphan_region(m);
                        *link = m->next;
                }
        }
}

void module_text_changed(struct process *p, gaddr addr)
{
        struct module *m = module_at(p, addr);

        if (m)
                m->keep = false;
}

void module_leave_tied(struct process *p)
{
        for (struct module *m = p->modules; m; m = m->next) {
                if (!m->region || !m->region->tied)
                        continue;
                list_overlapping(p, m, 0, ~0UL);
                orphan_region(m);
        }
}

void module_change_form(struct process *p, u8 fp_bits)
{
        for (struct module *m = p->modules; m; m = m->next)
                persist_save(p, m);
        module_list_blocks(p, 0, ~0UL);
        cache_visit(p, 0, ~0UL, block_invalidate);
        p->fp_bits = fp_bits;
        for (struct module *m = p->modules; m; m = m->next)
                orphan_region(m);
}
