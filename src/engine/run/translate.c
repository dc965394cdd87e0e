#include "engine/run/translate.h"
#include "base/out.h"
#include "engine/guest/decode.h"
#include "engine/guest/lift.h"
#include "engine/run/block.h"
#include "engine/run/cache.h"
#include "engine/run/dump.h"
#include "engine/run/flags_live.h"
#include "engine/run/invalidate.h"
#include "engine/run/module.h"
#include "engine/run/safe_syscall.h"
#include "engine/run/site.h"
#include <linux/mman.h>

enum {
        MAX_INSNS = 64,
        MAP_CAP = 8192,
        IR_PER_INSN = 200, /* no row appends more */
};

struct translator {
        struct emit *emitter;
        struct ir_block ir;
        struct host_map map[MAP_CAP];
};

struct translator *translator_create(struct arena *a)
{
        struct translator *t = arena_alloc(a, sizeof *t);

        t->emitter = host_emitter(a);
        return t;
}

/* May the guest execute at pc? A page that it may also write is watched from now on. */
static enum fetch_result fetch_check(struct process *p, gaddr pc)
{
        gaddr page = pc & ~4095UL;
        int prot;

        if (page == p->sigtramp)
                return FETCH_OK;
        prot = guest_prot(p, pc);
        if (prot < 0)
                return FETCH_UNMAPPED;
        if (!(prot & PROT_EXEC))
                return FETCH_NOT_EXECUTABLE;
        return FETCH_OK;
}

static void watch_page(struct process *p, gaddr pc)
{
        int prot = guest_prot(p, pc);

        if (prot > 0 && prot & PROT_WRITE)
                code_page_protect(p, pc & ~4095UL, prot);
}

enum fetch_result fetch_word(struct process *p, gaddr pc, u32 *word)
{
        enum fetch_result r = fetch_check(p, pc);

        if (r == FETCH_OK && !safe_load(word, pc))
                r = FETCH_BUS_ERROR; /* mapped, but beyond the end of its file */
        return r;
}

/* Append one guest instruction. */
static void lift_one(struct process *p, struct lift *l, u32 word)
{
        struct ir_block *b = l->b;
        u32 count;

        ir_emit(b, (struct ir_inst){ .op = IR_INSN, .imm = (i64)l->pc });
        count = b->count;
        l->word = word;
        l->site = site_get(p, l->pc);
        if (a64_decode(l, word))
                return;
        b->count = count;
        ir_emit(b, (struct ir_inst){ .op = IR_EXIT_TRAP, .imm = (i64)l->pc, .aux = TRAP_UNDEFINED });
        l->ended = true;
}

/* Fetch, decode, lift: from pc to the block's natural end, the text's end or a limit. */
static enum fetch_result lift_block(struct process *p, struct ir_block *b, gaddr pc, gaddr end, u32 max_insns)
{
        struct lift l = { .b = b, .pc = pc };

        b->pc = pc;
        b->count = 1;
        for (u32 n = 0; !l.ended; n++) {
                enum fetch_result r = FETCH_OK;
                u32 word;

                if (n == 0 || (l.pc & 4095) == 0) {
                        r = fetch_check(p, l.pc);
                        if (r == FETCH_OK)
                                watch_page(p, l.pc);
                }
                if (r == FETCH_OK && !safe_load(&word, l.pc))
                        r = FETCH_BUS_ERROR;
                if (r != FETCH_OK && n == 0)
                        return r;
                if (r != FETCH_OK || n == max_insns || l.pc >= end || b->count > IR_MAX_INSTS - IR_PER_INSN) {
                        lift_exit(&l, l.pc);
                        break;
                }
                lift_one(p, &l, word);
                l.pc += 4;
        }
        b->end = l.pc;
        return FETCH_OK;
}

static struct block_ref compile(struct process *p, struct region *r)
{
        struct translator *t = p->translator;
        struct host_block h = { .map = t->map, .map_cap = MAP_CAP };
        struct code c = p->host;
        struct block_ref b;

        c.p = r->used;
        c.end = r->end - CODE_RED_ZONE;
        if (!host_compile(t->emitter, &c, &t->ir, &h))
                return (struct block_ref){ 0 };
        r->tied |= h.absolute;
        b = block_add(r, &h, t->ir.pc, (u32)(t->ir.end - t->ir.pc));
        if (b.block)
                r->used = c.p;
        return b;
}

static struct region *region_for(struct process *p, struct module *m, gaddr pc)
{
        struct region *r = m ? module_region(p, m) : NULL;

        return r ? r : code_mem_region(p, pc);
}

/*
 * The whole machine. One block is made: lifted, optimised, compiled behind the guest's text, entered in the tables.
 * Running out of room in a region begins a new one; a block too large for the tables is made again with fewer instructions.
 */
static void *translate(struct process *p, gaddr pc, enum fetch_result *why)
{
        struct ir_block *ir = &p->translator->ir;
        u32 max_insns = p->options.max_insns ? p->options.max_insns : MAX_INSNS;
        struct module *m = module_at(p, pc);
        struct text text = m ? (struct text){ m->start, m->end } : (struct text){ 0, ~0UL };

        for (;;) {
                struct region *r;
                struct block_ref b;

                *why = lift_block(p, ir, pc, text.end, max_insns);
                if (*why != FETCH_OK)
                        return NULL;
                r = region_for(p, m, pc);
                if (!r) {
                        *why = FETCH_NO_MEMORY;
                        return NULL;
                }
                dump_lifted(p, ir);
                ir_fold(ir);
                ir_fuse(ir);
                flags_live_mark(p, ir, text);
                ir_dead(ir);
                dump_passed(p, ir);
                b = compile(p, r);
                if (b.block) {
                        cache_add_block(p, b);
                        cache_set(p, pc, block_entry(b));
                        dump_block(p, b);
                        return block_entry(b);
                }
                if (max_insns > 1)
                        max_insns /= 2;
                else
                        code_mem_retire(r);
        }
}

/* What an earlier process translated. */
static void *kept(struct process *p, gaddr pc)
{
        struct module *m = module_at(p, pc);

        return m ? module_code(p, m, pc) : NULL;
}

void *code_get(struct cpu *cpu, gaddr pc, enum fetch_result *why)
{
        struct process *p = cpu->process;
        void *code = cache_find(p, pc);

        if (code)
                return code;
        lock_acquire(&p->lock);
        code = cache_find(p, pc);
        if (!code)
                code = kept(p, pc);
        if (!code)
                code = translate(p, pc, why);
        lock_release(&p->lock);
        return code;
}
