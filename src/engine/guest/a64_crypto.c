/* The cryptographic extensions: AES, SHA-1, SHA-256, SHA-512, SHA-3. PMULL is in a64_simd_diff.c. */
#include "engine/guest/a64_decode.h"
#include "engine/guest/a64_simd.h"

static bool two(struct lift *l, enum ir_op op, unsigned vn, unsigned vd)
{
        set_v(l, vd, q_op2(l, op, 3, W_128, get_v(l, vd), get_v(l, vn)));
        return true;
}

static bool three(struct lift *l, enum ir_op op, unsigned vm, unsigned vn, unsigned vd)
{
        set_v(l, vd, q_op3(l, op, 3, W_128, get_v(l, vd), get_v(l, vn), get_v(l, vm)));
        return true;
}

static bool helper(struct lift *l, enum helper_id id, unsigned vm, unsigned vn, unsigned vd)
{
        set_v(l, vd, q_help(l, id, 3, W_128, get_v(l, vd), get_v(l, vn), get_v(l, vm)));
        return true;
}

/* Each lane rotated left by n, 0 < n < lane width. */
static val rotate(struct lift *l, unsigned esz, val x, unsigned n)
{
        val left = q_imm(l, IR_QSHL_I, esz, W_128, x, n), right = q_imm(l, IR_QSHR_I, esz, W_128, x, (8u << esz) - n);
        return q_op2(l, IR_QOR, 3, W_128, left, right);
}

static val xor(struct lift *l, val a, val b) { return q_op2(l, IR_QXOR, 3, W_128, a, b); }

/* ---- AES ---- */

bool a64_AESE(struct lift *l, const struct a64_AESE *f) { return two(l, IR_AESE, f->vn, f->vd); }
bool a64_AESD(struct lift *l, const struct a64_AESD *f) { return two(l, IR_AESD, f->vn, f->vd); }

bool a64_AESMC(struct lift *l, const struct a64_AESMC *f)
{
        set_v(l, f->vd, q_op1(l, IR_AESMC, 3, W_128, get_v(l, f->vn)));
        return true;
}

bool a64_AESIMC(struct lift *l, const struct a64_AESIMC *f)
{
        set_v(l, f->vd, q_op1(l, IR_AESIMC, 3, W_128, get_v(l, f->vn)));
        return true;
}

/* ---- SHA-1, SHA-256 ---- */

bool a64_SHA1C(struct lift *l, const struct a64_SHA1C *f) { return helper(l, HELP_sha1c, f->vm, f->vn, f->vd); }
bool a64_SHA1P(struct lift *l, const struct a64_SHA1P *f) { return helper(l, HELP_sha1p, f->vm, f->vn, f->vd); }
bool a64_SHA1M(struct lift *l, const struct a64_SHA1M *f) { return helper(l, HELP_sha1m, f->vm, f->vn, f->vd); }
bool a64_SHA256H(struct lift *l, const struct a64_SHA256H *f) { return three(l, IR_SHA256H, f->vm, f->vn, f->vd); }
bool a64_SHA256H2(struct lift *l, const struct a64_SHA256H2 *f) { return three(l, IR_SHA256H2, f->vm, f->vn, f->vd); }
bool a64_SHA256SU1(struct lift *l, const struct a64_SHA256SU1 *f) { return three(l, IR_SHA256SU1, f->vm, f->vn, f->vd); }
bool a64_SHA256SU0(struct lift *l, const struct a64_SHA256SU0 *f) { return two(l, IR_SHA256SU0, f->vn, f->vd); }

bool a64_SHA1H(struct lift *l, const struct a64_SHA1H *f)
{
        val x = ir_emit(l->b, (struct ir_inst){ .op = IR_QTO_I, .type = IR_I32, .esz = 2, .width = W_128, .arg = { get_v(l, f->vn) } });
        set_v(l, f->vd, q_op1(l, IR_QFROM_I, 2, W_SCALAR, ir_opi(l->b, IR_ROR_I, IR_I32, x, 2)));
        return true;
}

bool a64_SHA1SU0(struct lift *l, const struct a64_SHA1SU0 *f)
{
        val d = get_v(l, f->vd), n = get_v(l, f->vn), m = get_v(l, f->vm);
        set_v(l, f->vd, xor(l, xor(l, q_imm2(l, IR_QEXT, 0, W_128, d, n, 8), d), m));
        return true;
}

bool a64_SHA1SU1(struct lift *l, const struct a64_SHA1SU1 *f)
{
        /* Lane 3 depends on the new lane 0: T3 rol 1 ^ T0 rol 2. */
        val zero = q_zero(l), n = get_v(l, f->vn);
        val r = rotate(l, 2, xor(l, get_v(l, f->vd), q_imm2(l, IR_QEXT, 0, W_128, n, zero, 4)), 1);
        set_v(l, f->vd, xor(l, r, q_imm2(l, IR_QEXT, 0, W_128, zero, rotate(l, 2, r, 1), 4)));
        return true;
}

/* ---- SHA-512, SHA-3 ---- */

bool a64_SHA512H(struct lift *l, const struct a64_SHA512H *f) { return helper(l, HELP_sha512h, f->vm, f->vn, f->vd); }
bool a64_SHA512H2(struct lift *l, const struct a64_SHA512H2 *f) { return helper(l, HELP_sha512h2, f->vm, f->vn, f->vd); }
bool a64_SHA512SU1(struct lift *l, const struct a64_SHA512SU1 *f) { return helper(l, HELP_sha512su1, f->vm, f->vn, f->vd); }

bool a64_SHA512SU0(struct lift *l, const struct a64_SHA512SU0 *f)
{
        set_v(l, f->vd, q_help(l, HELP_sha512su0, 3, W_128, get_v(l, f->vd), get_v(l, f->vn), 0));
        return true;
}

bool a64_RAX1(struct lift *l, const struct a64_RAX1 *f)
{
        set_v(l, f->vd, xor(l, get_v(l, f->vn), rotate(l, 3, get_v(l, f->vm), 1)));
        return true;
}

bool a64_XAR(struct lift *l, const struct a64_XAR *f)
{
        val x = xor(l, get_v(l, f->vn), get_v(l, f->vm));
        set_v(l, f->vd, f->imm6 ? rotate(l, 3, x, 64u - f->imm6) : x);
        return true;
}

bool a64_EOR3(struct lift *l, const struct a64_EOR3 *f)
{
        set_v(l, f->vd, xor(l, xor(l, get_v(l, f->vn), get_v(l, f->vm)), get_v(l, f->va)));
        return true;
}

bool a64_BCAX(struct lift *l, const struct a64_BCAX *f)
{
        set_v(l, f->vd, xor(l, get_v(l, f->vn), q_op2(l, IR_QBIC, 3, W_128, get_v(l, f->vm), get_v(l, f->va))));
        return true;
}
