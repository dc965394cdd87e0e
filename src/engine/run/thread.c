#include "engine/run/thread.h"
#include "base/arena.h"
#include "base/mem.h"
#include "base/sys.h"
#include "engine/run/enter.h"
#include "engine/run/process.h"
#include <linux/mman.h>
#include <asm/prctl.h>

/*
 * The mapping, upwards: guard, return stack, guard, engine stack, guard, handler stack, cpu + thread, jump cache. Above the return
 * stack's sentinel lies room that thread_shift_return_stack and a helper's pop may look at.
 */
enum {
        PAGE = 4096,
        TOP_SLACK = 1024,
        STATE_SIZE = (sizeof(struct cpu) + sizeof(struct thread) + 2 * PAGE) & ~(PAGE - 1),
        JUMP_CACHE_SIZE = sizeof(struct jump_cache_entry) << JUMP_CACHE_BITS,
        THREAD_SIZE = 3 * PAGE + RETURN_STACK_SIZE + ENGINE_STACK_SIZE + HANDLER_STACK_SIZE + STATE_SIZE + JUMP_CACHE_SIZE,
        KEEP_PREDICTED = 512, /* bytes of the return stack that survive an overflow */
};

static void set_thunks(struct cpu *cpu)
{
        cpu->thunk_exit = thunk_exit;
        cpu->thunk_link = thunk_link;
        cpu->thunk_indirect = thunk_indirect;
        cpu->thunk_return = thunk_return;
        cpu->thunk_svc = thunk_svc;
        cpu->thunk_help_i = thunk_help_i;
        cpu->thunk_help_q = thunk_help_q;
        cpu->thunk_stale = thunk_stale;
}

static void guard(u8 *page)
{
        sys_call3(__NR_mprotect, (long)page, PAGE, PROT_NONE);
}

static void enlist(struct cpu *cpu)
{
        struct process *p = cpu->process;

        lock_acquire(&p->lock);
        cpu->generation = p->generation;
        cpu->next = p->cpus;
        p->cpus = cpu;
        lock_release(&p->lock);
}

struct cpu *thread_create(struct process *p)
{
        long base = sys_call6(__NR_mmap, 0, THREAD_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        u8 *at = (u8 *)base;
        struct cpu *cpu;
        struct thread *t;
        u64 *sentinel;

        if (sys_failed(base))
                return NULL;
        guard(at);
        guard(at + PAGE + RETURN_STACK_SIZE);
        guard(at + 2 * PAGE + RETURN_STACK_SIZE + ENGINE_STACK_SIZE);
        cpu = (struct cpu *)(at + 3 * PAGE + RETURN_STACK_SIZE + ENGINE_STACK_SIZE + HANDLER_STACK_SIZE);
        t = (struct thread *)(cpu + 1);
        t->base = at;
        t->size = THREAD_SIZE;
        t->return_guard = at;
        t->handler_stack = (u8 *)cpu - HANDLER_STACK_SIZE;
        sentinel = (u64 *)(at + PAGE + RETURN_STACK_SIZE - TOP_SLACK);
        sentinel[0] = (u64)thunk_sentinel;
        sentinel[1] = RETURN_SENTINEL;
        cpu->ret_stack = cpu->ret_stack_top = sentinel;
        cpu->engine_stack = at + 2 * PAGE + RETURN_STACK_SIZE + ENGINE_STACK_SIZE;
        cpu->jump_cache = (struct jump_cache_entry *)((u8 *)cpu + STATE_SIZE);
        cpu->jump_cache[0].pc = cpu->jump_cache[1].pc = ~0UL; /* no entry matches address 0 */
        cpu->excl_addr = ~0UL;
        cpu->self = cpu;
        cpu->process = p;
        cpu->thread = t;
        set_thunks(cpu);
        enlist(cpu);
        return cpu;
}

void thread_unlist(struct cpu *cpu)
{
        struct process *p = cpu->process;
        struct cpu **link = &p->cpus;

        lock_acquire(&p->lock);
        while (*link != cpu)
                link = &(*link)->next;
        *link = cpu->next;
        lock_release(&p->lock);
}

void thread_free(struct cpu *cpu)
{
        thread_unlist(cpu);
        sys_call2(__NR_munmap, (long)cpu->thread->base, (long)cpu->thread->size);
}

void thread_clear_jump_cache(struct cpu *cpu)
{
        memset(cpu->jump_cache, 0, JUMP_CACHE_SIZE);
        cpu->jump_cache[0].pc = cpu->jump_cache[1].pc = ~0UL; /* no entry matches address 0 */
}

void thread_reset_return_stack(struct cpu *cpu)
{
        cpu->ret_stack = cpu->ret_stack_top;
}

/* Also what lies on top of the pairs moves along, so that the interrupted instruction can be done again. */
u64 thread_shift_return_stack(struct cpu *cpu, u64 rsp)
{
        u8 *to = (u8 *)cpu->ret_stack_top - KEEP_PREDICTED;

        to += (rsp & 15);
        memmove(to, (void *)rsp, KEEP_PREDICTED - (rsp & 15));
        return (u64)to;
}

void thread_attach(struct cpu *cpu)
{
        stack_t stack = { .ss_sp = cpu->thread->handler_stack, .ss_size = HANDLER_STACK_SIZE };

        sys_call2(__NR_arch_prctl, ARCH_SET_FS, (long)cpu);
        sys_call2(__NR_sigaltstack, (long)&stack, 0);
        cpu->thread->tid = (i32)sys_call0(__NR_gettid);
}
