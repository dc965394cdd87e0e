#include "base/out.h"
#include "engine/ir/ir.h"

val ir_emit(struct ir_block *b, struct ir_inst inst)
{
        val v = (val)b->count++;

        check(v && v < IR_MAX_INSTS); /* [0] stays IR_NONE: value 0 means none */
        b->inst[v] = inst;
        return v;
}
