/* Scalar arithmetic, comparison and selection. */
#include "engine/guest/a64_fp.h"

static bool scalar1(struct lift *l, enum helper_id op, unsigned type, unsigned vn, unsigned vd, unsigned aux)
{
        return put_v(l, vd, fp_op(l, op, fp_esz_of_type(type), W_SCALAR, get_v(l, vn), 0, 0, aux));
}

static bool scalar2(struct lift *l, enum helper_id op, unsigned type, unsigned vn, unsigned vm, unsigned vd)
{
        val n = get_v(l, vn), m = get_v(l, vm);
        return put_v(l, vd, fp_op2(l, op, fp_esz_of_type(type), W_SCALAR, n, m));
}

/* Vd = Va and Vn * Vm joined as `op` says. */
static bool scalar3(struct lift *l, enum helper_id op, unsigned type, unsigned vn, unsigned vm, unsigned va, unsigned vd)
{
        val n = get_v(l, vn), m = get_v(l, vm), a = get_v(l, va);
        return put_v(l, vd, fp_op(l, op, fp_esz_of_type(type), W_SCALAR, n, m, a, 0));
}

bool a64_FABS(struct lift *l, const struct a64_FABS *f)
{
        return put_v(l, f->vd, fp_abs(l, fp_esz_of_type(f->type), W_SCALAR, get_v(l, f->vn)));
}

bool a64_FNEG(struct lift *l, const struct a64_FNEG *f)
{
        return put_v(l, f->vd, fp_neg(l, fp_esz_of_type(f->type), W_SCALAR, get_v(l, f->vn)));
}

bool a64_FSQRT(struct lift *l, const struct a64_FSQRT *f)
{
        return scalar1(l, HELP_fsqrt, f->type, f->vn, f->vd, 0);
}

bool a64_FRINT(struct lift *l, const struct a64_FRINT *f)
{
        return scalar1(l, HELP_frint, f->type, f->vn, f->vd, f->round);
}

bool a64_FMUL(struct lift *l, const struct a64_FMUL *f)
{
        return scalar2(l, HELP_fmul, f->type, f->vn, f->vm, f->vd);
}

bool a64_FDIV(struct lift *l, const struct a64_FDIV *f)
{
        return scalar2(l, HELP_fdiv, f->type, f->vn, f->vm, f->vd);
}

bool a64_FADD(struct lift *l, const struct a64_FADD *f)
{
        return scalar2(l, HELP_fadd, f->type, f->vn, f->vm, f->vd);
}

bool a64_FSUB(struct lift *l, const struct a64_FSUB *f)
{
        return scalar2(l, HELP_fsub, f->type, f->vn, f->vm, f->vd);
}

bool a64_FMAX(struct lift *l, const struct a64_FMAX *f)
{
        return scalar2(l, HELP_fmax, f->type, f->vn, f->vm, f->vd);
}

bool a64_FMIN(struct lift *l, const struct a64_FMIN *f)
{
        return scalar2(l, HELP_fmin, f->type, f->vn, f->vm, f->vd);
}

bool a64_FMAXNM(struct lift *l, const struct a64_FMAXNM *f)
{
        return scalar2(l, HELP_fmaxnm, f->type, f->vn, f->vm, f->vd);
}

bool a64_FMINNM(struct lift *l, const struct a64_FMINNM *f)
{
        return scalar2(l, HELP_fminnm, f->type, f->vn, f->vm, f->vd);
}

bool a64_FNMUL(struct lift *l, const struct a64_FNMUL *f)
{
        unsigned esz = fp_esz_of_type(f->type);
        val n = get_v(l, f->vn), m = get_v(l, f->vm);
        return put_v(l, f->vd, fp_neg(l, esz, W_SCALAR, fp_op2(l, HELP_fmul, esz, W_SCALAR, n, m)));
}

bool a64_FMADD(struct lift *l, const struct a64_FMADD *f)
{
        return scalar3(l, HELP_fmla, f->type, f->vn, f->vm, f->va, f->vd);
}

bool a64_FMSUB(struct lift *l, const struct a64_FMSUB *f)
{
        return scalar3(l, HELP_fmls, f->type, f->vn, f->vm, f->va, f->vd);
}

bool a64_FNMADD(struct lift *l, const struct a64_FNMADD *f)
{
        return scalar3(l, HELP_fnmla, f->type, f->vn, f->vm, f->va, f->vd);
}

bool a64_FNMSUB(struct lift *l, const struct a64_FNMSUB *f)
{
        return scalar3(l, HELP_fnmls, f->type, f->vn, f->vm, f->va, f->vd);
}

/* ---- compare and select ---- */

static val compare(struct lift *l, unsigned esz, val n, val m, unsigned signal)
{
        if (fp_explicit(l, esz)) {
                val nzcv = fp_call_i(l, HELP_fcmp, esz, n, m, 0, signal);
                return ir_op1(l->b, IR_NZCV_FROM_X, IR_I64, nzcv);
        }
        fp_flush_check(l, esz, W_SCALAR, n);
        fp_flush_check(l, esz, W_SCALAR, m);
        return ir_emit(l->b, (struct ir_inst){ .op = IR_FCMP, .type = IR_Q, .esz = (u8)esz, .aux = (u8)signal, .arg = { n, m } });
}

bool a64_FCMP(struct lift *l, const struct a64_FCMP *f)
{
        val n = get_v(l, f->vn), m = get_v(l, f->vm);
        set_nzcv(l, compare(l, fp_esz_of_type(f->type), n, m, f->signal));
        return true;
}

bool a64_FCMP_z(struct lift *l, const struct a64_FCMP_z *f)
{
        val n = get_v(l, f->vn);
        set_nzcv(l, compare(l, fp_esz_of_type(f->type), n, q_zero(l), f->signal));
        return true;
}

/* The helper is told in a vector whether to compare (an odd number) or which flags to return. */
static val compare_if_exact(struct lift *l, const struct a64_FCCMP *f, unsigned esz, val n, val m)
{
        val compares = ir_const(l->b, IR_I32, 1), otherwise = ir_const(l->b, IR_I32, (u64)f->nzcv << 28);
        val what = ir_emit(
                l->b, (struct ir_inst){ .op = IR_SELECT, .type = IR_I32, .aux = (u8)f->cond, .arg = { compares, otherwise, get_nzcv(l) } });
        val nzcv = fp_call_i(l, HELP_fccmp, esz, n, m, q_op1(l, IR_QFROM_I, 2, W_128, what), f->signal);
        return ir_op1(l->b, IR_NZCV_FROM_X, IR_I64, nzcv);
}

bool a64_FCCMP(struct lift *l, const struct a64_FCCMP *f)
{
        unsigned esz = fp_esz_of_type(f->type);
        val n = get_v(l, f->vn), m = get_v(l, f->vm), flags;

        if (is_always(f->cond))
                flags = compare(l, esz, n, m, f->signal);
        else if (fp_explicit(l, esz) || l->site & SITE_FP_FLUSH)
                flags = compare_if_exact(l, f, esz, n, m);
        else
                flags = ir_emit(l->b, (struct ir_inst){ .op = IR_FCCMP,
                                              .type = IR_Q,
                                              .esz = (u8)esz,
                                              .aux = (u8)f->cond,
                                              .arg = { n, m, get_nzcv(l) },
                                              .imm = f->nzcv | f->signal << 4 });
        set_nzcv(l, flags);
        return true;
}

bool a64_FCSEL(struct lift *l, const struct a64_FCSEL *f)
{
        val v = get_v(l, f->vn);
        if (!is_always(f->cond))
                v = ir_q(l->b, IR_QSELECT, 3, W_128, v, get_v(l, f->vm), get_nzcv(l), 0, (u8)f->cond);
        return put_v(l, f->vd, q_op1(l, IR_QTRUNC, fp_esz_of_type(f->type), W_SCALAR, v));
}
