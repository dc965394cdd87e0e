/* Does anybody read NZCV after this block? Looks a few instructions ahead; true unless it is certain. */
#pragma once
#include "engine/ir/ir.h"
#include "engine/run/process.h"

bool flags_live_after(struct process *p, const struct ir_block *b);
