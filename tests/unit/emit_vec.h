/* Shared by emit_vec.c (the test) and emit_vec_ref.c (what each vector operation of the IR means, written down a second time). */
#pragma once
#include "engine/fp/helper.h"
#include "engine/ir/ir.h"

struct operands {
        v128 q[3];
        u64 x[3];
};

/* Result of i on the operands: the vector, or the integer in d[0]. False: the operation has no reference here. */
bool reference(const struct ir_inst *i, const struct operands *o, v128 *r, u8 *qc);
