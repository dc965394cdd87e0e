/* What a command printed, compared. */
#pragma once
#include "base/types.h"

/* The first line (from 1) in which the files open at a and b differ; 0 when they are the same, -1 with errno when they cannot be read. */
long compare_files(int a, int b);

/* The line of that number, without control characters and at most `max` bytes of it. Malloced; NULL when there is none. */
char *compare_line(int fd, long number, size_t max);
