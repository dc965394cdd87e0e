#include "base/arena.h"
#include "base/mem.h"
#include "base/out.h"
#include "base/sys.h"
#include <linux/mman.h>

static size_t round_to_pages(size_t size)
{
        return (size + 4095) & ~(size_t)4095;
}

void *pages_alloc(size_t size)
{
        long p = sys_call6(__NR_mmap, 0, round_to_pages(size), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

        if (sys_failed(p))
                die(126, "the kernel refused %zu KiB of memory (error %ld); raise the memory limit (ulimit -v)", size >> 10, -p);
        return (void *)p;
}

void pages_free(void *p, size_t size)
{
        sys_call2(__NR_munmap, (long)p, round_to_pages(size));
}

void arena_init(struct arena *a, size_t size)
{
        a->size = round_to_pages(size);
        a->base = pages_alloc(a->size);
        a->used = 0;
}

void arena_free(struct arena *a)
{
        pages_free(a->base, a->size);
        a->base = NULL;
        a->used = a->size = 0;
}

size_t arena_left(const struct arena *a)
{
        return a->size - a->used;
}

void *arena_alloc(struct arena *a, size_t size)
{
        void *p = a->base + a->used;

        size = (size + 15) & ~(size_t)15;
        check(size <= arena_left(a));
        a->used += size;
        return p;
}

void *arena_zalloc(struct arena *a, size_t size)
{
        return memset(arena_alloc(a, size), 0, size);
}
