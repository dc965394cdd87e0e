/* What the kernel tells about open files and processes. */
#pragma once
#include "base/types.h"

struct writer {
        int pid; /* 0: it is another user's */
        char name[64];
};

/* Whether some process has the file open for writing, so that it cannot be executed. */
bool file_written(int fd, struct writer *w);

/* Where the file system that holds it is mounted. Malloced; NULL when that cannot be told. */
char *mount_point(int fd);

/* How many of the boxes' keepers (box/keeper.h) have ended and wait in vain for process 1, their parent by then, to take note of it. */
unsigned keepers_waiting(void);
