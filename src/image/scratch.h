/* A file without a name for what has to be kept for a moment: gone with the process. */
#pragma once
#include "base/err.h"

/* In TMPDIR or /tmp. -1 and *e. */
int scratch_file_open(struct err *e);
