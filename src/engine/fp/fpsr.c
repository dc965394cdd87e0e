#include "engine/fp/fpsr.h"
#include "engine/fp/helper.h"

static u32 mxcsr_get(void)
{
        u32 v;
        __asm__ volatile("stmxcsr %0" : "=m"(v));
        return v;
}

static void mxcsr_set(u32 v)
{
        __asm__ volatile("ldmxcsr %0" : : "m"(v));
}

u32 mxcsr_for(u32 fpcr, u32 fpsr)
{
        static const u8 rounding[] = { 0, 2, 1, 3 }; /* N P M Z to nearest, up, down, truncate */
        u32 v = (MXCSR_MASKS & ~(u32)MXCSR_IM) | (u32)rounding[fpcr >> FPCR_RMODE_SHIFT & 3] << MXCSR_RC_SHIFT;
        if (!(fpcr & FPCR_FZ))
                return v;
        return v & ~(u32)(MXCSR_DM | MXCSR_UM | (fpsr & FPSR_IXC ? 0 : MXCSR_PM));
}

static u32 fpsr_of_mxcsr(u32 mxcsr, u32 fpcr)
{
        u32 v = 0;
        if (mxcsr & MXCSR_IE)
                v |= FPSR_IOC;
        if (mxcsr & MXCSR_ZE)
                v |= FPSR_DZC;
        if (mxcsr & MXCSR_OE)
                v |= FPSR_OFC;
        if (mxcsr & MXCSR_UE)
                v |= FPSR_UFC;
        if (mxcsr & MXCSR_PE)
                v |= FPSR_IXC;
        if (mxcsr & MXCSR_DE && fpcr & FPCR_FZ)
                v |= FPSR_IDC;
        return v;
}

u32 fpsr_read(struct cpu *cpu)
{
        return cpu->fpsr | fpsr_of_mxcsr(mxcsr_get(), cpu->fpcr) | (cpu->qc ? FPSR_QC : 0);
}

void fpsr_write(struct cpu *cpu, u32 fpsr)
{
        cpu->fpsr = fpsr & (FPSR_IOC | FPSR_DZC | FPSR_OFC | FPSR_UFC | FPSR_IXC | FPSR_IDC);
        cpu->qc = (fpsr & FPSR_QC) != 0;
        cpu->mxcsr = mxcsr_for(cpu->fpcr, cpu->fpsr);
        mxcsr_set(cpu->mxcsr);
}

/* The first inexact result under FZ is noted; from then on they do not trap. */
static void note_inexact(struct cpu *cpu, u32 *mxcsr)
{
        cpu->fpsr |= FPSR_IXC;
        cpu->mxcsr |= MXCSR_PM;
        *mxcsr |= MXCSR_PM;
}

bool fpsr_inexact_trap(struct cpu *cpu, u32 *mxcsr, bool exact)
{
        if ((*mxcsr & ~(*mxcsr >> 7) & MXCSR_FLAGS) != MXCSR_PE)
                return false;
        if (exact && !(cpu->fpsr & FPSR_IXC))
                return false;
        note_inexact(cpu, mxcsr);
        return true;
}

void fpsr_inexact_after_all(struct cpu *cpu)
{
        u32 mxcsr = mxcsr_get();

        note_inexact(cpu, &mxcsr);
        mxcsr_set(mxcsr);
}

void fpcr_write(struct cpu *cpu, u32 fpcr)
{
        /* What was raised under the old FPCR is kept in software: the denormal flag means nothing until FZ is set. */
        u32 before = mxcsr_get();
        cpu->fpsr |= fpsr_of_mxcsr(before, cpu->fpcr);
        cpu->fpcr = fpcr & FPCR_WRITABLE;
        cpu->mxcsr = mxcsr_for(cpu->fpcr, cpu->fpsr);
        mxcsr_set(cpu->mxcsr);
        /* FZ16 and AHP need nothing here: half precision is always computed in software. */
        if (cpu->fpcr & FPCR_DN)
                process_fp_form(cpu, FP_FORM_EXPLICIT);
        if (cpu->fpcr & FPCR_FZ)
                process_fp_form(cpu, FP_FORM_FLUSH);
}

u64 help_get_fpcr(struct cpu *cpu, u64 a, u64 b, u64 c)
{
        return cpu->fpcr;
}

u64 help_set_fpcr(struct cpu *cpu, u64 a, u64 b, u64 c)
{
        fpcr_write(cpu, (u32)a);
        return 0;
}

u64 help_get_fpsr(struct cpu *cpu, u64 a, u64 b, u64 c)
{
        process_fp_form(cpu, FP_FORM_CAREFUL);
        return fpsr_read(cpu);
}

u64 help_set_fpsr(struct cpu *cpu, u64 a, u64 b, u64 c)
{
        process_fp_form(cpu, FP_FORM_CAREFUL);
        fpsr_write(cpu, (u32)a);
        return 0;
}
