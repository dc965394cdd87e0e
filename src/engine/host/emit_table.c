#include "engine/host/emit_ops.h"

emit_fn *const emit_table[IR_OP_COUNT] = {
#define OP(name, result, text) [IR_##name] = emit_##name,
#include "engine/ir/ops.def"
#undef OP
};
