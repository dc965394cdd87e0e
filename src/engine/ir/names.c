/* Names and result kinds of the IR operations, from ops.def. */
#include "engine/ir/ir.h"

/* Arrays of characters, not of pointers: nothing to relocate when the engine starts. */
static const char names[IR_OP_COUNT][16] = {
        [IR_NONE] = "NONE",
#define OP(name, result, text) [IR_##name] = #name,
#include "engine/ir/ops.def"
#undef OP
};

enum { I = 'I', V = 'V', F = 'F', Q = 'Q' };

static const char results[IR_OP_COUNT] = {
        [IR_NONE] = V,
#define OP(name, result, text) [IR_##name] = result,
#include "engine/ir/ops.def"
#undef OP
};

const char *ir_op_name(enum ir_op op)
{
        return op < IR_OP_COUNT ? names[op] : "?";
}

char ir_op_result(enum ir_op op)
{
        return op < IR_OP_COUNT ? results[op] : 'V';
}
