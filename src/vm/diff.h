/* Two texts compared line by line. */
#pragma once
#include "base/types.h"

enum diff_kind { DIFF_SAME, DIFF_OLD, DIFF_NEW, DIFF_HUNK };

/* A line without its newline: of both, of the old text, of the new one; or a hunk's head "@@ -1,7 +1,6 @@". */
typedef void diff_line(void *arg, enum diff_kind kind, const char *text, size_t len);

/* The unified difference with three lines of context; nothing when the texts are equal. Source: diff(1), and E. W. Myers, An O(ND)
 * Difference Algorithm, 1986. */
void diff_unified(const char *old, const char *new, diff_line *line, void *arg);
