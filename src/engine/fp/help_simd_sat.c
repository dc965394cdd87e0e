/* Saturating arithmetic that x86 has no lane form of. Each sets cpu->qc when a lane saturates. */
#include "engine/fp/help_simd.h"

void help_suqadd(struct cpu *cpu, const struct helper_q *how)
{
        unsigned esz = help_esz(how), count = help_lanes(how);
        v128 r = { 0 };
        for (unsigned i = 0; i < count; i++)
                lane_set(&r, esz, i, sat_s(cpu, esz, (i128)lane_s(&cpu->qarg[0], esz, i) + lane_u(&cpu->qarg[1], esz, i)));
        cpu->qarg[3] = r;
}

void help_usqadd(struct cpu *cpu, const struct helper_q *how)
{
        unsigned esz = help_esz(how), count = help_lanes(how);
        v128 r = { 0 };
        for (unsigned i = 0; i < count; i++)
                lane_set(&r, esz, i, sat_u(cpu, esz, (i128)lane_u(&cpu->qarg[0], esz, i) + lane_s(&cpu->qarg[1], esz, i)));
        cpu->qarg[3] = r;
}

/* High half of (a << lane width) +/- the doubled product of b and c, rounded (FEAT_RDM). */
static void mul_high_accumulate(struct cpu *cpu, const struct helper_q *how, int sign)
{
        unsigned esz = help_esz(how), count = help_lanes(how), bits = 8u << esz;
        v128 r = { 0 };
        for (unsigned i = 0; i < count; i++) {
                i128 acc = (i128)lane_s(&cpu->qarg[0], esz, i) * ((i128)1 << bits);
                i128 p = (i128)lane_s(&cpu->qarg[1], esz, i) * lane_s(&cpu->qarg[2], esz, i) * 2 * sign;
                lane_set(&r, esz, i, sat_s(cpu, esz, (acc + p + ((i128)1 << (bits - 1))) >> bits));
        }
        cpu->qarg[3] = r;
}

void help_sqrdmlah(struct cpu *cpu, const struct helper_q *how) { mul_high_accumulate(cpu, how, 1); }
void help_sqrdmlsh(struct cpu *cpu, const struct helper_q *how) { mul_high_accumulate(cpu, how, -1); }

/* Narrowing: esz is that of the result, so that the source has the same number of lanes in twice the width. */
void help_sqxtn(struct cpu *cpu, const struct helper_q *how)
{
        unsigned esz = help_esz(how), count = help_lanes(how);
        v128 r = { 0 };
        for (unsigned i = 0; i < count; i++)
                lane_set(&r, esz, i, sat_s(cpu, esz, lane_s(&cpu->qarg[0], esz + 1, i)));
        cpu->qarg[3] = r;
}

void help_uqxtn(struct cpu *cpu, const struct helper_q *how)
{
        unsigned esz = help_esz(how), count = help_lanes(how);
        v128 r = { 0 };
        for (unsigned i = 0; i < count; i++)
                lane_set(&r, esz, i, sat_u(cpu, esz, lane_u(&cpu->qarg[0], esz + 1, i)));
        cpu->qarg[3] = r;
}

void help_sqxtun(struct cpu *cpu, const struct helper_q *how)
{
        unsigned esz = help_esz(how), count = help_lanes(how);
        v128 r = { 0 };
        for (unsigned i = 0; i < count; i++)
                lane_set(&r, esz, i, sat_u(cpu, esz, lane_s(&cpu->qarg[0], esz + 1, i)));
        cpu->qarg[3] = r;
}
