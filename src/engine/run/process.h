/* What all threads of one guest process share. */
#pragma once
#include "base/lock.h"
#include "engine/host/features.h"
#include "engine/run/cpu.h"

#undef linux /* GNU C calls itself 1 */

struct arena;
struct cache;
struct code_mem;
struct module;
struct sites;
struct linux_state;
struct translator;

struct process_options {
        bool no_avx512;     /* generate AVX2 code even where AVX-512 is there */
        bool fp_explicit;   /* no trapping FP forms */
        u32 max_insns;      /* guest instructions in a block; 0 is the default */
        u8 dump;            /* enum dump_stage */
        bool perf_map;      /* write /tmp/perf-PID.map */
};

struct process {
        struct process_options options;
        struct code host;        /* what the processor offers, for every code buffer */
        bool avx512;             /* generated code uses the AVX-512VL register map */
        u8 fp_bits;              /* SITE_FP_*: every site is lifted with them */
        bool fpsr_used;          /* the guest has read or written FPSR */
        u32 thread_count;        /* threads that share this memory, atomically counted */
        u32 generation;          /* moves on when regions of code are to leave (reclaim.h); written under the lock */
        struct cpu *cpus;        /* those threads; lock */
        struct lock lock;        /* translation, block lists, code memory, sites; never held while guest memory is written */
        u32 watched_pages;       /* pages made read-only because the guest can write and execute them */
        struct arena *arena;     /* what lives as long as the process; lock */
        struct cache *cache;
        struct code_mem *code;
        struct module *modules;  /* mapped files whose translations may be kept; lock */
        const char *code_dir;    /* where they are kept; NULL: nowhere */
        struct sites *sites;
        struct translator *translator;
        gaddr sigtramp;          /* guest page with the rt_sigreturn trampoline, executable for the guest */
        struct linux_state *linux;
};

/* The engine's state for a new guest, made in `a`; handlers for synchronous faults are not installed yet. */
struct process *process_create(struct arena *a, const struct process_options *options, const struct host_cpuid *cpuid);

/* Make the calling thread the guest's first one and run it from entry with this stack pointer. */
_Noreturn void process_run(struct process *p, gaddr entry, gaddr sp);

/* Around a fork: nobody else may hold the engine's locks in the child's copy. `child`: in the child its only thread, else NULL. */
void process_before_fork(struct process *p);
void process_after_fork(struct process *p, struct cpu *child);

/*
 * From the Linux side (linux/): PROT_* of the guest page that holds addr as the guest asked for it, -1 when nothing is mapped.
 * Callable from any thread, with the process lock held: a lock it takes must not be held by who calls code_range_changed.
 */
int guest_prot(struct process *p, gaddr addr);

/*
 * The system call in cpu->x[8] with arguments x[0..5]. The result is for x0, unless it is SYSCALL_NO_RESULT (all registers were
 * set, as rt_sigreturn does), -SYSCALL_AGAIN (safe_syscall.h).
 */
long linux_syscall(struct cpu *cpu);
#define SYSCALL_NO_RESULT (-0x7ffffffffffffffeL)
