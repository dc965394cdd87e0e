/*
 * Executable files that the guest has mapped. Each has a region for its own translations, which lies at a distance from its text that is the
 * same in every process: such code can be kept in a file (persist.h) and mapped by later processes. Without a folder for these files
 * (process.code_dir) there are no modules, and all code goes to the regions that code_mem.h hands out.
 */
#pragma once
#include "engine/run/process.h"

struct region;

/* By this a file is known to be what it was. Without its device: a file system mounted again may have another. */
struct file_id {
        u64 inode, size;
        i64 mtime, ctime;
        u64 mtime_ns, ctime_ns;
};

struct module {
        struct module *next;
        gaddr start, end;       /* its text, page aligned */
        u64 offset;             /* of start in the file */
        struct file_id file;
        struct region *region;  /* made when the first translation is wanted; NULL: no room for one */
        bool looked;            /* the region was asked for */
        bool keep;              /* all of the region holds for every process that maps the file */
        u64 saved;              /* bytes of code that the file has */
        /* Of the blocks that came from a file: */
        u32 loaded;             /* they are the region's first ones */
        u32 index_slots;        /* a power of two */
        const u32 *index;       /* their numbers + 1, found by guest address: module_hash() */
        u64 *listed;            /* a bit for each: it is in the tables of cache.h */
};

/* The file is mapped privately at [start, end), for execution and not for writing. mm_lock is not held. */
void module_add(struct process *p, gaddr start, gaddr end, u64 offset, const struct file_id *file);

/* Like code_range_changed(), before it looks at blocks: those of modules get into the tables; what is no longer the file's is none of a module's. */
void module_range_changed(struct process *p, gaddr start, gaddr end);

/* All blocks from files that overlap the range get into the tables, so that cache_visit() meets them. Process lock held. */
void module_list_blocks(struct process *p, gaddr start, gaddr end);

/* From now on every site is lifted in another form (process.fp_bits): all that was translated ends, and what files have of that form begins. */
void module_change_form(struct process *p, u8 fp_bits);

/* Regions of modules that lead to others begin to leave (reclaim.h); such a module gets another one. Process lock held. */
void module_leave_tied(struct process *p);

/* The guest says that it changed code at addr: nothing of that module holds for others. Process lock held. */
void module_text_changed(struct process *p, gaddr addr);

/* The module whose text pc is in, or NULL. Process lock held. */
struct module *module_at(struct process *p, gaddr pc);

/* Its region with room for one more block, or NULL. Process lock held. */
struct region *module_region(struct process *p, struct module *m);

/* The code for pc that came from a file, entered in the tables; NULL: there is none. Process lock held. */
void *module_code(struct process *p, struct module *m, gaddr pc);

/* Where a block for guest address `pc`, counted from the region's base, is first looked for in the index. */
static inline u32 module_hash(i64 pc)
{
        return (u32)((u64)pc >> 2) * 0x9e3779b1u;
}
