/* The loader that a program names. */
#pragma once
#include "binfmt/arch.h"

enum { LOADER_MAX = 256 };

/* PT_INTERP of the ELF file open at fd, which is one of `a` (NULL: none); "" when there is none or it cannot be read. */
void loader_read(int fd, const struct arch *a, char out[LOADER_MAX]);
