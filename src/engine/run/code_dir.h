/* The folder with translations that processes keep for each other: which one, and how large it may grow. */
#pragma once
#include "base/types.h"

enum { CODE_DIR_MAX = 1024 }; /* bytes of its path, with the terminator */

#define CODE_DIR_TEMPORARY "." /* file names that begin so are being written */

/* The build ID of this engine: code of another one is of no use. Zeroes when the linker gave none. */
void code_dir_engine_id(u8 id[20]);

/* Remove what was left half-written, and the older half when there is more than enough. */
void code_dir_trim(const char *dir);
