/* A process that is about to read what a stranger wrote puts away its rights. */
#pragma once
#include "base/err.h"
#include "base/types.h"

/*
 * From here on this process can open only what lies below the folder `dir`, to read, and write no file beyond max_file bytes: it becomes
 * the folder's owner when it is root, loses every capability, never gets new privileges, dumps no core, has two minutes of processor time,
 * and ends with its parent. Descriptors that are open stay usable. 0, or -1 and *e (code 1). Landlock's part is left out where the kernel
 * has none (before Linux 5.13, or switched off).
 */
int confine_below(int dir, u64 max_file, struct err *e);
