/* Comparisons, minimum and maximum. */
#include "engine/fp/softfp.h"
#include "engine/fp/fpsr.h"

/* -1, 0, 1 for numbers. */
static int order(const struct sfp_num *a, const struct sfp_num *b)
{
        int sign = a->sign ? -1 : 1;
        if (a->kind == SFP_ZERO && b->kind == SFP_ZERO)
                return 0;
        if (a->sign != b->sign)
                return a->kind == SFP_ZERO ? (b->sign ? 1 : -1) : sign;
        if (a->kind != b->kind)
                return a->kind < b->kind ? -sign : sign;
        if (a->kind != SFP_FINITE)
                return 0;
        if (a->exp != b->exp)
                return a->exp < b->exp ? -sign : sign;
        return a->mant == b->mant ? 0 : a->mant < b->mant ? -sign : sign;
}

enum { UNORDERED = 2 };

static int compare(struct sfp *s, u64 a, u64 b, bool signalling)
{
        struct sfp_num x = sfp_unpack(s, a), y = sfp_unpack(s, b);
        if (!sfp_is_nan(&x) && !sfp_is_nan(&y))
                return order(&x, &y);
        if (signalling || x.kind == SFP_SNAN || y.kind == SFP_SNAN)
                s->fpsr |= FPSR_IOC;
        return UNORDERED;
}

u32 sfp_compare(struct sfp *s, u64 a, u64 b, bool signalling)
{
        switch (compare(s, a, b, signalling)) {
        case -1: return 8u << 28;
        case 0: return 6u << 28;
        case 1: return 2u << 28;
        default: return 3u << 28;
        }
}

bool sfp_eq(struct sfp *s, u64 a, u64 b)
{
        return compare(s, a, b, false) == 0;
}

bool sfp_gt(struct sfp *s, u64 a, u64 b)
{
        return compare(s, a, b, true) == 1;
}

bool sfp_ge(struct sfp *s, u64 a, u64 b)
{
        int r = compare(s, a, b, true);
        return r == 0 || r == 1;
}

/* The greater (want = 1) or the lesser (want = -1). */
static u64 choose(struct sfp *s, u64 a, u64 b, int want)
{
        struct sfp_num x = sfp_unpack(s, a), y = sfp_unpack(s, b);
        u64 r;
        if (sfp_nans2(s, &x, &y, &r))
                return r;
        const struct sfp_num *n = order(&x, &y) == want ? &x : &y;
        if (n->kind == SFP_ZERO)
                return sfp_zero(s, want == 1 ? x.sign && y.sign : x.sign || y.sign);
        return sfp_pack_num(s, n);
}

u64 sfp_max(struct sfp *s, u64 a, u64 b)
{
        return choose(s, a, b, 1);
}

u64 sfp_min(struct sfp *s, u64 a, u64 b)
{
        return choose(s, a, b, -1);
}

/* A quiet NaN beside anything else gives way: it counts as the infinity that loses. */
static u64 choose_number(struct sfp *s, u64 a, u64 b, int want)
{
        struct sfp_num x = sfp_unpack(s, a), y = sfp_unpack(s, b);
        if (x.kind == SFP_QNAN && y.kind != SFP_QNAN)
                a = sfp_inf(s, want == 1);
        else if (x.kind != SFP_QNAN && y.kind == SFP_QNAN)
                b = sfp_inf(s, want == 1);
        return choose(s, a, b, want);
}

u64 sfp_maxnum(struct sfp *s, u64 a, u64 b)
{
        return choose_number(s, a, b, 1);
}

u64 sfp_minnum(struct sfp *s, u64 a, u64 b)
{
        return choose_number(s, a, b, -1);
}
