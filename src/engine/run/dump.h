/* What translation makes, for people: --dump prints the stages to standard error, --perfmap names the code for perf. */
#pragma once
#include "engine/ir/ir.h"
#include "engine/run/block.h"

enum dump_stage { DUMP_GUEST = 1, DUMP_IR = 2, DUMP_HOST = 4 }; /* bits of process_options.dump */

/* A block as it was lifted: its guest instructions, its IR; and the IR after the passes. */
void dump_lifted(const struct process *p, const struct ir_block *b);
void dump_passed(const struct process *p, const struct ir_block *b);
/* The block is published: its host bytes, and a line of /tmp/perf-PID.map. */
void dump_block(const struct process *p, struct block_ref b);
