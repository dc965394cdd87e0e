/* `crossarm bench PROGRAM`: one arm64 program that lies on this machine, in a tree that looks like the machine's own. */
#pragma once
#include "base/types.h"
#include "box/rootfs.h"

/* Whether the operand is a file with an arm64 program. */
bool bench_names_program(const char *operand);

/* Its real path, malloced; NULL after a message. */
char *bench_program_path(const char *program);

enum { BENCH_PROGRAM_PLACES = 3 };

/*
 * That tree's /tmp and /run are empty: what of them the program, its native counterpart (or NULL) and the working directory are in is
 * added to the binds, BENCH_PROGRAM_PLACES at most. 0, or the exit status after a message.
 */
int bench_program_places(const char *program, const char *native, struct box_bind *binds, size_t *count);
