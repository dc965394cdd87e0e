/*
 * The invariants of an IR block, always on: operands precede their uses and are of the kind that the operation takes,
 * element sizes and widths are in range, exactly one EXIT_* stands at the end.
 */
#include "base/out.h"
#include "engine/ir/ir.h"

/*
 * What an operation takes, a letter for each operand: i integer of the instruction's type (an I64 stands for its low half,
 * because ir_fold drops TRUNC), n integer of any type,
 * x an I64, f flags, q vector; a capital letter may be absent. Operands beyond the string must be absent.
 */
static const char *operands_of(enum ir_op op)
{
        switch (op) {
        case IR_ADD: case IR_SUB: case IR_MUL: case IR_UMULH: case IR_SMULH: case IR_UDIV: case IR_SDIV:
        case IR_AND: case IR_OR: case IR_XOR: case IR_BIC: case IR_EXTR: case IR_BFI:
        case IR_ADDS: case IR_SUBS: case IR_ANDS: case IR_BICS:
                return "ii";
        case IR_SHL: case IR_SHR: case IR_SAR: case IR_ROR:
                return "in";
        case IR_NOT: case IR_NEG: case IR_SHL_I: case IR_SHR_I: case IR_SAR_I: case IR_ROR_I: case IR_UBFX: case IR_SBFX:
        case IR_UBFIZ: case IR_SBFIZ: case IR_CLZ: case IR_CTZ: case IR_CLS: case IR_RBIT: case IR_REV: case IR_REV16: case IR_REV32:
                return "i";
        case IR_ADC: case IR_SBC: case IR_ADCS: case IR_SBCS: case IR_CCMP: case IR_CCMN: case IR_SELECT:
                return "iif";
        case IR_CRC32: case IR_CRC32C:
                return "nn";
        case IR_SEXT: case IR_ZEXT: case IR_TRUNC: case IR_SET_X: case IR_SET_CTX: case IR_NZCV_FROM_X:
        case IR_QDUP: case IR_QFROM_I: case IR_FCVT_FROM_S: case IR_FCVT_FROM_U:
        case IR_LEAVE_ZERO: case IR_LEAVE_NONZERO: case IR_LEAVE_BIT0: case IR_LEAVE_BIT1:
                return "n";
        case IR_SET_NZCV: case IR_NZCV_TO_X: case IR_LEAVE_COND:
                return "f";
        case IR_FCMP:
                return "qq";
        case IR_FCCMP: case IR_QSELECT:
                return "qqf";
        case IR_LD: case IR_LDS: case IR_LDQ: case IR_PREFETCH:
                return "xX";
        case IR_ST:
                return "xXn";
        case IR_STQ:
                return "xXq";
        case IR_LDX: case IR_LDXP: case IR_DC_ZVA: case IR_ALIGNED: case IR_IC_IVAU: case IR_AT_CASP:
        case IR_EXIT_IND: case IR_EXIT_CALL_IND: case IR_EXIT_RET:
                return "x";
        case IR_ST_REL: case IR_STX: case IR_AT_ADD: case IR_AT_CLR: case IR_AT_EOR: case IR_AT_SET: case IR_AT_SMAX: case IR_AT_SMIN:
        case IR_AT_UMAX: case IR_AT_UMIN: case IR_AT_SWP:
                return "xNN"; /* ST_REL has its value in c, the others in b */
        case IR_STXP: case IR_AT_CAS:
                return "xnn";
        case IR_FTINY: case IR_QTO_I: case IR_QTO_I_S: case IR_FCVT_TO_S: case IR_FCVT_TO_U: case IR_SET_Q: case IR_QTRUNC: case IR_QDUP_LANE:
        case IR_QLANE: case IR_QHI: case IR_QNOT: case IR_QNEG: case IR_QABS: case IR_QSHL_I: case IR_QSHR_I: case IR_QSAR_I:
        case IR_QCNT: case IR_QCLZ: case IR_QREV: case IR_QADDV: case IR_QUMAXV: case IR_QUMINV: case IR_QSMAXV: case IR_QSMINV:
        case IR_QXTN: case IR_QUXTL: case IR_QSXTL: case IR_QUADDLP: case IR_QSADDLP: case IR_FSQRT: case IR_FABS: case IR_FNEG:
        case IR_FRINT: case IR_FCVT: case IR_FCVTL: case IR_FCVTN: case IR_QFCVT_TO_S: case IR_QFCVT_TO_U: case IR_QFCVT_FROM_S:
        case IR_QFCVT_FROM_U: case IR_AESMC: case IR_AESIMC:
                return "q";
        case IR_QINS:
                return "qn";
        case IR_QBSL: case IR_QTBL2: case IR_FMLA: case IR_FMLS: case IR_FNMLA: case IR_FNMLS:
        case IR_SHA256H: case IR_SHA256H2: case IR_SHA256SU1:
                return "qqq";
        case IR_HELP_I: case IR_HELP_V:
                return "NNN";
        case IR_HELP_Q: case IR_HELP_IQ:
                return "QQQ";
        case IR_NONE: case IR_CONST: case IR_ADDR: case IR_GET_X: case IR_GET_Q: case IR_GET_CTX: case IR_INSN: case IR_GET_NZCV:
        case IR_FENCE: case IR_CLREX: case IR_QZERO: case IR_QCONST: case IR_EXIT: case IR_EXIT_CALL: case IR_EXIT_SVC: case IR_EXIT_TRAP:
                return "";
        default:
                return "qq"; /* the lane-wise operations of two vectors */
        }
}

/* The integer result of these flag operations is undefined. */
static bool only_flags(enum ir_op op)
{
        return op == IR_FCMP || op == IR_CCMP || op == IR_CCMN || op == IR_FCCMP || op == IR_GET_NZCV || op == IR_NZCV_FROM_X;
}

static bool operand_fits(const struct ir_inst *user, char wanted, const struct ir_inst *operand)
{
        char result = ir_op_result(operand->op);
        bool integer = (result == 'I' || (result == 'F' && !only_flags(operand->op))) && (operand->type == IR_I32 || operand->type == IR_I64);

        switch (wanted) {
        case 'i': return integer && (operand->type == user->type || user->type == IR_I32);
        case 'n': case 'N': return integer;
        case 'x': case 'X': return integer && operand->type == IR_I64;
        case 'f': return result == 'F';
        case 'q': case 'Q': return result == 'Q';
        }
        return false;
}

static bool operands_fit(const struct ir_block *b, unsigned index)
{
        const struct ir_inst *in = &b->inst[index];
        const char *wanted = operands_of(in->op);

        for (unsigned i = 0; i < ARRAY_LEN(in->arg); i++) {
                char w = *wanted ? *wanted++ : 0;

                if (in->arg[i] == 0) {
                        if (w >= 'a')
                                return false;
                        continue;
                }
                if (w == 0 || in->arg[i] >= index || !operand_fits(in, w, &b->inst[in->arg[i]]))
                        return false;
        }
        return true;
}

static bool result_fits(const struct ir_inst *in)
{
        switch (ir_op_result(in->op)) {
        case 'I': return in->type == IR_I32 || in->type == IR_I64;
        case 'F': return in->type == IR_I32 || in->type == IR_I64 || only_flags(in->op);
        case 'Q': return in->type == IR_Q;
        }
        return true;
}

static bool immediates_fit(const struct ir_inst *in)
{
        unsigned width = in->type == IR_I64 ? 64 : 32;

        switch (in->op) {
        case IR_GET_X: case IR_SET_X: case IR_GET_Q: case IR_SET_Q: return in->aux < 32;
        case IR_SHL_I: case IR_SHR_I: case IR_SAR_I: case IR_ROR_I: return (u64)in->imm < width;
        case IR_EXTR: return in->imm > 0 && in->imm < width;
        case IR_UBFX: case IR_SBFX: case IR_BFI: case IR_UBFIZ: case IR_SBFIZ:
                return in->imm >= 0 && in->aux > 0 && (u64)in->imm + in->aux <= width;
        case IR_QSHL_I: return (u64)in->imm < (8u << in->esz);
        case IR_QSHR_I: case IR_QSAR_I: return (u64)in->imm <= (8u << in->esz);
        case IR_QTO_I: case IR_QTO_I_S: case IR_QINS: case IR_QLANE: case IR_QDUP_LANE: return (u64)in->imm < (16u >> in->esz);
        case IR_QINS_LANE: return (u64)in->imm < (16u >> in->esz) && in->aux < (16u >> in->esz);
        case IR_LD: case IR_LDS: case IR_ST: case IR_LDQ: case IR_STQ: return in->arg[1] == 0 || in->aux <= 4;
        }
        return true;
}

_Noreturn static void report(const struct ir_block *b, unsigned index)
{
        static const char why[] = "IR instruction is well formed";
        char text[4096];
        struct out o = {.fd = 2, .buf = text, .cap = sizeof text};

        ir_dump(&o, b);
        out_printf(&o, "v%u (%s) is malformed\n", index, ir_op_name(b->inst[index].op));
        out_flush(&o);
        check_failed(why, __FILE__, __LINE__);
}

void ir_verify(const struct ir_block *b)
{
        check(b->count > 1 && b->count <= IR_MAX_INSTS);
        for (unsigned i = 1; i < b->count; i++) {
                const struct ir_inst *in = &b->inst[i];
                bool is_exit = ir_is_exit(in->op), is_last = i == b->count - 1;

                if (in->op == IR_NONE && !is_last) /* removed by ir_dead */
                        continue;
                if (in->op >= IR_OP_COUNT || is_exit != is_last || in->esz > 4 || in->width > W_128 || !result_fits(in) ||
                        !operands_fit(b, i) || !immediates_fit(in))
                        report(b, i);
        }
}
