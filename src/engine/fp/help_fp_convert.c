/* Rounding and conversions, lane by lane and scalar. See helpers_fp.def for operands and aux. */
#include "engine/fp/help_fp.h"

static enum sfp_round rounding_of(unsigned aux, u32 fpcr)
{
        static const u8 fixed[] = { SFP_RN, SFP_RP, SFP_RM, SFP_RZ, SFP_RA };
        aux &= 7;
        return aux < ARRAY_LEN(fixed) ? fixed[aux] : fpcr >> 22 & 3;
}

void help_frint(struct cpu *cpu, const struct helper_q *how)
{
        struct sfp s = help_sfp(cpu, how);
        unsigned esz = help_esz(how);
        enum sfp_round mode = rounding_of(how->aux, cpu->fpcr);
        v128 r = { 0 };
        for (unsigned i = 0; i < help_lanes(how); i++)
                lane_set(&r, esz, i, sfp_round_int(&s, lane_u(&cpu->qarg[0], esz, i), mode, how->aux == 6));
        cpu->qarg[3] = r;
        help_raise(cpu, &s);
}

static void convert(struct cpu *cpu, unsigned from, unsigned to, unsigned lanes, bool to_odd)
{
        struct sfp s = sfp_make(to, cpu->fpcr);
        enum sfp_round mode = to_odd ? SFP_RO : sfp_mode(&s);
        v128 r = { 0 };
        for (unsigned i = 0; i < lanes; i++)
                lane_set(&r, to, i, sfp_convert(&s, from, to, mode, lane_u(&cpu->qarg[0], from, i)));
        cpu->qarg[3] = r;
        help_raise(cpu, &s);
}

void help_fcvt(struct cpu *cpu, const struct helper_q *how)
{
        convert(cpu, help_esz(how), how->aux, 1, false);
}

/* esz of the narrow side. */
static unsigned narrow_esz(const struct helper_q *how)
{
        return help_esz(how) == 1 ? 1 : 2;
}

void help_fcvtl(struct cpu *cpu, const struct helper_q *how)
{
        unsigned esz = narrow_esz(how);
        convert(cpu, esz, esz + 1, 8u >> esz, false);
}

void help_fcvtn(struct cpu *cpu, const struct helper_q *how)
{
        unsigned esz = narrow_esz(how);
        convert(cpu, esz + 1, esz, 8u >> esz, false);
}

void help_fcvtxn(struct cpu *cpu, const struct helper_q *how)
{
        bool scalar = how->esz_width >> 4 == W_SCALAR;
        convert(cpu, 3, 2, scalar ? 1 : 2, true);
}

/* ---- to integers and fixed point ---- */

static void scalar_to_int(struct cpu *cpu, const struct helper_q *how, unsigned fbits, bool is_unsigned, enum sfp_round mode)
{
        struct sfp s = help_sfp(cpu, how);
        unsigned bits = how->aux & 128 ? 64 : 32;
        cpu->hret = sfp_to_fixed(&s, lane_u(&cpu->qarg[0], help_esz(how), 0), fbits, is_unsigned, bits, mode);
        help_raise(cpu, &s);
}

void help_fcvt_to_s(struct cpu *cpu, const struct helper_q *how)
{
        scalar_to_int(cpu, how, 0, false, rounding_of(how->aux, cpu->fpcr));
}

void help_fcvt_to_u(struct cpu *cpu, const struct helper_q *how)
{
        scalar_to_int(cpu, how, 0, true, rounding_of(how->aux, cpu->fpcr));
}

void help_fcvt_to_fix_s(struct cpu *cpu, const struct helper_q *how)
{
        scalar_to_int(cpu, how, how->aux & 127, false, SFP_RZ);
}

void help_fcvt_to_fix_u(struct cpu *cpu, const struct helper_q *how)
{
        scalar_to_int(cpu, how, how->aux & 127, true, SFP_RZ);
}

static void each_to_int(struct cpu *cpu, const struct helper_q *how, unsigned fbits, bool is_unsigned, enum sfp_round mode)
{
        struct sfp s = help_sfp(cpu, how);
        unsigned esz = help_esz(how);
        v128 r = { 0 };
        for (unsigned i = 0; i < help_lanes(how); i++)
                lane_set(&r, esz, i, sfp_to_fixed(&s, lane_u(&cpu->qarg[0], esz, i), fbits, is_unsigned, 8u << esz, mode));
        cpu->qarg[3] = r;
        help_raise(cpu, &s);
}

void help_qfcvt_to_s(struct cpu *cpu, const struct helper_q *how)
{
        each_to_int(cpu, how, 0, false, rounding_of(how->aux, cpu->fpcr));
}

void help_qfcvt_to_u(struct cpu *cpu, const struct helper_q *how)
{
        each_to_int(cpu, how, 0, true, rounding_of(how->aux, cpu->fpcr));
}

void help_qfcvt_to_fix_s(struct cpu *cpu, const struct helper_q *how)
{
        each_to_int(cpu, how, how->aux, false, SFP_RZ);
}

void help_qfcvt_to_fix_u(struct cpu *cpu, const struct helper_q *how)
{
        each_to_int(cpu, how, how->aux, true, SFP_RZ);
}

void help_fjcvtzs(struct cpu *cpu, const struct helper_q *how)
{
        struct sfp s = sfp_make(3, cpu->fpcr);
        bool exact;
        u32 r = sfp_to_int32_js(&s, cpu->qarg[0].d[0], &exact);
        cpu->hret = r | (u64)exact << 62; /* Z is bit 30 of the NZCV word */
        help_raise(cpu, &s);
}

/* ---- from integers and fixed point ---- */

static void scalar_from_int(struct cpu *cpu, const struct helper_q *how, bool is_unsigned)
{
        struct sfp s = help_sfp(cpu, how);
        unsigned bits = how->aux & 128 ? 64 : 32;
        v128 r = { 0 };
        lane_set(&r, help_esz(how), 0, sfp_from_fixed(&s, cpu->qarg[0].d[0], how->aux & 127, is_unsigned, bits));
        cpu->qarg[3] = r;
        help_raise(cpu, &s);
}

void help_fcvt_from_s(struct cpu *cpu, const struct helper_q *how)
{
        scalar_from_int(cpu, how, false);
}

void help_fcvt_from_u(struct cpu *cpu, const struct helper_q *how)
{
        scalar_from_int(cpu, how, true);
}

static void each_from_int(struct cpu *cpu, const struct helper_q *how, bool is_unsigned)
{
        struct sfp s = help_sfp(cpu, how);
        unsigned esz = help_esz(how);
        v128 r = { 0 };
        for (unsigned i = 0; i < help_lanes(how); i++)
                lane_set(&r, esz, i, sfp_from_fixed(&s, lane_u(&cpu->qarg[0], esz, i), how->aux, is_unsigned, 8u << esz));
        cpu->qarg[3] = r;
        help_raise(cpu, &s);
}

void help_qfcvt_from_s(struct cpu *cpu, const struct helper_q *how)
{
        each_from_int(cpu, how, false);
}

void help_qfcvt_from_u(struct cpu *cpu, const struct helper_q *how)
{
        each_from_int(cpu, how, true);
}
