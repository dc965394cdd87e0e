/*
 * void fuzz_enter(struct state *in, void *slot): loads the whole state and jumps to the slot, which comes back through
 * fuzz_save or fuzz_save_taken with the state in fuzz_out. TPIDR_EL0 carries X30 over the last step both ways.
 * Layout of struct state: x[31] at 0, sp 248, nzcv 256, fpcr 264, fpsr 272, taken 280, v[32] at 288.
 */
        .set SP_AT, 248
        .set NZCV_AT, 256
        .set FPCR_AT, 264
        .set FPSR_AT, 272
        .set TAKEN_AT, 280
        .set V_AT, 288

        .text
        .global fuzz_enter, fuzz_save, fuzz_save_taken, _start
        .balign 16
_start: mov     x0, sp
        bl      fuzz_main
        mov     x8, #94
        svc     #0

fuzz_enter:
        stp     x29, x30, [sp, #-96]!
        stp     x19, x20, [sp, #16]
        stp     x21, x22, [sp, #32]
        stp     x23, x24, [sp, #48]
        stp     x25, x26, [sp, #64]
        stp     x27, x28, [sp, #80]
        adrp    x2, caller_sp
        mov     x3, sp
        str     x3, [x2, #:lo12:caller_sp]
        mov     x30, x1
        ldr     x2, [x0, #SP_AT]
        mov     sp, x2
        ldr     x2, [x0, #240]
        msr     tpidr_el0, x2
        ldr     x2, [x0, #NZCV_AT]
        msr     nzcv, x2
        ldr     x2, [x0, #FPCR_AT]
        msr     fpcr, x2
        ldr     x2, [x0, #FPSR_AT]
        msr     fpsr, x2
        add     x1, x0, #V_AT
        .irp    n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
        ldr     q\n, [x1], #16
        .endr
        ldp     x2, x3, [x0, #16]
        ldp     x4, x5, [x0, #32]
        ldp     x6, x7, [x0, #48]
        ldp     x8, x9, [x0, #64]
        ldp     x10, x11, [x0, #80]
        ldp     x12, x13, [x0, #96]
        ldp     x14, x15, [x0, #112]
        ldp     x16, x17, [x0, #128]
        ldp     x18, x19, [x0, #144]
        ldp     x20, x21, [x0, #160]
        ldp     x22, x23, [x0, #176]
        ldp     x24, x25, [x0, #192]
        ldp     x26, x27, [x0, #208]
        ldp     x28, x29, [x0, #224]
        ldp     x0, x1, [x0]
        clrex
        br      x30

fuzz_save_taken:
        msr     tpidr_el0, x30
        adrp    x30, fuzz_out
        add     x30, x30, #:lo12:fuzz_out
        stp     x0, x1, [x30]
        mov     w0, #1
        b       1f
fuzz_save:
        msr     tpidr_el0, x30
        adrp    x30, fuzz_out
        add     x30, x30, #:lo12:fuzz_out
        stp     x0, x1, [x30]
        mov     w0, #0
1:      str     x0, [x30, #TAKEN_AT]
        mrs     x0, nzcv
        str     x0, [x30, #NZCV_AT]
        mrs     x0, fpcr
        str     x0, [x30, #FPCR_AT]
        mrs     x0, fpsr
        str     x0, [x30, #FPSR_AT]
        mrs     x0, tpidr_el0
        str     x0, [x30, #240]
        mov     x0, sp
        str     x0, [x30, #SP_AT]
        stp     x2, x3, [x30, #16]
        stp     x4, x5, [x30, #32]
        stp     x6, x7, [x30, #48]
        stp     x8, x9, [x30, #64]
        stp     x10, x11, [x30, #80]
        stp     x12, x13, [x30, #96]
        stp     x14, x15, [x30, #112]
        stp     x16, x17, [x30, #128]
        stp     x18, x19, [x30, #144]
        stp     x20, x21, [x30, #160]
        stp     x22, x23, [x30, #176]
        stp     x24, x25, [x30, #192]
        stp     x26, x27, [x30, #208]
        stp     x28, x29, [x30, #224]
        add     x1, x30, #V_AT
        .irp    n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
        str     q\n, [x1], #16
        .endr
        msr     fpcr, xzr
        msr     fpsr, xzr
        adrp    x2, caller_sp
        ldr     x3, [x2, #:lo12:caller_sp]
        mov     sp, x3
        ldp     x19, x20, [sp, #16]
        ldp     x21, x22, [sp, #32]
        ldp     x23, x24, [sp, #48]
        ldp     x25, x26, [sp, #64]
        ldp     x27, x28, [sp, #80]
        ldp     x29, x30, [sp], #96
        ret

        /* The signal handler's way out of the kernel. */
        .global fuzz_restorer
fuzz_restorer:
        mov     x8, #139
        svc     #0

        .bss
        .balign 16
caller_sp:
        .skip   16
