/* Advanced SIMD shift by immediate, vector and scalar: integer. */
#include "engine/guest/a64_decode.h"
#include "engine/guest/a64_simd.h"

/*
 * imm is immh:immb: the highest bit gives the lane (imm 8..15 bytes ... 64..127 doublewords; for narrowing and widening forms
 * the narrow lane), a left shift is imm - lane bits, a right shift 2 * lane bits - imm.
 */

static unsigned lane_of(unsigned imm) { return imm >= 64 ? 3 : imm >= 32 ? 2 : imm >= 16 ? 1 : 0; }
static unsigned left_of(unsigned imm) { return imm - (8u << lane_of(imm)); }
static unsigned right_of(unsigned imm) { return (16u << lane_of(imm)) - imm; }

/* ---- right shifts ---- */

static bool right(struct lift *l, enum ir_op shr, enum ir_width w, unsigned imm, unsigned vn, unsigned vd)
{
        set_v(l, vd, q_imm(l, shr, lane_of(imm), w, get_v(l, vn), right_of(imm)));
        return true;
}

static bool right_add(struct lift *l, enum ir_op shr, enum ir_width w, unsigned imm, unsigned vn, unsigned vd)
{
        unsigned esz = lane_of(imm);
        set_v(l, vd, q_op2(l, IR_QADD, esz, w, get_v(l, vd), q_imm(l, shr, esz, w, get_v(l, vn), right_of(imm))));
        return true;
}

static bool round_right(struct lift *l, enum ir_op shr, enum ir_width w, unsigned imm, unsigned vn, unsigned vd)
{
        set_v(l, vd, q_round_shr(l, shr, lane_of(imm), w, get_v(l, vn), right_of(imm)));
        return true;
}

static bool round_right_add(struct lift *l, enum ir_op shr, enum ir_width w, unsigned imm, unsigned vn, unsigned vd)
{
        unsigned esz = lane_of(imm);
        set_v(l, vd, q_op2(l, IR_QADD, esz, w, get_v(l, vd), q_round_shr(l, shr, esz, w, get_v(l, vn), right_of(imm))));
        return true;
}

bool a64_SSHR_vi(struct lift *l, const struct a64_SSHR_vi *f) { return right(l, IR_QSAR_I, q_width(f->q), f->imm, f->vn, f->vd); }
bool a64_SSHR_si(struct lift *l, const struct a64_SSHR_si *f) { return right(l, IR_QSAR_I, W_64, f->imm, f->vn, f->vd); }
bool a64_USHR_vi(struct lift *l, const struct a64_USHR_vi *f) { return right(l, IR_QSHR_I, q_width(f->q), f->imm, f->vn, f->vd); }
bool a64_USHR_si(struct lift *l, const struct a64_USHR_si *f) { return right(l, IR_QSHR_I, W_64, f->imm, f->vn, f->vd); }
bool a64_SSRA_vi(struct lift *l, const struct a64_SSRA_vi *f) { return right_add(l, IR_QSAR_I, q_width(f->q), f->imm, f->vn, f->vd); }
bool a64_SSRA_si(struct lift *l, const struct a64_SSRA_si *f) { return right_add(l, IR_QSAR_I, W_64, f->imm, f->vn, f->vd); }
bool a64_USRA_vi(struct lift *l, const struct a64_USRA_vi *f) { return right_add(l, IR_QSHR_I, q_width(f->q), f->imm, f->vn, f->vd); }
bool a64_USRA_si(struct lift *l, const struct a64_USRA_si *f) { return right_add(l, IR_QSHR_I, W_64, f->imm, f->vn, f->vd); }
bool a64_SRSHR_vi(struct lift *l, const struct a64_SRSHR_vi *f) { return round_right(l, IR_QSAR_I, q_width(f->q), f->imm, f->vn, f->vd); }
bool a64_SRSHR_si(struct lift *l, const struct a64_SRSHR_si *f) { return round_right(l, IR_QSAR_I, W_64, f->imm, f->vn, f->vd); }
bool a64_URSHR_vi(struct lift *l, const struct a64_URSHR_vi *f) { return round_right(l, IR_QSHR_I, q_width(f->q), f->imm, f->vn, f->vd); }
bool a64_URSHR_si(struct lift *l, const struct a64_URSHR_si *f) { return round_right(l, IR_QSHR_I, W_64, f->imm, f->vn, f->vd); }
bool a64_SRSRA_vi(struct lift *l, const struct a64_SRSRA_vi *f) { return round_right_add(l, IR_QSAR_I, q_width(f->q), f->imm, f->vn, f->vd); }
bool a64_SRSRA_si(struct lift *l, const struct a64_SRSRA_si *f) { return round_right_add(l, IR_QSAR_I, W_64, f->imm, f->vn, f->vd); }
bool a64_URSRA_vi(struct lift *l, const struct a64_URSRA_vi *f) { return round_right_add(l, IR_QSHR_I, q_width(f->q), f->imm, f->vn, f->vd); }
bool a64_URSRA_si(struct lift *l, const struct a64_URSRA_si *f) { return round_right_add(l, IR_QSHR_I, W_64, f->imm, f->vn, f->vd); }

/* ---- insertions: the bits that the shift would fill keep those of vd ---- */

static bool insert_right(struct lift *l, enum ir_width w, unsigned imm, unsigned vn, unsigned vd)
{
        unsigned esz = lane_of(imm), n = right_of(imm);
        if (n == 8u << esz) {
                val d = get_v(l, vd);
                set_v(l, vd, w == W_128 ? d : q_op1(l, IR_QTRUNC, esz, w, d));
                return true;
        }
        u64 ones = ~0ull >> (64 - (8u << esz));
        val x = q_imm(l, IR_QSHR_I, esz, w, get_v(l, vn), n);
        set_v(l, vd, q_op3(l, IR_QBSL, esz, w, x, get_v(l, vd), q_splat(l, esz, w, ones >> n)));
        return true;
}

static bool insert_left(struct lift *l, enum ir_width w, unsigned imm, unsigned vn, unsigned vd)
{
        unsigned esz = lane_of(imm), n = left_of(imm);
        val x = q_imm(l, IR_QSHL_I, esz, w, get_v(l, vn), n);
        set_v(l, vd, q_op3(l, IR_QBSL, esz, w, x, get_v(l, vd), q_splat(l, esz, w, ~0ull << n)));
        return true;
}

bool a64_SRI_vi(struct lift *l, const struct a64_SRI_vi *f) { return insert_right(l, q_width(f->q), f->imm, f->vn, f->vd); }
bool a64_SRI_si(struct lift *l, const struct a64_SRI_si *f) { return insert_right(l, W_64, f->imm, f->vn, f->vd); }
bool a64_SLI_vi(struct lift *l, const struct a64_SLI_vi *f) { return insert_left(l, q_width(f->q), f->imm, f->vn, f->vd); }
bool a64_SLI_si(struct lift *l, const struct a64_SLI_si *f) { return insert_left(l, W_64, f->imm, f->vn, f->vd); }

/* ---- left shifts ---- */

static bool left(struct lift *l, enum ir_width w, unsigned imm, unsigned vn, unsigned vd)
{
        set_v(l, vd, q_imm(l, IR_QSHL_I, lane_of(imm), w, get_v(l, vn), left_of(imm)));
        return true;
}

static bool left_saturating(struct lift *l, enum helper_id id, enum ir_width w, unsigned imm, unsigned vn, unsigned vd)
{
        unsigned esz = lane_of(imm);
        set_v(l, vd, q_help(l, id, esz, w, get_v(l, vn), q_splat(l, esz, W_128, left_of(imm)), 0));
        return true;
}

bool a64_SHL_vi(struct lift *l, const struct a64_SHL_vi *f) { return left(l, q_width(f->q), f->imm, f->vn, f->vd); }
bool a64_SHL_si(struct lift *l, const struct a64_SHL_si *f) { return left(l, W_64, f->imm, f->vn, f->vd); }
bool a64_SQSHL_vi(struct lift *l, const struct a64_SQSHL_vi *f) { return left_saturating(l, HELP_sqshl, q_width(f->q), f->imm, f->vn, f->vd); }
bool a64_SQSHL_si(struct lift *l, const struct a64_SQSHL_si *f) { return left_saturating(l, HELP_sqshl, q_scalar(lane_of(f->imm)), f->imm, f->vn, f->vd); }
bool a64_UQSHL_vi(struct lift *l, const struct a64_UQSHL_vi *f) { return left_saturating(l, HELP_uqshl, q_width(f->q), f->imm, f->vn, f->vd); }
bool a64_UQSHL_si(struct lift *l, const struct a64_UQSHL_si *f) { return left_saturating(l, HELP_uqshl, q_scalar(lane_of(f->imm)), f->imm, f->vn, f->vd); }
bool a64_SQSHLU_vi(struct lift *l, const struct a64_SQSHLU_vi *f) { return left_saturating(l, HELP_sqshlu, q_width(f->q), f->imm, f->vn, f->vd); }
bool a64_SQSHLU_si(struct lift *l, const struct a64_SQSHLU_si *f) { return left_saturating(l, HELP_sqshlu, q_scalar(lane_of(f->imm)), f->imm, f->vn, f->vd); }

/* ---- narrowing: the source has lanes of twice the width ---- */

static bool narrow(struct lift *l, bool round, unsigned q, unsigned imm, unsigned vn, unsigned vd)
{
        unsigned esz = lane_of(imm), n = right_of(imm);
        val x = get_v(l, vn);
        x = round ? q_round_shr(l, IR_QSHR_I, esz + 1, W_128, x, n) : q_imm(l, IR_QSHR_I, esz + 1, W_128, x, n);
        q_set_part(l, q, vd, q_op1(l, IR_QXTN, esz, W_64, x));
        return true;
}

/* The shifted (and rounded) source, then narrowed with saturation. */
static val sat_narrow(struct lift *l, enum narrowing how, bool round, bool scalar, unsigned imm, unsigned vn)
{
        unsigned esz = lane_of(imm), n = right_of(imm);
        enum ir_op shr = how == NARROW_U_U ? IR_QSHR_I : IR_QSAR_I;
        val x = get_v(l, vn);
        x = round ? q_round_shr(l, shr, esz + 1, W_128, x, n) : q_imm(l, shr, esz + 1, W_128, x, n);
        return q_sat_narrow(l, how, esz, scalar, x);
}

static bool sat_narrow_v(struct lift *l, enum narrowing how, bool round, unsigned q, unsigned imm, unsigned vn, unsigned vd)
{
        q_set_part(l, q, vd, sat_narrow(l, how, round, false, imm, vn));
        return true;
}

static bool sat_narrow_s(struct lift *l, enum narrowing how, bool round, unsigned imm, unsigned vn, unsigned vd)
{
        set_v(l, vd, sat_narrow(l, how, round, true, imm, vn));
        return true;
}

bool a64_SHRN(struct lift *l, const struct a64_SHRN *f) { return narrow(l, false, f->q, f->imm, f->vn, f->vd); }
bool a64_RSHRN(struct lift *l, const struct a64_RSHRN *f) { return narrow(l, true, f->q, f->imm, f->vn, f->vd); }
bool a64_SQSHRN_v(struct lift *l, const struct a64_SQSHRN_v *f) { return sat_narrow_v(l, NARROW_S_S, false, f->q, f->imm, f->vn, f->vd); }
bool a64_SQSHRN_s(struct lift *l, const struct a64_SQSHRN_s *f) { return sat_narrow_s(l, NARROW_S_S, false, f->imm, f->vn, f->vd); }
bool a64_UQSHRN_v(struct lift *l, const struct a64_UQSHRN_v *f) { return sat_narrow_v(l, NARROW_U_U, false, f->q, f->imm, f->vn, f->vd); }
bool a64_UQSHRN_s(struct lift *l, const struct a64_UQSHRN_s *f) { return sat_narrow_s(l, NARROW_U_U, false, f->imm, f->vn, f->vd); }
bool a64_SQSHRUN_v(struct lift *l, const struct a64_SQSHRUN_v *f) { return sat_narrow_v(l, NARROW_S_U, false, f->q, f->imm, f->vn, f->vd); }
bool a64_SQSHRUN_s(struct lift *l, const struct a64_SQSHRUN_s *f) { return sat_narrow_s(l, NARROW_S_U, false, f->imm, f->vn, f->vd); }
bool a64_SQRSHRN_v(struct lift *l, const struct a64_SQRSHRN_v *f) { return sat_narrow_v(l, NARROW_S_S, true, f->q, f->imm, f->vn, f->vd); }
bool a64_SQRSHRN_s(struct lift *l, const struct a64_SQRSHRN_s *f) { return sat_narrow_s(l, NARROW_S_S, true, f->imm, f->vn, f->vd); }
bool a64_UQRSHRN_v(struct lift *l, const struct a64_UQRSHRN_v *f) { return sat_narrow_v(l, NARROW_U_U, true, f->q, f->imm, f->vn, f->vd); }
bool a64_UQRSHRN_s(struct lift *l, const struct a64_UQRSHRN_s *f) { return sat_narrow_s(l, NARROW_U_U, true, f->imm, f->vn, f->vd); }
bool a64_SQRSHRUN_v(struct lift *l, const struct a64_SQRSHRUN_v *f) { return sat_narrow_v(l, NARROW_S_U, true, f->q, f->imm, f->vn, f->vd); }
bool a64_SQRSHRUN_s(struct lift *l, const struct a64_SQRSHRUN_s *f) { return sat_narrow_s(l, NARROW_S_U, true, f->imm, f->vn, f->vd); }

/* ---- widening ---- */

static bool widen(struct lift *l, enum ir_op xtl, unsigned q, unsigned imm, unsigned vn, unsigned vd)
{
        unsigned esz = lane_of(imm), n = left_of(imm);
        val x = q_op1(l, xtl, esz, W_128, q_part(l, q, get_v(l, vn)));
        set_v(l, vd, n ? q_imm(l, IR_QSHL_I, esz + 1, W_128, x, n) : x);
        return true;
}

bool a64_SSHLL(struct lift *l, const struct a64_SSHLL *f) { return widen(l, IR_QSXTL, f->q, f->imm, f->vn, f->vd); }
bool a64_USHLL(struct lift *l, const struct a64_USHLL *f) { return widen(l, IR_QUXTL, f->q, f->imm, f->vn, f->vd); }
