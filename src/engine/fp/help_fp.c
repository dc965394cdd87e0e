/* Arithmetic and comparisons, lane by lane and across lanes. See helpers_fp.def for operands. */
#include "engine/fp/help_fp.h"

typedef u64 fp1(struct sfp *s, u64 a);
typedef u64 fp2(struct sfp *s, u64 a, u64 b);
typedef bool fp_test(struct sfp *s, u64 a, u64 b);

static void each1(struct cpu *cpu, const struct helper_q *how, fp1 *op)
{
        struct sfp s = help_sfp(cpu, how);
        unsigned esz = help_esz(how);
        v128 r = { 0 };
        for (unsigned i = 0; i < help_lanes(how); i++)
                lane_set(&r, esz, i, op(&s, lane_u(&cpu->qarg[0], esz, i)));
        cpu->qarg[3] = r;
        help_raise(cpu, &s);
}

static void each2(struct cpu *cpu, const struct helper_q *how, fp2 *op)
{
        struct sfp s = help_sfp(cpu, how);
        unsigned esz = help_esz(how);
        v128 r = { 0 };
        for (unsigned i = 0; i < help_lanes(how); i++)
                lane_set(&r, esz, i, op(&s, lane_u(&cpu->qarg[0], esz, i), lane_u(&cpu->qarg[1], esz, i)));
        cpu->qarg[3] = r;
        help_raise(cpu, &s);
}

static void each_test(struct cpu *cpu, const struct helper_q *how, fp_test *op)
{
        struct sfp s = help_sfp(cpu, how);
        unsigned esz = help_esz(how);
        v128 r = { 0 };
        for (unsigned i = 0; i < help_lanes(how); i++)
                lane_set(&r, esz, i, op(&s, lane_u(&cpu->qarg[0], esz, i), lane_u(&cpu->qarg[1], esz, i)) ? ~0ull : 0);
        cpu->qarg[3] = r;
        help_raise(cpu, &s);
}

/* c + ab with c and a negated first as asked. */
static void each_muladd(struct cpu *cpu, const struct helper_q *how, bool neg_c, bool neg_a)
{
        struct sfp s = help_sfp(cpu, how);
        unsigned esz = help_esz(how);
        v128 r = { 0 };
        for (unsigned i = 0; i < help_lanes(how); i++) {
                u64 a = lane_u(&cpu->qarg[0], esz, i), c = lane_u(&cpu->qarg[2], esz, i);
                a = neg_a ? sfp_neg(&s, a) : a;
                c = neg_c ? sfp_neg(&s, c) : c;
                lane_set(&r, esz, i, sfp_muladd(&s, c, a, lane_u(&cpu->qarg[1], esz, i)));
        }
        cpu->qarg[3] = r;
        help_raise(cpu, &s);
}

/* Lane i of the concatenation b:a, where a and b have `lanes` lanes. */
static u64 joined_lane(const struct cpu *cpu, unsigned esz, unsigned lanes, unsigned i)
{
        return i < lanes ? lane_u(&cpu->qarg[0], esz, i) : lane_u(&cpu->qarg[1], esz, i - lanes);
}

static void pairs(struct cpu *cpu, const struct helper_q *how, fp2 *op)
{
        struct sfp s = help_sfp(cpu, how);
        unsigned esz = help_esz(how), lanes = help_lanes(how);
        unsigned in_a = lanes == 1 ? 2 : lanes; /* scalar: both come from a */
        v128 r = { 0 };
        for (unsigned i = 0; i < lanes; i++)
                lane_set(&r, esz, i, op(&s, joined_lane(cpu, esz, in_a, 2 * i), joined_lane(cpu, esz, in_a, 2 * i + 1)));
        cpu->qarg[3] = r;
        help_raise(cpu, &s);
}

/* The pseudocode's Reduce(): halves joined recursively is the same as neighbours joined level by level. */
static void reduce(struct cpu *cpu, const struct helper_q *how, fp2 *op)
{
        struct sfp s = help_sfp(cpu, how);
        unsigned esz = help_esz(how), lanes = help_lanes(how);
        v128 v = cpu->qarg[0], r = { 0 };
        for (; lanes > 1; lanes /= 2)
                for (unsigned i = 0; i < lanes / 2; i++)
                        lane_set(&v, esz, i, op(&s, lane_u(&v, esz, 2 * i), lane_u(&v, esz, 2 * i + 1)));
        lane_set(&r, esz, 0, lane_u(&v, esz, 0));
        cpu->qarg[3] = r;
        help_raise(cpu, &s);
}

static bool abs_gt(struct sfp *s, u64 a, u64 b)
{
        return sfp_gt(s, sfp_abs(s, a), sfp_abs(s, b));
}

static bool abs_ge(struct sfp *s, u64 a, u64 b)
{
        return sfp_ge(s, sfp_abs(s, a), sfp_abs(s, b));
}

void help_fadd(struct cpu *cpu, const struct helper_q *how)
{
        each2(cpu, how, sfp_add);
}

void help_fsub(struct cpu *cpu, const struct helper_q *how)
{
        each2(cpu, how, sfp_sub);
}

void help_fmul(struct cpu *cpu, const struct helper_q *how)
{
        each2(cpu, how, sfp_mul);
}

void help_fmulx(struct cpu *cpu, const struct helper_q *how)
{
        each2(cpu, how, sfp_mulx);
}

void help_fdiv(struct cpu *cpu, const struct helper_q *how)
{
        each2(cpu, how, sfp_div);
}

void help_fmax(struct cpu *cpu, const struct helper_q *how)
{
        each2(cpu, how, sfp_max);
}

void help_fmin(struct cpu *cpu, const struct helper_q *how)
{
        each2(cpu, how, sfp_min);
}

void help_fmaxnm(struct cpu *cpu, const struct helper_q *how)
{
        each2(cpu, how, sfp_maxnum);
}

void help_fminnm(struct cpu *cpu, const struct helper_q *how)
{
        each2(cpu, how, sfp_minnum);
}

void help_frecps(struct cpu *cpu, const struct helper_q *how)
{
        each2(cpu, how, sfp_recip_step);
}

void help_frsqrts(struct cpu *cpu, const struct helper_q *how)
{
        each2(cpu, how, sfp_rsqrt_step);
}

void help_fsqrt(struct cpu *cpu, const struct helper_q *how)
{
        each1(cpu, how, sfp_sqrt);
}

void help_fabs(struct cpu *cpu, const struct helper_q *how)
{
        each1(cpu, how, sfp_abs);
}

void help_fneg(struct cpu *cpu, const struct helper_q *how)
{
        each1(cpu, how, sfp_neg);
}

void help_frecpe(struct cpu *cpu, const struct helper_q *how)
{
        each1(cpu, how, sfp_recip_estimate);
}

void help_frsqrte(struct cpu *cpu, const struct helper_q *how)
{
        each1(cpu, how, sfp_rsqrt_estimate);
}

void help_frecpx(struct cpu *cpu, const struct helper_q *how)
{
        each1(cpu, how, sfp_recip_exponent);
}

void help_fmla(struct cpu *cpu, const struct helper_q *how)
{
        each_muladd(cpu, how, false, false);
}

void help_fmls(struct cpu *cpu, const struct helper_q *how)
{
        each_muladd(cpu, how, false, true);
}

void help_fnmla(struct cpu *cpu, const struct helper_q *how)
{
        each_muladd(cpu, how, true, true);
}

void help_fnmls(struct cpu *cpu, const struct helper_q *how)
{
        each_muladd(cpu, how, true, false);
}

void help_fcmeq(struct cpu *cpu, const struct helper_q *how)
{
        each_test(cpu, how, sfp_eq);
}

void help_fcmgt(struct cpu *cpu, const struct helper_q *how)
{
        each_test(cpu, how, sfp_gt);
}

void help_fcmge(struct cpu *cpu, const struct helper_q *how)
{
        each_test(cpu, how, sfp_ge);
}

void help_facgt(struct cpu *cpu, const struct helper_q *how)
{
        each_test(cpu, how, abs_gt);
}

void help_facge(struct cpu *cpu, const struct helper_q *how)
{
        each_test(cpu, how, abs_ge);
}

void help_faddp(struct cpu *cpu, const struct helper_q *how)
{
        pairs(cpu, how, sfp_add);
}

void help_fmaxp(struct cpu *cpu, const struct helper_q *how)
{
        pairs(cpu, how, sfp_max);
}

void help_fminp(struct cpu *cpu, const struct helper_q *how)
{
        pairs(cpu, how, sfp_min);
}

void help_fmaxnmp(struct cpu *cpu, const struct helper_q *how)
{
        pairs(cpu, how, sfp_maxnum);
}

void help_fminnmp(struct cpu *cpu, const struct helper_q *how)
{
        pairs(cpu, how, sfp_minnum);
}

void help_fmaxv(struct cpu *cpu, const struct helper_q *how)
{
        reduce(cpu, how, sfp_max);
}

void help_fminv(struct cpu *cpu, const struct helper_q *how)
{
        reduce(cpu, how, sfp_min);
}

void help_fmaxnmv(struct cpu *cpu, const struct helper_q *how)
{
        reduce(cpu, how, sfp_maxnum);
}

void help_fminnmv(struct cpu *cpu, const struct helper_q *how)
{
        reduce(cpu, how, sfp_minnum);
}

/* Complex numbers: even lanes are real parts, odd lanes imaginary parts. */
void help_fcadd(struct cpu *cpu, const struct helper_q *how)
{
        struct sfp s = help_sfp(cpu, how);
        unsigned esz = help_esz(how);
        const v128 *a = &cpu->qarg[0], *b = &cpu->qarg[1];
        v128 r = { 0 };
        for (unsigned i = 0; i < help_lanes(how); i += 2) {
                u64 re = lane_u(b, esz, i + 1), im = lane_u(b, esz, i);
                if (how->aux == 1)
                        re = sfp_neg(&s, re);
                else
                        im = sfp_neg(&s, im);
                lane_set(&r, esz, i, sfp_add(&s, lane_u(a, esz, i), re));
                lane_set(&r, esz, i + 1, sfp_add(&s, lane_u(a, esz, i + 1), im));
        }
        cpu->qarg[3] = r;
        help_raise(cpu, &s);
}

void help_fcmla(struct cpu *cpu, const struct helper_q *how)
{
        struct sfp s = help_sfp(cpu, how);
        unsigned esz = help_esz(how), odd = how->aux & 1;
        const v128 *a = &cpu->qarg[0], *b = &cpu->qarg[1], *c = &cpu->qarg[2];
        v128 r = { 0 };
        for (unsigned i = 0; i < help_lanes(how); i += 2) {
                u64 x = lane_u(a, esz, i + odd); /* the part of a that both products use */
                u64 re = lane_u(b, esz, i + odd), im = lane_u(b, esz, i + 1 - odd);
                if (how->aux == 1 || how->aux == 2)
                        re = sfp_neg(&s, re);
                if (how->aux >= 2)
                        im = sfp_neg(&s, im);
                lane_set(&r, esz, i, sfp_muladd(&s, lane_u(c, esz, i), x, re));
                lane_set(&r, esz, i + 1, sfp_muladd(&s, lane_u(c, esz, i + 1), x, im));
        }
        cpu->qarg[3] = r;
        help_raise(cpu, &s);
}

static u32 compare_lane0(struct cpu *cpu, const struct helper_q *how)
{
        struct sfp s = help_sfp(cpu, how);
        unsigned esz = help_esz(how);
        u32 nzcv = sfp_compare(&s, lane_u(&cpu->qarg[0], esz, 0), lane_u(&cpu->qarg[1], esz, 0), how->aux & 1);
        help_raise(cpu, &s);
        return nzcv;
}

void help_fcmp(struct cpu *cpu, const struct helper_q *how)
{
        cpu->hret = compare_lane0(cpu, how);
}

void help_fccmp(struct cpu *cpu, const struct helper_q *how)
{
        u32 otherwise = cpu->qarg[2].s[0];
        cpu->hret = otherwise & 1 ? compare_lane0(cpu, how) : otherwise;
}
