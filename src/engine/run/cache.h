/* Guest address to host code, for the whole process. Readers take no lock; writers hold the process lock. */
#pragma once
#include "engine/run/process.h"

struct block;

struct cache *cache_create(void);
void *cache_find(struct process *p, gaddr pc);
void cache_set(struct process *p, gaddr pc, void *code); /* NULL forgets it */

/* Lists of the blocks on each guest page, for invalidation. */
void cache_add_block(struct process *p, struct block *b);
/* Call fn for each block that overlaps [start, end) ; fn returns true to take it off the lists. */
void cache_visit(struct process *p, gaddr start, gaddr end, bool (*fn)(struct process *, struct block *, void *), void *arg);
/* Per-page state for write protection: 0 unless set. The page must have had a block. */
u8 *cache_page_state(struct process *p, gaddr page);
bool cache_has_code(struct process *p, gaddr start, gaddr end);
