/* The inodes that a layer made: its whiteouts hide only what is older. */
#pragma once
#include "base/types.h"

struct inodes {
        u64 *slots; /* 0: free */
        size_t used, size;
};

void inodes_add(struct inodes *s, u64 inode);
bool inodes_has(const struct inodes *s, u64 inode);
void inodes_free(struct inodes *s);
