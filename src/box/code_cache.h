/*
 * The folder where the engine keeps translations (engine/run/persist.h) is the user's, not the tree's: below XDG_CACHE_HOME or ~/.cache,
 * crossarm/code, and in it one for each tree, so that what one tree's programs write there runs in that tree only.
 */
#pragma once
#include "base/types.h"

#include <sys/stat.h>

/* Where the engine looks for it first. */
#define CODE_CACHE_IN_TREE "/run/crossarm-code"

/*
 * The folder for the tree with this st_dev and st_ino, NULL for programs of the host's own tree; made when it is missing. A descriptor, or
 * -1 when there is none to be had (no home, disk full) or none wanted. CROSSARM_CODE_CACHE names another folder than the usual one, or is
 * empty for none.
 */
int code_cache_open(const struct stat *tree);
