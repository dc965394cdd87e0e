/* The dispatcher: what happens whenever generated code cannot go on by itself. */
#include "engine/guest/lift.h"
#include "engine/host/host.h"
#include "engine/linux/signal.h"
#include "engine/run/block.h"
#include "engine/run/code_mem.h"
#include "engine/run/enter.h"
#include "engine/run/fault.h"
#include "engine/run/invalidate.h"
#include "engine/run/process.h"
#include "engine/run/reclaim.h"
#include "engine/run/safe_syscall.h"
#include "engine/run/thread.h"
#include "engine/run/translate.h"
#include "base/out.h"
#include <asm/errno.h>

static gaddr untagged(gaddr a)
{
        return (gaddr)((i64)(a << 8) >> 8);
}

/* Guest code at cpu->pc cannot be fetched. */
static void fetch_failed(struct cpu *cpu, enum fetch_result why)
{
        switch (why) {
        case FETCH_UNMAPPED: signal_fault(cpu, SIGSEGV, SEGV_MAPERR, cpu->pc, ESR_FETCH_MAP); break;
        case FETCH_NOT_EXECUTABLE: signal_fault(cpu, SIGSEGV, SEGV_ACCERR, cpu->pc, ESR_FETCH_PERM); break;
        case FETCH_BUS_ERROR: signal_fault(cpu, SIGBUS, BUS_ADRERR, cpu->pc, ESR_FETCH_MAP); break;
        default: die(126, "no memory for translated code near guest address %lx", cpu->pc);
        }
}

static void trapped(struct cpu *cpu)
{
        unsigned reason = cpu->exit_reason;

        cpu->exit_reason = EXIT_DISPATCH;
        if (reason == EXIT_UNDEFINED)
                signal_fault(cpu, SIGILL, ILL_ILLOPC, cpu->pc, 0);
        else if (reason == EXIT_BRK)
                signal_fault(cpu, SIGTRAP, TRAP_BRKPT, cpu->pc, ESR_BRK);
        else if (reason == EXIT_MISALIGNED)
                signal_fault(cpu, SIGBUS, BUS_ADRALN, untagged(cpu->harg[0]), ESR_DATA_ALIGN | (cpu->harg[1] ? ESR_WRITE : 0));
        else if (reason == EXIT_LEARN_FP)
                code_site_changed(cpu->process, cpu->pc, SITE_FP_EXPLICIT);
        else if (reason == EXIT_FETCH_FAULT)
                fetch_failed(cpu, FETCH_UNMAPPED);
}

static void *code_here(struct cpu *cpu)
{
        enum fetch_result why;
        void *code;

        cpu->pc = untagged(cpu->pc); /* a branch drops the tag (Arm ARM J1.1, AArch64.BranchAddr) */
        if (UNLIKELY(cpu->pc & 3)) {
                signal_fault(cpu, SIGBUS, BUS_ADRALN, cpu->pc, ESR_PC_ALIGN);
                return NULL;
        }
        code = code_get(cpu, cpu->pc, &why);
        if (UNLIKELY(!code))
                fetch_failed(cpu, why);
        return code;
}

void *run_dispatch(struct cpu *cpu)
{
        for (;;) {
                void *code;

                cpu->in_helper = 0;
                if (cpu->thread->fault.waiting)
                        fault_resolve(cpu);
                if (cpu->exit_reason)
                        trapped(cpu);
                if (cpu->pending)
                        signal_deliver(cpu);
                if (reclaim_waits(cpu))
                        reclaim_pass(cpu);
                code = code_here(cpu);
                if (code)
                        return code;
        }
}

static struct jump_cache_entry *jump_cache_slot(struct cpu *cpu)
{
        return &cpu->jump_cache[cpu->pc >> 2 & ((1u << JUMP_CACHE_BITS) - 1)];
}

/* What stood there moves to the neighbour, where thunk_indirect looks. */
static void jump_cache_put(struct cpu *cpu, void *code)
{
        struct jump_cache_entry *e = jump_cache_slot(cpu);

        if (e->code)
                cpu->jump_cache[(e - cpu->jump_cache) ^ 1] = *e;
        *e = (struct jump_cache_entry){ .pc = cpu->pc, .code = code };
}

/* An address with a tag, too, is for run_dispatch(). */
static bool is_plain(gaddr pc)
{
        return !(pc & 3) && !(pc >> 56);
}

void *run_indirect(struct cpu *cpu)
{
        enum fetch_result why;
        void *code = NULL;

        if (reclaim_waits(cpu))
                reclaim_pass(cpu);
        if (is_plain(cpu->pc))
                code = code_get(cpu, cpu->pc, &why);
        if (UNLIKELY(!code))
                return run_dispatch(cpu);
        jump_cache_put(cpu, code);
        return code;
}

/*
 * A field that lies in one cache line is written at once for every processor; another one only while nobody else runs. With the lock:
 * where the exit leads to may be leaving, and then no region that stays is to lead there.
 */
static void link_exit(struct cpu *cpu, u8 *field, const u8 *code)
{
        struct process *p = cpu->process;
        i64 displacement = code - (field + 4);

        if (displacement != (i32)displacement)
                return;
        if (((u64)field & 63) > 60 && __atomic_load_n(&p->thread_count, __ATOMIC_RELAXED) > 1)
                return;
        lock_acquire(&p->lock);
        if (!reclaim_waits(cpu)) {
                code_mem_tie(p, field, code);
                __atomic_store_n((i32 *)field, (i32)displacement, __ATOMIC_RELEASE);
        }
        lock_release(&p->lock);
}

void *run_link(struct cpu *cpu, void *record)
{
        const struct exit_record *exit = record;
        enum fetch_result why;
        void *code;

        cpu->pc = (u64)record + (u64)exit->target;
        if (reclaim_waits(cpu)) /* the record is going */
                return run_dispatch(cpu);
        code = cpu->pc & 3 ? NULL : code_get(cpu, cpu->pc, &why);
        if (UNLIKELY(!code))
                return run_dispatch(cpu);
        link_exit(cpu, (u8 *)record + exit->patch, code);
        return code;
}

/* `entry`: behind the call that was patched in. Later jumps to a block that is not valid any more then find its successor directly. */
void *run_stale(struct cpu *cpu, u8 *entry)
{
        struct block_ref b = block_of(cpu->process, (u64)entry);
        enum fetch_result why;
        void *code;

        check(b.block != NULL);
        cpu->pc = block_pc(b);
        if (reclaim_waits(cpu))
                return run_dispatch(cpu);
        if (block_settle(cpu->process, b))
                return block_entry(b);
        code = code_get(cpu, cpu->pc, &why);
        if (UNLIKELY(!code))
                return run_dispatch(cpu);
        block_forward(cpu->process, b, code);
        jump_cache_put(cpu, code);
        return code;
}

/* Result of the call into x0, or the call is to be done again after the signal that interrupted it. */
static void finish_svc(struct cpu *cpu, u64 x0, long result)
{
        if (result == SYSCALL_NO_RESULT)
                return;
        if (UNLIKELY(result == -SYSCALL_AGAIN)) {
                cpu->x[0] = x0;
                cpu->pc -= 4;
                return;
        }
        cpu->x[0] = (u64)result;
}

void *run_svc(struct cpu *cpu)
{
        u64 x0 = cpu->x[0];
        struct jump_cache_entry *e;
        long result;

        reclaim_enter_syscall(cpu);
        result = linux_syscall(cpu);

        /* The kernel could not write a page that we watch for changed code. */
        if (UNLIKELY(result == -EFAULT && cpu->process->watched_pages) && code_pages_release(cpu->process))
                result = linux_syscall(cpu);
        reclaim_leave_syscall(cpu);
        finish_svc(cpu, x0, result);
        if (UNLIKELY(cpu->pending) || reclaim_waits(cpu))
                return run_dispatch(cpu);
        e = jump_cache_slot(cpu);
        return LIKELY(e->pc == cpu->pc) ? e->code : run_indirect(cpu);
}
