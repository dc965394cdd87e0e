/* Guest code that changed: its translations end. */
#pragma once
#include "engine/run/block.h"
#include "engine/run/process.h"

/*
 * Mappings in [start, start + len) were made, removed or got another protection: to be called AFTER the change, before the
 * guest goes on. Cheap when no code was translated there.
 */
void code_range_changed(struct process *p, gaddr start, u64 len, int prot);

/* Instruction cache maintenance by the guest: the 64-byte line that holds addr. */
void code_line_changed(struct process *p, gaddr addr);

/* The page of addr was made read-only by us because it is writable and has translations: give it back. False: it was not us. */
bool code_page_written(struct process *p, gaddr addr);

/* All such pages, after a system call failed with EFAULT. True: there were some, try again. */
bool code_pages_release(struct process *p);

/* Translation of a page that the guest can write begins: protect it, unless it is written too often. Process lock held. */
void code_page_protect(struct process *p, gaddr page, int prot);

/* The block is not to be entered again; its entry leads to the dispatcher. Process lock held. */
void block_invalidate(struct process *p, struct block_ref b);

/* Who enters this valid block next comes by the dispatcher once: block_settle() in run_stale. Process lock held. */
void block_nudge(struct block_ref b);

/* True: the block is valid and to be entered; its entry is as it was made. */
bool block_settle(struct process *p, struct block_ref b);

/* Make the entry of an invalid block a jump to its successor. */
void block_forward(struct process *p, struct block_ref old, u8 *code);

/* A site needs another form: note why, and invalidate every block it is in. */
void code_site_changed(struct process *p, gaddr pc, u8 site);
