#include "engine/run/process.h"
#include "base/arena.h"
#include "base/mem.h"
#include "base/out.h"
#include "base/sys.h"
#include "engine/fp/fpsr.h"
#include "engine/guest/lift.h"
#include "engine/run/cache.h"
#include "engine/run/code_mem.h"
#include "engine/run/enter.h"
#include "engine/run/fault.h"
#include "engine/run/invalidate.h"
#include "engine/run/module.h"
#include "engine/run/site.h"
#include "engine/run/thread.h"
#include "engine/run/translate.h"
#include <linux/mman.h>

/* A page of the engine's image that the guest may execute. mov x8, #139 (rt_sigreturn); svc #0: by them unwinders know a signal frame. */
static const u32 sigtramp[1024] __attribute__((aligned(4096))) = { 0xd2801168, 0xd4000001 };

struct process *process_create(struct arena *a, const struct process_options *options, const struct host_cpuid *cpuid)
{
        struct process *p = arena_alloc(a, sizeof *p);

        p->arena = a;
        p->options = *options;
        p->host = host_features(cpuid, options->no_avx512);
        p->avx512 = p->host.avx512;
        p->fp_bits = p->options.fp_explicit ? SITE_FP_EXPLICIT : 0;
        p->cache = cache_create(a);
        p->code = code_mem_create(a);
        p->sites = sites_create(a);
        p->translator = translator_create(a);
        p->sigtramp = (gaddr)sigtramp;
        return p;
}

void process_run(struct process *p, gaddr entry, gaddr sp)
{
        struct cpu *cpu = thread_create(p);

        if (!cpu)
                die(126, "no memory for the first thread");
        p->thread_count = 1;
        cpu->mxcsr = mxcsr_for(0, 0);
        cpu->x[31] = sp;
        cpu->pc = entry;
        cpu->thread->actions = &cpu->thread->own_actions;
        sys_call4(__NR_rt_sigprocmask, SIG_BLOCK, 0, (long)&cpu->thread->sigmask, 8);
        sys_call3(__NR_madvise, (long)cpu->jump_cache, sizeof(struct jump_cache_entry) << JUMP_CACHE_BITS, MADV_POPULATE_WRITE);
        thread_attach(cpu);
        fault_install(cpu->thread->actions);
        enter_load_vectors(cpu);
        enter_first(cpu);
}

void process_before_fork(struct process *p)
{
        lock_acquire(&p->lock);
}

void process_after_fork(struct process *p, struct cpu *child)
{
        if (child) {
                p->thread_count = 1;
                p->cpus = child;
                child->next = NULL;
                child->in_syscall = 0;
        }
        lock_release(&p->lock);
}

void process_fp_form(struct cpu *cpu, enum fp_form form)
{
        static const u8 of_form[] = { SITE_FP_CAREFUL, SITE_FP_CAREFUL | SITE_FP_FLUSH, SITE_FP_EXPLICIT };
        struct process *p = cpu->process;
        u8 bits = of_form[form];

        if (form == FP_FORM_CAREFUL)
                p->fpsr_used = true;
        if ((p->fp_bits & bits) == bits || p->fp_bits & SITE_FP_EXPLICIT)
                return;
        lock_acquire(&p->lock);
        module_change_form(p, p->fp_bits | bits);
        lock_release(&p->lock);
}
