#include "engine/linux/vma.h"
#include "base/arena.h"
#include "base/mem.h"
#include <linux/mman.h>

/* Index of the first range that ends behind addr. */
static u32 lower_bound(const struct vmas *s, gaddr addr)
{
        u32 lo = 0, hi = s->count;

        while (lo < hi) {
                u32 mid = (lo + hi) / 2;

                if (s->v[mid].end > addr)
                        hi = mid;
                else
                        lo = mid + 1;
        }
        return lo;
}

const struct vma *vma_next(const struct vmas *s, gaddr addr)
{
        u32 i = lower_bound(s, addr);

        return i < s->count ? &s->v[i] : NULL;
}

const struct vma *vma_find(const struct vmas *s, gaddr addr)
{
        const struct vma *v = vma_next(s, addr);

        return v && v->start <= addr ? v : NULL;
}

void vmas_init(struct vmas *s)
{
        s->v = s->first;
        s->capacity = FIRST_VMAS;
}

static void reserve(struct vmas *s, u32 count)
{
        u32 capacity = s->capacity * 8;
        struct vma *v;

        if (count <= s->capacity)
                return;
        v = pages_alloc(capacity * sizeof *v);
        memcpy(v, s->v, s->count * sizeof *v);
        if (s->v != s->first)
                pages_free(s->v, s->capacity * sizeof *v);
        s->v = v;
        s->capacity = capacity;
}

static void insert_at(struct vmas *s, u32 i, struct vma v)
{
        reserve(s, s->count + 1);
        memmove(&s->v[i + 1], &s->v[i], (s->count - i) * sizeof v);
        s->v[i] = v;
        s->count++;
}

static void remove_at(struct vmas *s, u32 i, u32 n)
{
        memmove(&s->v[i], &s->v[i + n], (s->count - i - n) * sizeof s->v[0]);
        s->count -= n;
}

/* Forget [start, end). True when there was something. */
static bool cut(struct vmas *s, gaddr start, gaddr end)
{
        u32 i = lower_bound(s, start), n = 0;

        if (i == s->count || s->v[i].start >= end)
                return false;
        if (s->v[i].start < start) {
                struct vma *v = &s->v[i];

                if (v->end > end) {
                        struct vma tail = { end, v->end, v->prot };

                        v->end = start;
                        insert_at(s, i + 1, tail);
                        return true;
                }
                v->end = start;
                i++;
        }
        while (i + n < s->count && s->v[i + n].end <= end)
                n++;
        if (i + n < s->count && s->v[i + n].start < end)
                s->v[i + n].start = end;
        remove_at(s, i, n);
        return true;
}

bool vma_set(struct vmas *s, gaddr start, gaddr end, u32 prot)
{
        bool touched;
        u32 i;

        if (start >= end)
                return false;
        touched = cut(s, start, end);
        if (!(prot & PROT_EXEC))
                return touched;
        i = lower_bound(s, start);
        insert_at(s, i, (struct vma){ start, end, prot });
        if (i + 1 < s->count && s->v[i + 1].start == end && s->v[i + 1].prot == prot) {
                s->v[i].end = s->v[i + 1].end;
                remove_at(s, i + 1, 1);
        }
        if (i > 0 && s->v[i - 1].end == start && s->v[i - 1].prot == prot) {
                s->v[i - 1].end = s->v[i].end;
                remove_at(s, i, 1);
        }
        return true;
}
