/* An IR block as text, one instruction a line: "v12 = ADD.i64 v10, v11  imm=..". */
#include "base/out.h"
#include "engine/ir/ir.h"

static void dump_operands(struct out *o, const struct ir_inst *in)
{
        const char *separator = " ";

        for (unsigned i = 0; i < ARRAY_LEN(in->arg); i++) {
                if (in->arg[i] == 0 && (i == 2 || in->arg[i + 1] == 0) && in->arg[2] == 0)
                        break;
                out_printf(o, in->arg[i] ? "%sv%u" : "%s-", separator, (unsigned)in->arg[i]);
                separator = ", ";
        }
}

static void dump_inst(struct out *o, unsigned i, const struct ir_inst *in)
{
        static const char types[][5] = {"", ".i32", ".i64", ".q"};
        static const char widths[][5] = {"", ".64", ".128"};

        if (in->op == IR_INSN) {
                out_printf(o, "  -- 0x%lx\n", (u64)in->imm);
                return;
        }
        if (ir_op_result(in->op) == 'V')
                out_printf(o, "          %s%s", ir_op_name(in->op), types[in->type & 3]);
        else
                out_printf(o, "  v%-4u = %s%s", i, ir_op_name(in->op), types[in->type & 3]);
        if (in->esz)
                out_printf(o, ".e%u", (unsigned)in->esz);
        out_printf(o, "%s", in->width <= W_128 ? widths[in->width] : ".?");
        dump_operands(o, in);
        if (in->aux)
                out_printf(o, " aux=%u", (unsigned)in->aux);
        if (in->imm)
                out_printf(o, " imm=0x%lx", (u64)in->imm);
        if (in->imm2)
                out_printf(o, " imm2=0x%lx", (u64)in->imm2);
        out_printf(o, "\n");
}

void ir_dump(struct out *o, const struct ir_block *b)
{
        out_printf(o, "block 0x%lx..0x%lx\n", b->pc, b->end);
        for (unsigned i = 1; i < b->count; i++) {
                if (b->inst[i].op != IR_NONE)
                        dump_inst(o, i, &b->inst[i]);
        }
        out_flush(o);
}
