/*
 * The software floating point against the host's: a million random operations in single and double precision and all four
 * rounding modes, results and flags; every half against the host's conversions. NaN operands are Arm's own and checked by table.
 */
#include "random.h"

#include <stdio.h>
#include <stdlib.h>
#include "engine/fp/fpsr.h"
#include "engine/fp/softfp.h"

typedef u64 host_fn(u32 mxcsr, u64 a, u64 b, u64 c, u32 *flags);

/* r = insn of xmm0 = a, xmm1 = b, xmm2 = c under mxcsr; flags raised go to *flags. */
#define HOST(name, text) \
        static u64 host_##name(u32 mxcsr, u64 a, u64 b, u64 c, u32 *flags) \
        { \
                u32 normal = MXCSR_MASKS, after; \
                u64 r; \
                __asm__ volatile("movq %3, %%xmm0; movq %4, %%xmm1; movq %5, %%xmm2; ldmxcsr %2\n" text \
                                 "\nstmxcsr %1; ldmxcsr %6; movq %%xmm0, %0" \
                                 : "=r"(r), "=m"(after) \
                                 : "m"(mxcsr), "r"(a), "r"(b), "r"(c), "m"(normal) \
                                 : "xmm0", "xmm1", "xmm2", "rax"); \
                *flags = after & MXCSR_FLAGS; \
                return r; \
        }

HOST(add_s, "addss %%xmm1, %%xmm0")
HOST(add_d, "addsd %%xmm1, %%xmm0")
HOST(sub_s, "subss %%xmm1, %%xmm0")
HOST(sub_d, "subsd %%xmm1, %%xmm0")
HOST(mul_s, "mulss %%xmm1, %%xmm0")
HOST(mul_d, "mulsd %%xmm1, %%xmm0")
HOST(div_s, "divss %%xmm1, %%xmm0")
HOST(div_d, "divsd %%xmm1, %%xmm0")
HOST(sqrt_s, "sqrtss %%xmm0, %%xmm0")
HOST(sqrt_d, "sqrtsd %%xmm0, %%xmm0")
HOST(fma_s, "vfmadd213ss %%xmm2, %%xmm1, %%xmm0")
HOST(fma_d, "vfmadd213sd %%xmm2, %%xmm1, %%xmm0")
HOST(round_s, "roundss $4, %%xmm0, %%xmm0")
HOST(round_d, "roundsd $4, %%xmm0, %%xmm0")
HOST(narrow, "cvtsd2ss %%xmm0, %%xmm0")
HOST(widen, "cvtss2sd %%xmm0, %%xmm0")
HOST(from_i64_s, "cvtsi2ssq %3, %%xmm0")
HOST(from_i64_d, "cvtsi2sdq %3, %%xmm0")
HOST(to_i64_s, "cvtss2siq %%xmm0, %%rax; movq %%rax, %%xmm0")
HOST(to_i64_d, "cvtsd2siq %%xmm0, %%rax; movq %%rax, %%xmm0")
HOST(half_to_s, "vcvtph2ps %%xmm0, %%xmm0")
HOST(s_to_half, "vcvtps2ph $4, %%xmm0, %%xmm0")

typedef u64 soft_fn(struct sfp *s, u64 a, u64 b, u64 c);

static u64 soft_add(struct sfp *s, u64 a, u64 b, u64 c)
{
        return sfp_add(s, a, b);
}
static u64 soft_sub(struct sfp *s, u64 a, u64 b, u64 c)
{
        return sfp_sub(s, a, b);
}
static u64 soft_mul(struct sfp *s, u64 a, u64 b, u64 c)
{
        return sfp_mul(s, a, b);
}
static u64 soft_div(struct sfp *s, u64 a, u64 b, u64 c)
{
        return sfp_div(s, a, b);
}
static u64 soft_sqrt(struct sfp *s, u64 a, u64 b, u64 c)
{
        return sfp_sqrt(s, a);
}
static u64 soft_fma(struct sfp *s, u64 a, u64 b, u64 c)
{
        return sfp_muladd(s, c, a, b);
}
static u64 soft_round(struct sfp *s, u64 a, u64 b, u64 c)
{
        return sfp_round_int(s, a, sfp_mode(s), true);
}
static u64 soft_narrow(struct sfp *s, u64 a, u64 b, u64 c)
{
        return sfp_convert(s, 3, 2, sfp_mode(s), a);
}
static u64 soft_widen(struct sfp *s, u64 a, u64 b, u64 c)
{
        return sfp_convert(s, 2, 3, sfp_mode(s), a);
}
static u64 soft_from_i64(struct sfp *s, u64 a, u64 b, u64 c)
{
        return sfp_from_fixed(s, a, 0, false, 64);
}
static u64 soft_to_i64(struct sfp *s, u64 a, u64 b, u64 c)
{
        return sfp_to_fixed(s, a, 0, false, 64, sfp_mode(s));
}

static const struct op {
        const char *name;
        host_fn *host;
        soft_fn *soft;
        u8 esz;    /* of the operands' format */
        u8 result; /* esz of the result's format, 0: integer */
} ops[] = {
        { "add single", host_add_s, soft_add, 2, 2 },
        { "add double", host_add_d, soft_add, 3, 3 },
        { "sub single", host_sub_s, soft_sub, 2, 2 },
        { "sub double", host_sub_d, soft_sub, 3, 3 },
        { "mul single", host_mul_s, soft_mul, 2, 2 },
        { "mul double", host_mul_d, soft_mul, 3, 3 },
        { "div single", host_div_s, soft_div, 2, 2 },
        { "div double", host_div_d, soft_div, 3, 3 },
        { "sqrt single", host_sqrt_s, soft_sqrt, 2, 2 },
        { "sqrt double", host_sqrt_d, soft_sqrt, 3, 3 },
        { "fma single", host_fma_s, soft_fma, 2, 2 },
        { "fma double", host_fma_d, soft_fma, 3, 3 },
        { "round single", host_round_s, soft_round, 2, 2 },
        { "round double", host_round_d, soft_round, 3, 3 },
        { "narrow", host_narrow, soft_narrow, 3, 2 },
        { "widen", host_widen, soft_widen, 2, 3 },
        { "single from i64", host_from_i64_s, soft_from_i64, 2, 2 },
        { "double from i64", host_from_i64_d, soft_from_i64, 3, 3 },
        { "single to i64", host_to_i64_s, soft_to_i64, 2, 0 },
        { "double to i64", host_to_i64_d, soft_to_i64, 3, 0 },
};

static unsigned failures;

/* An operand: exponents near zero, one, the ends or near `like`; mantissas with long runs of ones or zeros. Sometimes anything. */
static u64 random_operand(const struct sfp *f, u64 like)
{
        u64 r = random_bits();
        unsigned ones = (1u << f->exp_bits) - 1, bias = ones / 2;
        unsigned like_exp = (unsigned)(like >> f->frac_bits) & ones;
        const unsigned near[] = { 0, 1, bias, ones - 1, like_exp, bias + f->frac_bits, ones, bias / 2, (unsigned)(r >> 40) & ones };
        unsigned exp = near[r % ARRAY_LEN(near)] + (r >> 8) % 5 - (r >> 12) % 3;
        u64 frac = random_bits();
        switch (r >> 20 & 7) {
        case 0: frac = 0; break;
        case 1: frac = ~0ull; break;
        case 2: frac = 1ull << (frac % f->frac_bits); break;
        case 3: frac = ~0ull << (frac % f->frac_bits); break;
        case 4: frac = (1ull << (frac % f->frac_bits)) - 1; break;
        }
        u64 value = (u64)(exp & ones) << f->frac_bits | (frac & ((1ull << f->frac_bits) - 1));
        return value | (r >> 63 ? sfp_sign_bit(f) : 0);
}

static bool is_nan(unsigned esz, u64 bits)
{
        struct sfp f = sfp_make(esz, 0);
        struct sfp_num n = sfp_unpack(&f, bits);
        return sfp_is_nan(&n);
}

static u32 fpsr_of(u32 mxcsr)
{
        return (mxcsr & 1) | (mxcsr >> 1 & 0x1e);
}

static void report(const char *name, unsigned rmode, u64 a, u64 b, u64 c, u64 host, u32 host_flags, u64 soft, u32 soft_flags)
{
        if (failures++ < 20)
                printf("%s mode %u: %016llx %016llx %016llx: host %016llx flags %02x, soft %016llx flags %02x\n", name, rmode,
                        (unsigned long long)a, (unsigned long long)b, (unsigned long long)c, (unsigned long long)host, host_flags,
                        (unsigned long long)soft, soft_flags);
}

/* Arm finds tininess before rounding, x86 after: they differ when the result rounds up to the smallest normal number. */
static bool tininess_differs(unsigned esz, u64 result, u32 host_flags, u32 soft_flags)
{
        struct sfp f = sfp_make(esz, 0);
        return (host_flags ^ soft_flags) == FPSR_UFC && (soft_flags & FPSR_UFC) && sfp_abs(&f, result) == 1ull << f.frac_bits;
}

static void check_once(const struct op *op, unsigned rmode, u64 a, u64 b, u64 c)
{
        u32 fpcr = rmode << FPCR_RMODE_SHIFT, raised;
        struct sfp s = sfp_make(op->esz, fpcr);
        if (op->soft != soft_from_i64 && (is_nan(op->esz, a) || is_nan(op->esz, b) || is_nan(op->esz, c)))
                return;
        u64 host = op->host(mxcsr_for(fpcr, 0) | MXCSR_IM, a, b, c, &raised);
        u64 soft = op->soft(&s, a, b, c);
        u32 host_flags = fpsr_of(raised);

        bool both_nan = op->result && is_nan(op->result, host) && is_nan(op->result, soft);
        bool saturated = !op->result && (host_flags & FPSR_IOC); /* x86 gives one value for all that does not fit */
        bool same_flags = host_flags == s.fpsr || (op->result && tininess_differs(op->result, soft, host_flags, s.fpsr));
        u64 mask = op->result == 2 ? 0xffffffff : ~0ull;
        if (!same_flags || (!both_nan && !saturated && ((host ^ soft) & mask)))
                report(op->name, rmode, a, b, c, host & mask, host_flags, soft, s.fpsr);
}

static void check_random(unsigned rounds)
{
        for (unsigned i = 0; i < rounds; i++) {
                const struct op *op = &ops[i % ARRAY_LEN(ops)];
                struct sfp f = sfp_make(op->esz, 0);
                u64 a = op->soft == soft_from_i64 ? (u64)((i64)random_bits() >> (random_bits() & 63)) : random_operand(&f, 0);
                u64 b = random_operand(&f, a), c = random_operand(&f, op->soft == soft_fma ? sfp_mul(&f, a, b) : a);
                check_once(op, (unsigned)(random_bits() >> 60) & 3, a, b, c);
        }
}

/* Every half widened, and singles narrowed; half arithmetic against the exact result in double precision narrowed. */
static void check_halves(void)
{
        for (unsigned h = 0; h < 65536; h++) {
                u32 flags;
                struct sfp s = sfp_make(1, 0), f = sfp_make(2, 0);
                u64 wide = sfp_convert(&s, 1, 2, SFP_RN, h);
                u64 host = host_half_to_s(MXCSR_MASKS, h, 0, 0, &flags) & 0xffffffff;
                if (wide != host)
                        report("half to single", 0, h, 0, 0, host, flags, wide, s.fpsr);

                u64 single = random_operand(&f, (u64)h << 13);
                for (unsigned rmode = 0; rmode < 4; rmode++) {
                        struct sfp n = sfp_make(1, rmode << FPCR_RMODE_SHIFT);
                        host = host_s_to_half(mxcsr_for(n.fpcr, 0) | MXCSR_IM, single, 0, 0, &flags) & 0xffff;
                        u64 soft = sfp_convert(&n, 2, 1, (enum sfp_round)rmode, single);
                        if (soft != host || (fpsr_of(flags) != n.fpsr && !tininess_differs(1, soft, fpsr_of(flags), n.fpsr)))
                                report("single to half", rmode, single, 0, 0, host, fpsr_of(flags), soft, n.fpsr);
                }

                u64 other = random_bits() & 0xffff;
                if (is_nan(1, h) && is_nan(1, other))
                        continue; /* widening would quieten the signalling one of the two */
                u64 x = sfp_convert(&s, 1, 3, SFP_RN, h), y = sfp_convert(&s, 1, 3, SFP_RN, other);
                struct sfp d = sfp_make(3, 0), g = sfp_make(1, 0);
                u64 expect = sfp_convert(&d, 3, 1, SFP_RN, sfp_add(&d, x, y)), got = sfp_add(&g, h, other);
                if (expect != got)
                        report("half add", 0, h, other, 0, expect, 0, got, g.fpsr);
                expect = sfp_convert(&d, 3, 1, SFP_RN, sfp_mul(&d, x, y));
                got = sfp_mul(&g, h, other);
                if (expect != got)
                        report("half mul", 0, h, other, 0, expect, 0, got, g.fpsr);
        }
}

enum table_op { T_ADD, T_MULADD, T_MAX, T_MIN, T_MAXNM, T_MULX, T_RECPS, T_RSQRTS, T_RECPE, T_RSQRTE, T_RECPX, T_JS, T_TO_S32, T_NARROW };

/* What only Arm defines, single precision (a, b, c) unless said; from the pseudocode. */
static const struct row {
        u8 op, esz;
        u32 fpcr;
        u64 a, b, c, result;
        u32 fpsr;
} table[] = {
        { T_ADD, 2, 0, 0x7fc00001, 0x7f800002, 0, 0x7fc00002, FPSR_IOC }, /* a signalling NaN goes before a quiet one */
        { T_ADD, 2, 0, 0x7fc00001, 0xffc00002, 0, 0x7fc00001, 0 },
        { T_ADD, 2, FPCR_DN, 0x3f800000, 0xffc00002, 0, 0x7fc00000, 0 },
        { T_ADD, 2, 0, 0x7f800000, 0xff800000, 0, 0x7fc00000, FPSR_IOC },
        { T_ADD, 2, FPCR_FZ, 0x00000001, 0x80000001, 0, 0, FPSR_IDC },
        { T_ADD, 2, FPCR_FZ, 0x00800001, 0x80800000, 0, 0, FPSR_UFC },
        { T_ADD, 1, FPCR_FZ16, 0x0001, 0x0001, 0, 0, 0 },
        { T_MULADD, 2, 0, 0x7f800000, 0, 0x7fc00001, 0x7fc00000, FPSR_IOC }, /* infinity times zero beats a quiet addend */
        { T_MULADD, 2, 0, 0x7f800000, 0, 0x7f800001, 0x7fc00001, FPSR_IOC },
        { T_MULADD, 2, 0, 0x7fc00001, 0x7fc00002, 0x7fc00003, 0x7fc00003, 0 },
        { T_MAX, 2, 0, 0x80000000, 0, 0, 0, 0 },
        { T_MIN, 2, 0, 0, 0x80000000, 0, 0x80000000, 0 },
        { T_MAX, 2, 0, 0x3f800000, 0x7fc00005, 0, 0x7fc00005, 0 },
        { T_MAXNM, 2, 0, 0x3f800000, 0x7fc00005, 0, 0x3f800000, 0 },
        { T_MAXNM, 2, 0, 0x3f800000, 0x7f800005, 0, 0x7fc00005, FPSR_IOC },
        { T_MULX, 2, 0, 0xff800000, 0, 0, 0xc0000000, 0 },
        { T_RECPS, 2, 0, 0x7f800000, 0, 0, 0x40000000, 0 },
        { T_RSQRTS, 2, 0, 0, 0xff800000, 0, 0x3fc00000, 0 },
        { T_RSQRTS, 2, 0, 0x3f800000, 0x3f800000, 0, 0x3f800000, 0 },
        { T_RECPE, 2, 0, 0x3f800000, 0, 0, 0x3f7f8000, 0 },
        { T_RECPE, 2, 0, 0, 0, 0, 0x7f800000, FPSR_DZC },
        { T_RECPE, 2, 0, 0x00000001, 0, 0, 0x7f800000, FPSR_OFC | FPSR_IXC },
        { T_RECPE, 2, 0, 0x7f000000, 0, 0, 0x003fe000, 0 },
        { T_RECPE, 2, 0, 0x7e800000, 0, 0, 0x007fc000, 0 },
        { T_RECPE, 3, 0, 0x4008000000000000, 0, 0, 0x3fd5500000000000, 0 },
        { T_RECPE, 1, 0, 0x3c00, 0, 0, 0x3bfc, 0 },
        { T_RSQRTE, 2, 0, 0x3f800000, 0, 0, 0x3f7f8000, 0 },
        { T_RSQRTE, 2, 0, 0x40000000, 0, 0, 0x3f348000, 0 },
        { T_RSQRTE, 2, 0, 0xbf800000, 0, 0, 0x7fc00000, FPSR_IOC },
        { T_RSQRTE, 2, 0, 0x00000001, 0, 0, 0x64b48000, 0 },
        { T_RECPX, 2, 0, 0x3f812345, 0, 0, 0x40000000, 0 },
        { T_RECPX, 2, 0, 0x80000001, 0, 0, 0xff000000, 0 },
        { T_JS, 3, 0, 0x41f0000000100000, 0, 0, 1, FPSR_IOC }, /* 2^32 + 1 */
        { T_JS, 3, 0, 0x8000000000000000, 0, 0, 0, 0 },
        { T_TO_S32, 2, 0, 0x4f000000, 0, 0, 0x7fffffff, FPSR_IOC },
        { T_TO_S32, 2, 0, 0xcf000000, 0, 0, 0x80000000, 0 },
        { T_TO_S32, 2, 0, 0xff800000, 0, 0, 0x80000000, FPSR_IOC },
        { T_TO_S32, 2, 0, 0x7fc00000, 0, 0, 0, FPSR_IOC },
        { T_NARROW, 3, FPCR_AHP, 0x7ff0000000000000, 0, 0, 0x7fff, FPSR_IOC },
        { T_NARROW, 3, FPCR_AHP, 0x40fffc0000000000, 0, 0, 0x7fff, 0 },
        { T_NARROW, 3, FPCR_AHP, 0x7ff8000000000000, 0, 0, 0, FPSR_IOC },
        { T_NARROW, 3, 0, 0xfff4000000000000, 0, 0, 0xff00, FPSR_IOC },
};

static u64 table_result(struct sfp *s, const struct row *t)
{
        bool exact;
        switch ((enum table_op)t->op) {
        case T_ADD: return sfp_add(s, t->a, t->b);
        case T_MULADD: return sfp_muladd(s, t->c, t->a, t->b);
        case T_MAX: return sfp_max(s, t->a, t->b);
        case T_MIN: return sfp_min(s, t->a, t->b);
        case T_MAXNM: return sfp_maxnum(s, t->a, t->b);
        case T_MULX: return sfp_mulx(s, t->a, t->b);
        case T_RECPS: return sfp_recip_step(s, t->a, t->b);
        case T_RSQRTS: return sfp_rsqrt_step(s, t->a, t->b);
        case T_RECPE: return sfp_recip_estimate(s, t->a);
        case T_RSQRTE: return sfp_rsqrt_estimate(s, t->a);
        case T_RECPX: return sfp_recip_exponent(s, t->a);
        case T_JS: return sfp_to_int32_js(s, t->a, &exact);
        case T_TO_S32: return sfp_to_fixed(s, t->a, 0, false, 32, SFP_RZ);
        case T_NARROW: return sfp_convert(s, 3, 1, SFP_RN, t->a);
        }
        return 0;
}

static void check_table(void)
{
        for (unsigned i = 0; i < ARRAY_LEN(table); i++) {
                struct sfp s = sfp_make(table[i].esz, table[i].fpcr);
                u64 got = table_result(&s, &table[i]);
                if (got != table[i].result || s.fpsr != table[i].fpsr)
                        report("table row", i, table[i].a, table[i].b, table[i].c, table[i].result, table[i].fpsr, got, s.fpsr);
        }
}

/* fpsr.c asks this of the run-time. */
void process_fp_form(struct cpu *cpu, enum fp_form form)
{
}

int main(int argc, char **argv)
{
        check_random(argc > 1 ? (unsigned)strtoul(argv[1], NULL, 0) : 1000000);
        check_halves();
        check_table();
        printf("softfp: %u failures\n", failures);
        return failures != 0;
}
