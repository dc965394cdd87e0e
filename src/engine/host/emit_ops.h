/* One emit function per IR operation, named after it. */
#pragma once
#include "engine/fp/helper.h"
#include "engine/host/emit.h"

#define OP(name, result, text) emit_fn emit_##name;
#include "engine/ir/ops.def"
#undef OP

mem emit_address(struct emit *e, const struct ir_inst *i);
