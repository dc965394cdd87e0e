/* Set nzcv_live of all ways out of the block. Looks a few instructions ahead; true unless it is certain that nobody reads NZCV. */
#pragma once
#include "engine/ir/ir.h"
#include "engine/run/process.h"

/* The look-ahead stays inside of `text`. */
struct text {
        gaddr start, end;
};
void flags_live_mark(struct process *p, struct ir_block *b, struct text text);
