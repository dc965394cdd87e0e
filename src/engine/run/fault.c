#include "engine/run/fault.h"
#include "base/out.h"
#include "base/sys.h"
#include "engine/fp/fpsr.h"
#include "engine/host/regmap.h"
#include "engine/linux/signal.h"
#include "engine/run/block.h"
#include "engine/run/enter.h"
#include "engine/run/invalidate.h"
#include "engine/run/safe_syscall.h"
#include "engine/run/site.h"
#include <asm/sigcontext.h>
#include <asm/ucontext.h>

enum {
        EFLAGS_CF = 1 << 0,
        EFLAGS_PF = 1 << 2,
        EFLAGS_ZF = 1 << 6,
        EFLAGS_TF = 1 << 8,
        EFLAGS_DF = 1 << 10,
        EFLAGS_OF_BIT = 11,
        PAGE_FAULT_WRITE = 2,
        NZCV_OVERFLOW = 1 << 0, /* cpu.nzcv */
        NZCV_CARRY = 1 << 8,
        NZCV_ZERO = 1 << 14,
        NZCV_NEGATIVE = 1 << 15,
};

/* ---- state out of the interrupted context ---- */

#define MEMBER_R_RDI rdi
#define MEMBER_R_RSI rsi
#define MEMBER_R_R8 r8
#define MEMBER_R_R9 r9
#define MEMBER_R_R10 r10
#define MEMBER_R_R11 r11
#define MEMBER_R_RBX rbx
#define MEMBER_R_R12 r12
#define MEMBER_R_R13 r13
#define MEMBER_R_R14 r14
#define MEMBER_R_R15 r15
#define TAKE_PIN(g, h) cpu->x[g] = m->MEMBER_##h;

/* Unordered: C, V. Less: N. Equal: Z, C. Greater: C. */
static u16 nzcv_of_ucomis(u64 eflags)
{
        if (eflags & EFLAGS_PF)
                return NZCV_CARRY | NZCV_OVERFLOW;
        if (eflags & EFLAGS_CF)
                return NZCV_NEGATIVE;
        return eflags & EFLAGS_ZF ? NZCV_ZERO | NZCV_CARRY : NZCV_CARRY;
}

static void take_flags(struct cpu *cpu, const struct sigcontext *m, u8 flags_at)
{
        u16 nzcv = (u16)((m->eflags & 0xff) << 8 | (m->eflags >> EFLAGS_OF_BIT & 1));

        if (flags_at == FLAGS_IN_EFLAGS)
                cpu->nzcv = nzcv;
        else if (flags_at == FLAGS_IN_EFLAGS_CARRY_INVERTED)
                cpu->nzcv = nzcv ^ NZCV_CARRY;
        else if (flags_at == FLAGS_IN_EFLAGS_UCOMIS)
                cpu->nzcv = nzcv_of_ucomis(m->eflags);
}

/* All of the guest's state but vectors and MXCSR, which the kernel puts back into the registers. */
static void take_state(struct cpu *cpu, const struct sigcontext *m, const struct block_position *at)
{
        PINNED_GPRS(TAKE_PIN)
        cpu->pc = at->pc;
        take_flags(cpu, m, at->flags);
}

/* Go on in the dispatcher when the handler returns. */
static void leave(struct cpu *cpu, struct sigcontext *m)
{
        m->rip = (u64)enter_dispatch;
        m->rbp = (u64)cpu + CPU_BIAS;
        m->eflags &= ~(u64)(EFLAGS_TF | EFLAGS_DF);
        cpu->thread->stepping = 0;
}

/* ---- asynchronous signals ---- */

static void step_on(struct cpu *cpu, struct sigcontext *m)
{
        m->eflags |= EFLAGS_TF;
        cpu->thread->stepping = 1;
}

static void step_off(struct cpu *cpu, struct sigcontext *m)
{
        m->eflags &= ~(u64)EFLAGS_TF;
        cpu->thread->stepping = 0;
}

/* A signal waits: leave if a guest instruction begins right here, else go one host instruction further. */
static void roll_forward(struct cpu *cpu, struct sigcontext *m)
{
        struct block_position at;

        if (!enter_contains(m->rip) && !code_mem_find(cpu->process, m->rip)) {
                step_off(cpu, m); /* C code sees cpu->pending on its way out */
        } else if (block_locate(cpu->process, m->rip, &at) && at.boundary) {
                take_state(cpu, m, &at);
                cpu->ret_stack = (void *)m->rsp;
                if (m->rsp & 15)
                        thread_reset_return_stack(cpu);
                leave(cpu, m);
        } else {
                step_on(cpu, m);
        }
}

static void enqueue(struct thread *t, const siginfo_t *info)
{
        for (int i = 0; i < SIGNAL_QUEUE; i++) {
                if (!t->queue[i].full) {
                        t->queue[i].info = *info;
                        t->queue[i].held = false;
                        t->queue[i].full = 1;
                        return;
                }
        }
}

static void asynchronous(struct cpu *cpu, const siginfo_t *info, struct ucontext *uc)
{
        struct sigcontext *m = &uc->uc_mcontext;
        u64 back = safe_syscall_interrupted(m->rip);

        enqueue(cpu->thread, info);
        cpu->pending = 1;
        uc->uc_sigmask = ~SYNC_SIGNALS; /* one at a time: the others wait in the kernel */
        if (back)
                m->rip = back;
        else
                roll_forward(cpu, m);
}

/* ---- faults ---- */

/* The trapped operation is done again in software: only the unmasked exceptions' flags are new for certain. */
static void clear_trapped_flags(struct sigcontext *m)
{
        u32 *mxcsr = &m->fpstate->mxcsr;

        *mxcsr &= ~(~*mxcsr >> 7 & MXCSR_FLAGS);
}

/* Faults that are fixed here and now: the instruction is done again. */
static bool fixed(struct cpu *cpu, int sig, const siginfo_t *info, struct sigcontext *m)
{
        struct thread *t = cpu->thread;
        u64 addr = (u64)info->si_addr;

        if (sig != SIGSEGV || info->si_code == SI_KERNEL)
                return false;
        if (addr - (u64)t->return_guard < 4096 && m->rsp - (u64)t->return_guard < 8192) {
                m->rsp = thread_shift_return_stack(cpu, m->rsp);
                return true;
        }
        return info->si_code == SEGV_ACCERR && m->err & PAGE_FAULT_WRITE && code_page_written(cpu->process, addr);
}

static _Noreturn void engine_fault(int sig, const siginfo_t *info, const struct sigcontext *m)
{
        die(128 + sig, "internal error: signal %d (code %d) at host address %llx accessing %p", sig, info->si_code, m->rip, info->si_addr);
}

static void leave_fault(struct cpu *cpu, const siginfo_t *info, struct sigcontext *m, u64 host)
{
        struct fault *f = &cpu->thread->fault;

        f->info = *info;
        f->error = (u32)m->err;
        f->host = host;
        f->waiting = 1;
        thread_reset_return_stack(cpu); /* other things than pairs may lie on top */
        leave(cpu, m);
}

static void synchronous(struct cpu *cpu, int sig, const siginfo_t *info, struct sigcontext *m)
{
        struct block_position at;
        u64 copy_fault = safe_copy_faulted(m->rip);

        if (fixed(cpu, sig, info, m) || (sig == SIGFPE && fpsr_inexact_trap(cpu, &m->fpstate->mxcsr, cpu->process->fpsr_used)))
                return;
        if (copy_fault) {
                m->rip = copy_fault;
        } else if (block_locate(cpu->process, m->rip, &at)) {
                take_state(cpu, m, &at);
                if (sig == SIGFPE)
                        clear_trapped_flags(m);
                leave_fault(cpu, info, m, m->rip);
        } else if (cpu->in_helper && block_locate(cpu->process, *(u64 *)cpu->ret_stack - 1, &at)) {
                cpu->pc = at.pc; /* the thunk saved the registers; flags are in the CPU state across helpers */
                leave_fault(cpu, info, m, *(u64 *)cpu->ret_stack - 1);
        } else {
                engine_fault(sig, info, m);
        }
}

static void handler(int sig, siginfo_t *info, void *context)
{
        struct ucontext *uc = context;
        struct cpu *cpu = cpu_current();

        if (sig == SIGTRAP && cpu->thread->stepping && info->si_code == TRAP_TRACE)
                roll_forward(cpu, &uc->uc_mcontext);
        else if (SYNC_SIGNALS >> (sig - 1) & 1 && info->si_code > 0)
                synchronous(cpu, sig, info, &uc->uc_mcontext);
        else
                asynchronous(cpu, info, uc);
}

/* ---- the dispatcher's part ---- */

/* A site that trapped needs another form, unless it has that form already and traps all the same. */
static bool learn(struct cpu *cpu, u64 host, u8 site)
{
        struct block *b = block_of(cpu->process, host).block;

        if (b->valid && site_get(cpu->process, cpu->pc) & site)
                return false;
        code_site_changed(cpu->process, cpu->pc, site);
        return true;
}

void fault_resolve(struct cpu *cpu)
{
        struct fault *f = &cpu->thread->fault;
        int sig = f->info.si_signo, code = f->info.si_code;
        u64 addr = (u64)f->info.si_addr;
        u64 esr;

        f->waiting = 0;
        if (sig == SIGFPE && learn(cpu, f->host, SITE_FP_EXPLICIT))
                return;
        if (sig == SIGFPE && code == FPE_FLTRES) {
                fpsr_inexact_after_all(cpu);
                return;
        }
        if (code == SI_KERNEL && (sig == SIGSEGV || sig == SIGBUS)) { /* an address that is none on the host */
                if (learn(cpu, f->host, SITE_TAGGED))
                        return;
                sig = SIGSEGV;
                code = SEGV_MAPERR;
                addr = signal_guess_address(cpu);
        }
        esr = code == SEGV_ACCERR ? ESR_DATA_PERM : ESR_DATA_MAP;
        if (f->error & PAGE_FAULT_WRITE)
                esr |= ESR_WRITE;
        signal_fault(cpu, sig, code, addr, sig == SIGSEGV || sig == SIGBUS ? esr : 0);
}

/* ---- host actions ---- */

/* The kernel's form. */
struct host_sigaction {
        u64 handler, flags, restorer, mask;
};

__attribute__((naked)) static void restorer(void)
{
        asm volatile("mov %0, %%eax\nsyscall\nhlt" : : "i"(__NR_rt_sigreturn));
}

static long set_action(int sig, u64 function, u64 flags, struct host_sigaction *old)
{
        struct host_sigaction act = { function, flags | SA_RESTORER, (u64)restorer, ~0UL };

        return sys_call4(__NR_rt_sigaction, sig, (long)&act, (long)old, 8);
}

void fault_set_handler(int sig, u64 flags)
{
        const u64 kept = SA_NOCLDSTOP | SA_NOCLDWAIT | SA_RESTART;

        set_action(sig, (u64)handler, SA_SIGINFO | SA_ONSTACK | (flags & kept), NULL);
}

void fault_set_default(int sig, u64 function, u64 flags)
{
        set_action(sig, function, flags & (SA_NOCLDSTOP | SA_NOCLDWAIT), NULL);
}

void fault_install(struct signal_actions *actions)
{
        for (int sig = 1; sig <= SIGNALS; sig++) {
                struct host_sigaction old;

                if (!(SYNC_SIGNALS >> (sig - 1) & 1))
                        continue;
                set_action(sig, (u64)handler, SA_SIGINFO | SA_ONSTACK | SA_RESTART, &old);
                actions->action[sig].handler = old.handler == (u64)SIG_IGN ? old.handler : 0;
                actions->known |= 1UL << (sig - 1);
        }
}

u64 fault_host_handler(int sig)
{
        struct host_sigaction old = { 0 };

        sys_call4(__NR_rt_sigaction, sig, 0, (long)&old, 8);
        return old.handler == (u64)SIG_IGN ? old.handler : 0;
}
