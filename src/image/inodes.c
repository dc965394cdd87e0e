#include "image/inodes.h"

#include <stdlib.h>

static u64 *find(u64 *slots, size_t size, u64 inode)
{
        size_t at = (inode * 0x9e3779b97f4a7c15u) >> 32 & (size - 1);
        while (slots[at] && slots[at] != inode)
                at = (at + 1) & (size - 1);
        return &slots[at];
}

void inodes_add(struct inodes *s, u64 inode)
{
        if (2 * s->used >= s->size) {
                size_t size = s->size ? 2 * s->size : 256;
                u64 *slots = calloc(size, sizeof *slots);
                if (!slots)
                        abort();
                for (size_t i = 0; i < s->size; i++)
                        if (s->slots[i])
                                *find(slots, size, s->slots[i]) = s->slots[i];
                free(s->slots);
                s->slots = slots;
                s->size = size;
        }
        u64 *slot = find(s->slots, s->size, inode);
        s->used += !*slot;
        *slot = inode;
}

bool inodes_has(const struct inodes *s, u64 inode)
{
        return s->size && *find(s->slots, s->size, inode);
}

void inodes_free(struct inodes *s)
{
        free(s->slots);
        *s = (struct inodes){ 0 };
}
