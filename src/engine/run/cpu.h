/*
 * The state of one guest thread. Generated code reaches it through RBP, biased by CPU_BIAS so that the first
 * 256 bytes take an 8-bit displacement.
 */
#pragma once
#include "base/types.h"

enum { CPU_BIAS = 128 };

typedef union v128 {
        u8 b[16];
        u16 h[8];
        u32 s[4];
        u64 d[2];
        u128 q;
} __attribute__((aligned(16))) v128;

struct process;
struct thread;
struct cpu;

struct jump_cache_entry {
        gaddr pc;
        void *code;
};
enum { JUMP_CACHE_BITS = 12 }; /* entries; index is (pc >> 2) & mask */

struct cpu {
        u64 x[32];              /* X0..X30, SP; pinned registers are here only while the engine's C code runs */
        v128 v[32];
        u16 nzcv;               /* host form: AH of LAHF in bits 15..8 (SF ZF . . . . . CF), OF in bit 0; CF is Arm's C */
        u8 qc;                  /* FPSR.QC: non-zero when set */
        u8 exit_reason;         /* enum exit_reason, set by exit thunks */
        u32 fpcr;               /* guest FPCR */
        u32 fpsr;               /* FPSR bits that MXCSR does not carry: IOC raised in software etc. (see fp/fpsr.c) */
        u32 mxcsr;              /* MXCSR while generated code runs (guest rounding, invalid unmasked) */
        gaddr pc;               /* guest pc whenever the engine's C code runs */
        u64 tpidr;              /* TPIDR_EL0 */
        gaddr excl_addr;        /* exclusive monitor; ~0 when clear */
        u64 excl_val, excl_hi;
        u64 pair[4];            /* operands and result of AT_CASP */
        u64 spill[32];          /* values of a block that found no register */
        v128 spill_q[32];
        u16 nzcv_tmp;           /* flags of a block that are not the guest's, in the form of nzcv */
        u64 harg[4];            /* integer helper arguments a, b, c */
        u64 hret;
        v128 sha256h2;          /* second result of SHA256H_BOTH */
        v128 qarg[4];           /* vector helper arguments a, b, c; [3] is the result */
        struct jump_cache_entry *jump_cache;
        volatile u32 pending;   /* a signal or another request waits: leave generated code at the next exit thunk */
        u32 in_code;            /* 1 while generated code runs */
        void *ret_stack;        /* RSP of the host return stack while C code runs */
        void *ret_stack_top;    /* its empty value */
        void *engine_stack;     /* RSP for C code called from generated code */
        /* entry points of the thunks in run/enter.S, reached as call/jmp [rbp+off] */
        void (*thunk_exit)(void);       /* jmp: leave to the dispatcher; cpu.pc and exit_reason are set */
        void (*thunk_link)(void);       /* call: an unlinked direct exit; return address identifies the exit record */
        void (*thunk_indirect)(void);   /* jmp: RAX = guest target not found in the inline cache */
        void (*thunk_return)(void);     /* jmp: RAX = guest target of a RET that did not match the return stack */
        void (*thunk_svc)(void);        /* jmp: cpu.pc = next pc */
        void (*thunk_help_i)(void);     /* call: EAX = helper id, args in harg; result in RAX and hret; keeps all but RAX RCX RDX flags */
        void (*thunk_help_q)(void);     /* call: EAX = struct helper_q packed, args in qarg[0..2]; result qarg[3]; keeps all but RAX RCX RDX flags */
        void (*thunk_stale)(void);      /* jmp from a region's stub: the block whose entry called the stub was invalidated */
        u32 in_helper;                  /* 1 while thunk_help_* runs C: all pinned GPRs are in x[], the return address on top of ret_stack */
        u32 in_syscall;                 /* 1 while a system call is worked on: no address of generated code is held (reclaim.h) */
        u32 generation;                 /* process.generation when the thread last came by the dispatcher */
        struct cpu *next;               /* process.cpus */
        struct cpu *self;               /* FS points at struct cpu: how a signal handler finds its thread */
        struct process *process;
        struct thread *thread;
};

/* Why generated code left through thunk_exit. EXIT_TRAP of the IR gives EXIT_UNDEFINED + its enum guest_trap. */
enum exit_reason { EXIT_DISPATCH, EXIT_UNDEFINED, EXIT_BRK, EXIT_FETCH_FAULT, EXIT_MISALIGNED, EXIT_LEARN_FP };

/* EAX of thunk_help_q: what a vector helper gets besides its operands. */
struct helper_q {
        u16 id;
        u8 esz_width;   /* esz | width << 4 */
        u8 aux;
};
