/* Guest address to host code, for the whole process. Readers take no lock; writers hold the process lock. */
#pragma once
#include "base/arena.h"
#include "engine/run/process.h"

#include "engine/run/block.h"

struct cache *cache_create(struct arena *a);
void *cache_find(struct process *p, gaddr pc);
void cache_set(struct process *p, gaddr pc, void *code); /* NULL forgets it */

/* Lists of the blocks on each guest page, for invalidation. */
void cache_add_block(struct process *p, struct block_ref b);
/* Call fn for each valid block that overlaps [start, end). Blocks that are no longer valid afterwards leave the lists. */
void cache_visit(struct process *p, gaddr start, gaddr end, void (*fn)(struct process *, struct block_ref));
bool cache_has_code(struct process *p, gaddr start, gaddr end);

/* Write protection of a page (invalidate.c); NULL when the page never had a block. */
u8 *cache_page_state(struct process *p, gaddr addr);
void cache_visit_pages(struct process *p, gaddr start, gaddr end, void (*fn)(struct process *, gaddr page, u8 *state));
