/* Where the loader of a program that lies in a rootfs is. */
#pragma once
#include "base/types.h"

/*
 * The folder that `interp` (absolute) resolves in to an arm64 ELF file: "/" itself, else the nearest folder above `program`
 * (a real path), else a cross compiler's /usr/aarch64-linux-gnu. Malloced; NULL when there is none.
 */
char *prefix_find(const char *program, const char *interp);
