/* Hard links, as archives have them: a file with several names is told once by the first, then as a link to that. */
#pragma once
#include "base/types.h"

/* The first name of this inode; NULL when `path` is it. *names is NULL at the beginning. */
const char *first_name(void **names, u64 inode, const char *path);

void first_names_free(void *names);
