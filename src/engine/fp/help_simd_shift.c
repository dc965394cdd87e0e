/* Shifts by signed counts that saturate or round (SQSHL, SRSHL, SQRSHL and their kin; Arm ARM C7.2, "SQRSHL"). */
#include "engine/fp/help_simd.h"

/* x << n, or x >> -n when n is negative; exact, but for what lies beyond 127 bits, where only "too large" matters. */
static i128 shift(i128 x, int n, bool round)
{
        if (n >= 0) {
                if (n < 64)
                        return x * ((i128)1 << n);
                return x == 0 ? 0 : x > 0 ? (i128)1 << 100 : -((i128)1 << 100);
        }
        n = -n;
        if (n > 64) /* |x| < 1 << 64 */
                return round || x >= 0 ? 0 : -1;
        return (x + (round ? (i128)1 << (n - 1) : 0)) >> n;
}

enum { ROUND = 1, SIGNED_IN = 2, SAT_S = 4, SAT_U = 8 };

static void shift_lanes(struct cpu *cpu, const struct helper_q *how, unsigned flags)
{
        unsigned esz = help_esz(how), count = help_lanes(how);
        v128 r = { 0 };

        for (unsigned i = 0; i < count; i++) {
                i128 x = flags & SIGNED_IN ? (i128)lane_s(&cpu->qarg[0], esz, i) : (i128)lane_u(&cpu->qarg[0], esz, i);
                int n = (i8)lane_u(&cpu->qarg[1], esz, i);
                if (!(flags & (SAT_S | SAT_U)) && n >= 64) /* nothing is left of it in the lane */
                        x = 0;
                i128 y = shift(x, n, flags & ROUND);
                lane_set(&r, esz, i, flags & SAT_S ? sat_s(cpu, esz, y) : flags & SAT_U ? sat_u(cpu, esz, y) : (u64)y);
        }
        cpu->qarg[3] = r;
}

void help_sqshl(struct cpu *cpu, const struct helper_q *how) { shift_lanes(cpu, how, SIGNED_IN | SAT_S); }
void help_uqshl(struct cpu *cpu, const struct helper_q *how) { shift_lanes(cpu, how, SAT_U); }
void help_srshl(struct cpu *cpu, const struct helper_q *how) { shift_lanes(cpu, how, SIGNED_IN | ROUND); }
void help_urshl(struct cpu *cpu, const struct helper_q *how) { shift_lanes(cpu, how, ROUND); }
void help_sqrshl(struct cpu *cpu, const struct helper_q *how) { shift_lanes(cpu, how, SIGNED_IN | SAT_S | ROUND); }
void help_uqrshl(struct cpu *cpu, const struct helper_q *how) { shift_lanes(cpu, how, SAT_U | ROUND); }
void help_sqshlu(struct cpu *cpu, const struct helper_q *how) { shift_lanes(cpu, how, SIGNED_IN | SAT_U); }
