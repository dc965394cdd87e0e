#include "engine/run/cache.h"
#include "base/arena.h"
#include "base/mem.h"
#include "engine/run/block.h"

enum { FIRST_CAPACITY = 1 << 10, FIRST_PAGES = 1 << 7 };

struct slot {
        gaddr key; /* pc + 1, written once, after code; 0: free */
        void *code;
};

/* A reader that holds an old table only misses newer blocks: old tables are kept. */
struct table {
        u64 mask;
        u64 used;
        struct slot slot[];
};

/* A block in the list of one page it covers. */
struct on_page {
        struct on_page *next;
        struct block_ref at;
};

struct page {
        gaddr key; /* its number + 1; 0: free */
        struct on_page *head;
        u8 state;
};

struct cache {
        struct table *table;
        struct page *pages;
        u64 page_mask, page_used;
        struct on_page *spare; /* list elements that nobody uses */
};

static u64 hash(u64 key)
{
        key *= 0x9e3779b97f4a7c15UL;
        return key ^ key >> 32;
}

static size_t table_size(u64 capacity)
{
        return sizeof(struct table) + capacity * sizeof(struct slot);
}

struct cache *cache_create(struct arena *a)
{
        struct cache *c = arena_alloc(a, sizeof *c);

        c->table = arena_alloc(a, table_size(FIRST_CAPACITY));
        c->table->mask = FIRST_CAPACITY - 1;
        c->pages = arena_alloc(a, FIRST_PAGES * sizeof *c->pages);
        c->page_mask = FIRST_PAGES - 1;
        return c;
}

/* The slot of pc, or the free one where it would be. */
static struct slot *table_slot(struct table *t, gaddr pc)
{
        for (u64 i = hash(pc >> 2);; i++) {
                struct slot *s = &t->slot[i & t->mask];
                gaddr there = __atomic_load_n(&s->key, __ATOMIC_ACQUIRE);

                if (there == pc + 1 || !there)
                        return s;
        }
}

void *cache_find(struct process *p, gaddr pc)
{
        struct slot *s = table_slot(__atomic_load_n(&p->cache->table, __ATOMIC_ACQUIRE), pc);

        return s->key == pc + 1 ? __atomic_load_n(&s->code, __ATOMIC_ACQUIRE) : NULL;
}

static void table_put(struct table *t, gaddr pc, void *code)
{
        struct slot *s = table_slot(t, pc);

        __atomic_store_n(&s->code, code, __ATOMIC_RELEASE);
        if (!s->key) {
                __atomic_store_n(&s->key, pc + 1, __ATOMIC_RELEASE);
                t->used++;
        }
}

static void table_grow(struct cache *c)
{
        u64 capacity = (c->table->mask + 1) * 4;
        struct table *old = c->table, *t = pages_alloc(table_size(capacity));

        t->mask = capacity - 1;
        for (u64 i = 0; i <= old->mask; i++)
                if (old->slot[i].code)
                        table_put(t, old->slot[i].key - 1, old->slot[i].code);
        __atomic_store_n(&c->table, t, __ATOMIC_RELEASE);
}

void cache_set(struct process *p, gaddr pc, void *code)
{
        if (p->cache->table->used * 2 > p->cache->table->mask)
                table_grow(p->cache);
        table_put(p->cache->table, pc, code);
}

/* ---- pages ---- */

static struct page *page_slot(struct cache *c, gaddr number)
{
        for (u64 i = hash(number);; i++) {
                struct page *pg = &c->pages[i & c->page_mask];

                if (pg->key == number + 1 || !pg->key)
                        return pg;
        }
}

static void pages_grow(struct cache *c)
{
        struct page *old = c->pages;
        u64 capacity = c->page_mask + 1;

        c->pages = pages_alloc(capacity * 4 * sizeof *c->pages);
        c->page_mask = capacity * 4 - 1;
        for (u64 i = 0; i < capacity; i++)
                if (old[i].key)
                        *page_slot(c, old[i].key - 1) = old[i];
        if (capacity > FIRST_PAGES) /* else it is the arena's */
                pages_free(old, capacity * sizeof *old);
}

static struct page *page_make(struct cache *c, gaddr number)
{
        struct page *pg;

        if (c->page_used * 2 > c->page_mask)
                pages_grow(c);
        pg = page_slot(c, number);
        if (!pg->key) {
                pg->key = number + 1;
                c->page_used++;
        }
        return pg;
}

static struct on_page *element_take(struct cache *c)
{
        enum { CHUNK = 64 << 10 };
        struct on_page *e = c->spare;

        if (!e) {
                e = pages_alloc(CHUNK);
                for (u32 i = 0; i + 1 < CHUNK / sizeof *e; i++)
                        e[i].next = &e[i + 1];
        }
        c->spare = e->next;
        return e;
}

static void element_free(struct cache *c, struct on_page *e)
{
        e->next = c->spare;
        c->spare = e;
}

void cache_add_block(struct process *p, struct block_ref b)
{
        gaddr first = block_pc(b) >> 12, last = (block_end(b) - 1) >> 12;

        for (gaddr n = first; n <= last; n++) {
                struct page *pg = page_make(p->cache, n);
                struct on_page *e = element_take(p->cache);

                *e = (struct on_page){ pg->head, b };
                pg->head = e;
        }
}

u8 *cache_page_state(struct process *p, gaddr addr)
{
        return &page_make(p->cache, addr >> 12)->state;
}

static void visit_page(struct process *p, struct page *pg, gaddr start, gaddr end, void (*fn)(struct process *, struct block_ref))
{
        struct on_page **link = &pg->head;

        while (*link) {
                struct on_page *e = *link;
                struct block_ref b = e->at;

                if (b.block->valid && block_pc(b) < end && block_end(b) > start)
                        fn(p, b);
                if (b.block->valid) {
                        link = &e->next;
                } else {
                        *link = e->next;
                        element_free(p->cache, e);
                }
        }
}

/* Call fn for each page with code in [first, last], by the shorter way: the range or the table. */
static void each_page(struct cache *c, gaddr first, gaddr last, void (*fn)(struct page *, void *), void *arg)
{
        if (last - first >= c->page_mask) {
                for (u64 i = 0; i <= c->page_mask; i++)
                        if (c->pages[i].key > first && c->pages[i].key <= last + 1)
                                fn(&c->pages[i], arg);
                return;
        }
        for (gaddr n = first; n <= last; n++) {
                struct page *pg = page_slot(c, n);

                if (pg->key == n + 1)
                        fn(pg, arg);
        }
}

struct visit {
        struct process *p;
        gaddr start, end;
        void (*block)(struct process *, struct block_ref);
        void (*page)(struct process *, gaddr, u8 *);
        bool any;
};

static void visit_blocks(struct page *pg, void *arg)
{
        struct visit *v = arg;

        visit_page(v->p, pg, v->start, v->end, v->block);
}

static void visit_any(struct page *pg, void *arg)
{
        ((struct visit *)arg)->any |= pg->head != NULL || pg->state != 0;
}

static void visit_state(struct page *pg, void *arg)
{
        struct visit *v = arg;

        v->page(v->p, (pg->key - 1) << 12, &pg->state);
}

void cache_visit(struct process *p, gaddr start, gaddr end, void (*fn)(struct process *, struct block_ref))
{
        struct visit v = { .p = p, .start = start, .end = end, .block = fn };

        if (end > start)
                each_page(p->cache, start >> 12, (end - 1) >> 12, visit_blocks, &v);
}

bool cache_has_code(struct process *p, gaddr start, gaddr end)
{
        struct visit v = { .p = p };

        if (end > start)
                each_page(p->cache, start >> 12, (end - 1) >> 12, visit_any, &v);
        return v.any;
}

void cache_visit_pages(struct process *p, gaddr start, gaddr end, void (*fn)(struct process *, gaddr, u8 *))
{
        struct visit v = { .p = p, .page = fn };

        if (end > start)
                each_page(p->cache, start >> 12, (end - 1) >> 12, visit_state, &v);
}
