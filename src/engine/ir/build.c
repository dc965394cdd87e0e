#include "base/out.h"
#include "engine/ir/ir.h"

val ir_emit(struct ir_block *b, struct ir_inst inst)
{
        if (b->count == 0)
                b->count = 1; /* [0] stays IR_NONE: value 0 means none */
        check(b->count < IR_MAX_INSTS);
        val v = (val)b->count++;
        b->inst[v] = inst;
        return v;
}
