/* What the vector helpers of floating point (help_fp*.c) share. */
#pragma once
#include "engine/fp/help_simd.h"
#include "engine/fp/softfp.h"

static inline struct sfp help_sfp(const struct cpu *cpu, const struct helper_q *how)
{
        return sfp_make(help_esz(how), cpu->fpcr);
}

/* The end of every helper: what was raised joins the guest's FPSR. */
static inline void help_raise(struct cpu *cpu, const struct sfp *s)
{
        cpu->fpsr |= s->fpsr;
}
