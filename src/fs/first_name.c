#include "fs/first_name.h"

#include <search.h>
#include <stdlib.h>

#include "base/util.h"

struct name {
        u64 inode;
        char *path;
};

static int compare_inodes(const void *a, const void *b)
{
        u64 x = ((const struct name *)a)->inode, y = ((const struct name *)b)->inode;
        return (x > y) - (x < y);
}

static void free_name(void *p)
{
        struct name *n = p;
        free(n->path);
        free(n);
}

const char *first_name(void **names, u64 inode, const char *path)
{
        struct name *n = calloc(1, sizeof *n);
        if (!n)
                abort();
        *n = (struct name){ .inode = inode, .path = format("%s", path) };
        struct name **found = tsearch(n, names, compare_inodes);
        if (!found)
                abort();
        if (*found == n)
                return NULL;
        free_name(n);
        return (*found)->path;
}

void first_names_free(void *names)
{
        tdestroy(names, free_name);
}
