/*
 * The guest's FPCR and FPSR on top of MXCSR.
 *
 * While generated code runs MXCSR holds the guest's rounding mode and collects sticky exception flags; invalid operations trap so
 * that NaNs get their exact Arm form in software. FPCR.FZ unmasks denormal and underflow as well: the exact path then flushes.
 *
 * What the host cannot show and no trap catches, so that the fast path differs from the architecture:
 *   - Arm finds a result tiny before rounding, x86 after. A result that rounds up to the smallest normal number sets UFC there and not
 *     here; under FZ it is zero there and that number here.
 *   - FCVT to integer and FRINT raise no denormal exception on x86: under FZ a denormal operand is rounded, not flushed to zero first.
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
};

/* MXCSR for generated code under this FPCR, sticky flags clear. mxcsr_for_fpcr(0) is the value a new thread starts with. */
u32 mxcsr_for_fpcr(u32 fpcr);

/* The architectural registers, whole. FPSR includes QC and what MXCSR's sticky flags say now. */
u32 fpsr_read(struct cpu *cpu);
void fpsr_write(struct cpu *cpu, u32 fpsr);
void fpcr_write(struct cpu *cpu, u32 fpcr);

/*
 * The run-time's side: from now on every site of this process is lifted in its explicit FP form. Called when the guest sets
 * FPCR.DN, whose results the host's own instructions cannot give. May be called again.
 */
void process_fp_explicit(struct cpu *cpu);
