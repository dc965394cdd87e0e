/*
 * The frame a handler finds on its stack, as the arm64 kernel lays it out (arch/arm64/kernel/signal.c,
 * uapi/asm/sigcontext.h), and the way back.
 */
#include "engine/linux/signal.h"
#include "base/mem.h"
#include "base/sys.h"
#include "engine/fp/fpsr.h"
#include "engine/run/enter.h"
#include "engine/run/process.h"
#include "engine/run/safe_syscall.h"

enum {
        FPSIMD_MAGIC = 0x46508001,
        ESR_MAGIC = 0x45535201,
        EXTRA_MAGIC = 0x45585401,
        RESERVED_SIZE = 4096,
};

struct context_head {
        u32 magic, size;
};

struct fpsimd_context {
        struct context_head head;
        u32 fpsr, fpcr;
        v128 v[32];
};

struct esr_context {
        struct context_head head;
        u64 esr;
};

struct guest_stack {
        u64 sp;
        i32 flags;
        u64 size;
};

struct guest_sigcontext {
        u64 fault_address;
        u64 x[31];
        u64 sp, pc, pstate;
        u8 reserved[RESERVED_SIZE] __attribute__((aligned(16)));
};

struct guest_ucontext {
        u64 flags, link;
        struct guest_stack stack;
        u64 mask;
        u8 unused[120];
        struct guest_sigcontext context __attribute__((aligned(16)));
};

struct frame {
        u8 info[128];
        struct guest_ucontext uc;
};

/* Above the frame: what x29 points to, so that a walk along the frame pointers goes on into the interrupted code. */
struct frame_record {
        u64 fp, lr;
};

_Static_assert(offsetof(struct frame, uc.context) == 128 + 176, "struct ucontext of arm64");
_Static_assert(offsetof(struct frame, uc.context.reserved) == 128 + 464, "struct sigcontext of arm64");
_Static_assert(sizeof(struct fpsimd_context) == 528, "struct fpsimd_context of arm64");

/* Host form of the flags (cpu.h) to PSTATE and back. */
static u64 pstate_of(u16 nzcv)
{
        return (u64)(nzcv >> 15 & 1) << 31 | (u64)(nzcv >> 14 & 1) << 30 | (u64)(nzcv >> 8 & 1) << 29 | (u64)(nzcv & 1) << 28;
}

static u16 nzcv_of(u64 pstate)
{
        return (u16)((pstate >> 31 & 1) << 15 | (pstate >> 30 & 1) << 14 | (pstate >> 29 & 1) << 8 | (pstate >> 28 & 1));
}

static void put_contexts(struct cpu *cpu, struct guest_sigcontext *c, u64 esr)
{
        struct fpsimd_context *fp = (void *)c->reserved;
        struct context_head *end = (void *)(fp + 1);

        fp->head = (struct context_head){ FPSIMD_MAGIC, sizeof *fp };
        fp->fpsr = fpsr_read(cpu);
        fp->fpcr = cpu->fpcr;
        enter_save_vectors(cpu);
        memcpy(fp->v, cpu->v, sizeof fp->v);
        if (esr) {
                struct esr_context *e = (void *)end;

                e->head = (struct context_head){ ESR_MAGIC, sizeof *e };
                e->esr = esr;
                end = (void *)(e + 1);
        }
        *end = (struct context_head){ 0, 0 };
}

static void put_state(struct cpu *cpu, struct guest_ucontext *uc, gaddr fault_address, u64 esr)
{
        struct thread *t = cpu->thread;

        uc->stack = (struct guest_stack){ t->altstack_sp, (i32)t->altstack_flags, t->altstack_size };
        uc->mask = t->have_saved_mask ? t->saved_mask : t->sigmask;
        uc->context.fault_address = fault_address;
        memcpy(uc->context.x, cpu->x, sizeof uc->context.x);
        uc->context.sp = cpu->x[31];
        uc->context.pc = cpu->pc;
        uc->context.pstate = pstate_of(cpu->nzcv);
        put_contexts(cpu, &uc->context, esr);
}

static void set_handler_state(struct cpu *cpu, int sig, const struct guest_sigaction *act, u64 sp, u64 record)
{
        struct thread *t = cpu->thread;

        cpu->x[0] = (u64)sig;
        if (act->flags & SA_SIGINFO) {
                cpu->x[1] = sp + offsetof(struct frame, info);
                cpu->x[2] = sp + offsetof(struct frame, uc);
        }
        cpu->x[29] = record;
        cpu->x[30] = act->flags & SA_RESTORER ? act->restorer : cpu->process->sigtramp;
        cpu->x[31] = sp;
        cpu->pc = act->handler;
        cpu->excl_addr = ~0UL;
        t->have_saved_mask = false;
        t->sigmask |= act->mask | (act->flags & SA_NODEFER ? 0 : SIGNAL_BIT(sig));
        for (int i = 0; i < SIGNAL_QUEUE; i++)
                t->queue[i].held = true;
        if (t->altstack_flags & SS_AUTODISARM)
                signal_set_altstack(t, 0, 0, SS_DISABLE, 0);
}

bool signal_enter_handler(struct cpu *cpu, const siginfo_t *info, const struct guest_sigaction *act, gaddr fault_address, u64 esr)
{
        u64 record = ((signal_frame_sp(cpu, act->flags) & ~15UL) - sizeof(struct frame_record)) & ~15UL;
        u64 sp = (record - sizeof(struct frame)) & ~15UL;
        struct frame_record link;
        struct frame f;

        memset(&f, 0, sizeof f);
        memcpy(f.info, info, sizeof f.info);
        put_state(cpu, &f.uc, fault_address, esr);
        link = (struct frame_record){ cpu->x[29], cpu->x[30] };
        if (!guest_write(sp, &f, sizeof f) || !guest_write(record, &link, sizeof link))
                return false;
        if (act->flags & SA_RESETHAND)
                signal_reset_handler(cpu, info->si_signo);
        set_handler_state(cpu, info->si_signo, act, sp, record);
        return true;
}

/* The first fpsimd_context among the records; they lie in `reserved` and each has a size that is a multiple of 16. */
static const struct fpsimd_context *find_fpsimd(const struct guest_sigcontext *c)
{
        for (u32 at = 0; at + sizeof(struct fpsimd_context) <= RESERVED_SIZE;) {
                const struct context_head *h = (const void *)(c->reserved + at);

                if (h->magic == FPSIMD_MAGIC)
                        return h->size == sizeof(struct fpsimd_context) ? (const void *)h : NULL;
                if (h->magic == 0 || h->size < sizeof *h || h->size & 15)
                        return NULL;
                at += h->size;
        }
        return NULL;
}

static void take_state(struct cpu *cpu, const struct guest_ucontext *uc, const struct fpsimd_context *fp)
{
        const struct guest_sigcontext *c = &uc->context;

        memcpy(cpu->x, c->x, sizeof c->x);
        cpu->x[31] = c->sp;
        cpu->pc = c->pc;
        cpu->nzcv = nzcv_of(c->pstate);
        cpu->excl_addr = ~0UL;
        memcpy(cpu->v, fp->v, sizeof fp->v);
        enter_load_vectors(cpu);
        fpcr_write(cpu, fp->fpcr);
        fpsr_write(cpu, fp->fpsr);
}

long sys_rt_sigreturn(struct cpu *cpu);
long sys_rt_sigreturn(struct cpu *cpu)
{
        struct frame f;
        const struct fpsimd_context *fp;
        u64 sp = cpu->x[31];

        fp = sp & 15 || !guest_read(&f, sp, sizeof f) ? NULL : find_fpsimd(&f.uc.context);
        if (!fp) {
                cpu->pc -= 4;
                signal_fault(cpu, SIGSEGV, SEGV_MAPERR, sp, 0);
                return SYSCALL_NO_RESULT;
        }
        if (!signal_set_mask(cpu, f.uc.mask))
                return -SYSCALL_AGAIN;
        take_state(cpu, &f.uc, fp);
        signal_set_altstack(cpu->thread, cpu->x[31], f.uc.stack.sp, (u32)f.uc.stack.flags, f.uc.stack.size);
        return SYSCALL_NO_RESULT;
}
