/* The files below a folder, in the order of their names. */
#pragma once
#include "base/types.h"
#include "base/err.h"

struct tree_file {
        char *path; /* from the folder */
        u64 size, device, inode;
        i64 mtime_ns, ctime_ns;
};

struct tree {
        int fd; /* the folder */
        struct tree_file *files;
        size_t count;
        u64 bytes;
        char **unreadable; /* sentences about folders that could not be read */
        size_t unreadable_count;
};

/* Regular files only; symbolic links are not followed, other file systems are; .git and the like are left out. 0, or -1 and *e. */
int tree_read(const char *dir, struct tree *t, struct err *e);
void tree_free(struct tree *t);
