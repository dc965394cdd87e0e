#include "engine/run/enter.h"
#include "engine/fp/helper.h"
#include "engine/host/regmap.h"
#include "engine/run/process.h"
#include "engine/run/thread.h"
#include <asm/unistd_64.h>

/*
 * Written as naked functions so that offsets of struct cpu come from the compiler. All lie in one section: enter_contains().
 * RBP is cpu + CPU_BIAS in all of them.
 */
#define ASM_FUNCTION __attribute__((naked, used, section("enter_text")))
#define FIELD(f) "i"(offsetof(struct cpu, f) - CPU_BIAS)
#define FIELDS                                                                                                                            \
        [x] FIELD(x), [pc] FIELD(pc), [pending] FIELD(pending), [ret] FIELD(ret_stack), [top] FIELD(ret_stack_top),                       \
                [stack] FIELD(engine_stack), [jump_cache] FIELD(jump_cache), [in_helper] FIELD(in_helper), [harg] FIELD(harg),            \
                [hret] FIELD(hret), [thread] FIELD(thread), [stepping] "i"(offsetof(struct thread, stepping)), [bias] "i"(CPU_BIAS),      \
                [jc_mask] "i"((1 << JUMP_CACHE_BITS) - 1)

/* PINNED_GPRS as text. */
#define NAME_R_RDI "%%rdi"
#define NAME_R_RSI "%%rsi"
#define NAME_R_R8 "%%r8"
#define NAME_R_R9 "%%r9"
#define NAME_R_R10 "%%r10"
#define NAME_R_R11 "%%r11"
#define NAME_R_RBX "%%rbx"
#define NAME_R_R12 "%%r12"
#define NAME_R_R13 "%%r13"
#define NAME_R_R14 "%%r14"
#define NAME_R_R15 "%%r15"
#define SAVE_PIN(g, h) "mov " NAME_##h ", %c[x] + 8 * " #g "(%%rbp)\n"
#define LOAD_PIN(g, h) "mov %c[x] + 8 * " #g "(%%rbp), " NAME_##h "\n"
#define SAVE_GPRS PINNED_GPRS(SAVE_PIN)
#define LOAD_GPRS PINNED_GPRS(LOAD_PIN)

/* To C: state into cpu, the engine's stack, cpu as first argument. */
#define TO_C SAVE_GPRS "mov %%rsp, %c[ret](%%rbp)\nmov %c[stack](%%rbp), %%rsp\nlea -%c[bias](%%rbp), %%rdi\ncld\n"

_Static_assert(__builtin_offsetof(struct cpu, x) < 256, "the hot fields are reached with a byte");

/* RAX: where to go on. A signal that came while C ran is seen here; one that comes later finds RIP in this section and steps. */
ASM_FUNCTION static void enter_tail(void)
{
        asm volatile("cmpl $0, %c[pending](%%rbp)\n"
                     "jne enter_dispatch\n"
                     "mov %c[ret](%%rbp), %%rsp\n" LOAD_GPRS "jmp *%%rax\n"
                     :
                     : FIELDS);
}

ASM_FUNCTION void enter_dispatch(void)
{
        asm volatile("mov %c[stack](%%rbp), %%rsp\n"
                     "lea -%c[bias](%%rbp), %%rdi\n"
                     "cld\n"
                     "call run_dispatch\n"
                     "jmp enter_tail\n"
                     :
                     : FIELDS);
}

ASM_FUNCTION void enter_first(struct cpu *cpu)
{
        asm volatile("lea %c[bias](%%rdi), %%rbp\n"
                     "jmp enter_dispatch\n"
                     :
                     : FIELDS);
}

ASM_FUNCTION void thunk_exit(void)
{
        asm volatile(TO_C "call run_dispatch\njmp enter_tail\n" : : FIELDS);
}

/* The return address is the exit's record; beneath it the stack is as the target block wants it. */
ASM_FUNCTION void thunk_link(void)
{
        asm volatile("pop %%rax\n" TO_C "mov %%rax, %%rsi\n"
                     "call run_link\n"
                     "jmp enter_tail\n"
                     :
                     : FIELDS);
}

/* The jump cache's second way is the neighbouring entry (run_indirect). */
ASM_FUNCTION void thunk_indirect(void)
{
        asm volatile("mov %c[jump_cache](%%rbp), %%rdx\n"
                     "mov %%eax, %%ecx\n"
                     "shr $2, %%ecx\n"
                     "and $%c[jc_mask], %%ecx\n"
                     "xor $1, %%ecx\n"
                     "shl $4, %%ecx\n"
                     "cmp %%rax, (%%rdx, %%rcx)\n"
                     "jne 1f\n"
                     "jmp *8(%%rdx, %%rcx)\n"
                     "1: mov %%rax, %c[pc](%%rbp)\n" TO_C "call run_indirect\n"
                     "jmp enter_tail\n"
                     :
                     : FIELDS);
}

ASM_FUNCTION void thunk_stale(void)
{
        asm volatile("pop %%rax\n" TO_C "mov %%rax, %%rsi\n"
                     "call run_stale\n"
                     "jmp enter_tail\n"
                     :
                     : FIELDS);
}

/* Look for the caller a little further up: longjmp and tail calls leave frames behind. Pairs: host address, guest address. */
ASM_FUNCTION void thunk_return(void)
{
        asm volatile("mov %%rsp, %%rdx\n"
                     "mov $64, %%ecx\n"
                     "1: cmp %%rax, 8(%%rdx)\n"
                     "je 2f\n"
                     "add $16, %%rdx\n"
                     "cmp %c[top](%%rbp), %%rdx\n"
                     "jae 3f\n"
                     "dec %%ecx\n"
                     "jnz 1b\n"
                     "3: mov %c[top](%%rbp), %%rsp\n"
                     "mov %%eax, %%ecx\n"
                     "shr $2, %%ecx\n"
                     "and $%c[jc_mask], %%ecx\n"
                     "shl $4, %%ecx\n"
                     "add %c[jump_cache](%%rbp), %%rcx\n"
                     "cmp %%rax, (%%rcx)\n"
                     "jne thunk_indirect\n"
                     "jmp *8(%%rcx)\n"
                     "2: mov %%rdx, %%rsp\n"
                     "ret\n"
                     :
                     : FIELDS);
}

/* The host address beside RETURN_SENTINEL: only a guest that returns to that very address comes here. */
ASM_FUNCTION void thunk_sentinel(void)
{
        asm volatile("mov %c[top](%%rbp), %%rsp\n"
                     "mov 8(%%rsp), %%rax\n"
                     "jmp thunk_indirect\n"
                     :
                     : FIELDS);
}

ASM_FUNCTION void thunk_svc(void)
{
        asm volatile(TO_C "call run_svc\njmp enter_tail\n" : : FIELDS);
}

/*
 * The return address stays on top of the return stack: it tells the guest instruction should the helper fault. A signal that came
 * meanwhile makes the code single-step to the next instruction boundary (fault.c, step_on).
 */
#define HELPER_LEAVE                                                                                                                      \
        "movl $0, %c[in_helper](%%rbp)\n"                                                                                                 \
        "mov %c[ret](%%rbp), %%rsp\n"                                                                                                     \
        "mov %c[x] + 8 * 0(%%rbp), %%rdi\nmov %c[x] + 8 * 1(%%rbp), %%rsi\nmov %c[x] + 8 * 2(%%rbp), %%r8\n"                              \
        "mov %c[x] + 8 * 3(%%rbp), %%r9\nmov %c[x] + 8 * 4(%%rbp), %%r10\nmov %c[x] + 8 * 5(%%rbp), %%r11\n"                              \
        "cmpl $0, %c[pending](%%rbp)\n"                                                                                                   \
        "jne 1f\n"                                                                                                                        \
        "ret\n"                                                                                                                           \
        "1: mov %c[thread](%%rbp), %%rcx\n"                                                                                               \
        "movl $1, %c[stepping](%%rcx)\n"                                                                                                  \
        "pushf\n"                                                                                                                         \
        "orl $0x100, (%%rsp)\n"                                                                                                           \
        "popf\n"                                                                                                                          \
        "ret\n"

ASM_FUNCTION void thunk_help_i(void)
{
        asm volatile(TO_C "movl $1, %c[in_helper](%%rbp)\n"
                     "mov %c[harg](%%rbp), %%rsi\n"
                     "mov %c[harg] + 8(%%rbp), %%rdx\n"
                     "mov %c[harg] + 16(%%rbp), %%rcx\n"
                     "lea helper_table(%%rip), %%r8\n"
                     "mov %%eax, %%eax\n"
                     "call *(%%r8, %%rax, 8)\n"
                     "mov %%rax, %c[hret](%%rbp)\n" HELPER_LEAVE
                     :
                     : FIELDS);
}

ASM_FUNCTION void thunk_help_q(void)
{
        asm volatile(TO_C "movl $1, %c[in_helper](%%rbp)\n"
                     "sub $16, %%rsp\n"
                     "mov %%eax, (%%rsp)\n"
                     "mov %%rsp, %%rsi\n"
                     "movzwl %%ax, %%eax\n"
                     "lea helper_table(%%rip), %%r8\n"
                     "call *(%%r8, %%rax, 8)\n" HELPER_LEAVE
                     :
                     : FIELDS);
}

/* ---- vectors ---- */

#define FIELDS_V [v] "i"(offsetof(struct cpu, v)), [mxcsr] "i"(offsetof(struct cpu, mxcsr))
#define SAVE_VECTOR(g, h) "vmovups %%xmm" #h ", %c[v] + 16 * " #g "(%%rdi)\n"
#define LOAD_VECTOR(g, h) "vmovups %c[v] + 16 * " #g "(%%rdi), %%xmm" #h "\n"

ASM_FUNCTION static void save_avx2(struct cpu *cpu)
{
        asm volatile(PINNED_XMM_AVX2(SAVE_VECTOR) "ret\n" : : FIELDS_V);
}

ASM_FUNCTION static void save_avx512(struct cpu *cpu)
{
        asm volatile(PINNED_XMM_AVX512(SAVE_VECTOR) "ret\n" : : FIELDS_V);
}

ASM_FUNCTION static void load_avx2(struct cpu *cpu)
{
        asm volatile(PINNED_XMM_AVX2(LOAD_VECTOR) "ldmxcsr %c[mxcsr](%%rdi)\nret\n" : : FIELDS_V);
}

ASM_FUNCTION static void load_avx512(struct cpu *cpu)
{
        asm volatile(PINNED_XMM_AVX512(LOAD_VECTOR) "ldmxcsr %c[mxcsr](%%rdi)\n"
                                                    "mov $1, %%eax\nkmovw %%eax, %%k1\nmov $3, %%eax\nkmovw %%eax, %%k2\nret\n"
                     :
                     : FIELDS_V);
}

void enter_save_vectors(struct cpu *cpu)
{
        (cpu->process->avx512 ? save_avx512 : save_avx2)(cpu);
}

void enter_load_vectors(struct cpu *cpu)
{
        (cpu->process->avx512 ? load_avx512 : load_avx2)(cpu);
}

/* ---- threads ---- */

#define FIELDS_THREAD                                                                                                                     \
        [stack] "i"(offsetof(struct cpu, engine_stack)), [bias] "i"(CPU_BIAS), [nr_clone] "i"(__NR_clone), [nr_clone3] "i"(__NR_clone3),  \
                [nr_munmap] "i"(__NR_munmap), [nr_exit] "i"(__NR_exit)

/* The call: the parent returns; the child has its own stack or, after a fork, a copy of ours, and RBX carries its cpu over. */
#define CLONE_AND_PART "syscall\n" \
        "test %%rax, %%rax\n" \
        "jz 1f\n" \
        "pop %%rbx\n" \
        "ret\n" \
        "1: lea %c[bias](%%rbx), %%rbp\n" \
        "mov %c[stack](%%rbx), %%rsp\n" \
        "mov %%rbx, %%rdi\n" \
        "call thread_child_starts\n" \
        "jmp enter_dispatch\n"

ASM_FUNCTION long enter_clone(long flags, void *stack, long ptid, long ctid, struct cpu *child)
{
        asm volatile("push %%rbx\n"
                     "mov %%r8, %%rbx\n"
                     "mov %%rcx, %%r10\n"
                     "mov $%c[nr_clone], %%eax\n" CLONE_AND_PART
                     :
                     : FIELDS_THREAD);
}

ASM_FUNCTION long enter_clone3(void *args, size_t size, struct cpu *child)
{
        asm volatile("push %%rbx\n"
                     "mov %%rdx, %%rbx\n"
                     "mov $%c[nr_clone3], %%eax\n" CLONE_AND_PART
                     :
                     : FIELDS_THREAD);
}

ASM_FUNCTION void enter_exit_thread(void *base, size_t size, long code)
{
        asm volatile("mov %%rdx, %%rbx\n"
                     "mov $%c[nr_munmap], %%eax\n"
                     "syscall\n"
                     "mov %%rbx, %%rdi\n"
                     "mov $%c[nr_exit], %%eax\n"
                     "syscall\n"
                     "hlt\n"
                     :
                     : FIELDS_THREAD);
}

extern const u8 __start_enter_text[], __stop_enter_text[];

bool enter_contains(u64 rip)
{
        return rip - (u64)__start_enter_text < (u64)(__stop_enter_text - __start_enter_text);
}
