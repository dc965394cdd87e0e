#include "engine/run/site.h"

enum { FIRST_CAPACITY = 256 };

struct site {
        gaddr pc;
        u8 bits; /* 0: free */
};

struct sites {
        struct site *slot;
        u64 mask, used;
};

struct sites *sites_create(struct arena *a)
{
        return arena_alloc(a, sizeof(struct sites)); /* the table comes with the first site */
}

static struct site *find(struct sites *s, gaddr pc)
{
        for (u64 i = (pc >> 2) * 0x9e3779b97f4a7c15UL >> 20;; i++) {
                struct site *slot = &s->slot[i & s->mask];

                if (!slot->bits || slot->pc == pc)
                        return slot;
        }
}

static void grow(struct sites *s)
{
        struct sites old = *s;

        s->mask = old.slot ? (old.mask + 1) * 4 - 1 : FIRST_CAPACITY - 1;
        s->slot = pages_alloc((s->mask + 1) * sizeof *s->slot);
        for (u64 i = 0; old.slot && i <= old.mask; i++)
                if (old.slot[i].bits)
                        *find(s, old.slot[i].pc) = old.slot[i];
        if (old.slot)
                pages_free(old.slot, (old.mask + 1) * sizeof *old.slot);
}

u8 site_get(struct process *p, gaddr pc)
{
        u8 bits = p->fp_bits;

        return p->sites->slot ? (u8)(bits | find(p->sites, pc)->bits) : bits;
}

void site_add(struct process *p, gaddr pc, u8 bits)
{
        struct site *slot;

        if (!p->sites->slot || p->sites->used * 2 > p->sites->mask)
                grow(p->sites);
        slot = find(p->sites, pc);
        if (!slot->bits)
                p->sites->used++;
        slot->pc = pc;
        slot->bits |= bits;
}
