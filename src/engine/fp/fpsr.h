/*
 * The guest's FPCR and FPSR on top of MXCSR.
 *
 * While generated code runs MXCSR holds the guest's rounding mode and collects sticky exception flags; invalid operations trap so
 * that NaNs get their exact Arm form in software. FPCR.FZ unmasks denormal and underflow as well: the exact path then flushes.
 *
 * What the host does not show by itself is asked for once the guest has set FZ or has read or written FPSR ("careful" code):
 *   - Arm finds a result tiny before rounding, x86 after. A result that may have been rounded up to the smallest normal number is computed
 *     again in software: it sets UFC, and is zero under FZ.
 *   - FCVT to integer and FRINT raise no denormal exception on x86, nor does an operation with a NaN beside the subnormal operand. Under FZ
 *     a comparison of each operand with itself does so before.
 * A flushed result sets UFC but not IXC, and x86 raises inexact with every underflow. So under FZ inexact traps too, until IXC is set.
 */
#pragma once
#include "engine/run/cpu.h"

enum {
        FPCR_AH = 1 << 1,
        FPCR_FZ16 = 1 << 19,
        FPCR_RMODE_SHIFT = 22,
        FPCR_FZ = 1 << 24,
        FPCR_DN = 1 << 25,
        FPCR_AHP = 1 << 26,
        FPCR_WRITABLE = FPCR_FZ16 | 3 << FPCR_RMODE_SHIFT | FPCR_FZ | FPCR_DN | FPCR_AHP,
};

enum {
        FPSR_IOC = 1 << 0, /* invalid operation */
        FPSR_DZC = 1 << 1, /* division by zero */
        FPSR_OFC = 1 << 2, /* overflow */
        FPSR_UFC = 1 << 3, /* underflow */
        FPSR_IXC = 1 << 4, /* inexact */
        FPSR_IDC = 1 << 7, /* input denormal flushed */
        FPSR_QC = 1 << 27, /* saturation */
};

enum {
        MXCSR_FLAGS = 0x3f,
        MXCSR_IE = 1 << 0,
        MXCSR_DE = 1 << 1,
        MXCSR_ZE = 1 << 2,
        MXCSR_OE = 1 << 3,
        MXCSR_UE = 1 << 4,
        MXCSR_PE = 1 << 5,
        MXCSR_DM = 1 << 8,
        MXCSR_UM = 1 << 11,
        MXCSR_MASKS = 0x1f80,
        MXCSR_RC_SHIFT = 13,
        MXCSR_IM = 1 << 7,
        MXCSR_PM = 1 << 12,
};

/* MXCSR for generated code under this FPCR and FPSR, sticky flags clear. mxcsr_for(0, 0) is the value a new thread starts with. */
u32 mxcsr_for(u32 fpcr, u32 fpsr);

/* The architectural registers, whole. FPSR includes QC and what MXCSR's sticky flags say now. */
u32 fpsr_read(struct cpu *cpu);
void fpsr_write(struct cpu *cpu, u32 fpsr);
void fpcr_write(struct cpu *cpu, u32 fpcr);

/*
 * The run-time's side: from now on all FP code of this process is translated in another form. FP_FORM_EXPLICIT (the guest sets FPCR.DN,
 * whose results the host's own instructions cannot give) stands for the others as well. May be called again.
 */
enum fp_form { FP_FORM_CAREFUL, FP_FORM_FLUSH, FP_FORM_EXPLICIT };
void process_fp_form(struct cpu *cpu, enum fp_form form);

/*
 * A host instruction trapped with these bits of MXCSR. True when nothing but the first inexact result under FZ was the reason: it is
 * noted, and with the new *mxcsr the instruction can be done again. Not when it has to be `exact`: a flushed result sets no IXC, which only
 * the exact path can tell.
 */
bool fpsr_inexact_trap(struct cpu *cpu, u32 *mxcsr, bool exact);
/* The exact path is in place and its host instructions trap all the same (SIGFPE with FPE_FLTRES): inexact and not flushed. */
void fpsr_inexact_after_all(struct cpu *cpu);
