/* What `crossarm bench` runs in. */
#pragma once

struct box;

/* The box of a tree: folder, file or image. What it borrows lives as long as the process. 0, or the exit status after a message. */
int bench_find_tree(const char *operand, const char *platform, struct box *b);

/* The tree of `make demo`, malloced; NULL after a message that says how one is made. */
char *bench_demo_tree(void);
