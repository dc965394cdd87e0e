#include "engine/run/safe_syscall.h"
#include "engine/run/cpu.h"

#define ASM_FUNCTION __attribute__((naked, used, section("safe_text")))

extern const u8 safe_syscall_begin[], safe_syscall_point[], safe_syscall_back[];
extern const u8 safe_copy_begin[], safe_copy_end[], safe_copy_fault[];

/*
 * A signal before `point` was executed (or that the kernel restarts there) sends RIP to `back`. Nothing but RAX is needed there.
 */
ASM_FUNCTION long safe_syscall(long nr, long a, long b, long c, long d, long e, long f)
{
        asm volatile(".hidden safe_syscall_begin, safe_syscall_point, safe_syscall_back\n"
                     ".globl safe_syscall_begin, safe_syscall_point, safe_syscall_back\n"
                     "mov %%rdi, %%rax\n"
                     "mov %%rsi, %%rdi\n"
                     "mov %%rdx, %%rsi\n"
                     "mov %%rcx, %%rdx\n"
                     "mov %%r8, %%r10\n"
                     "mov %%r9, %%r8\n"
                     "mov 8(%%rsp), %%r9\n"
                     "safe_syscall_begin:\n"
                     "cmpl $0, %%fs:%c[pending]\n"
                     "jne safe_syscall_back\n"
                     "safe_syscall_point:\n"
                     "syscall\n"
                     "ret\n"
                     "safe_syscall_back:\n"
                     "mov $-%c[restart], %%rax\n"
                     "ret\n"
                     :
                     : [pending] "i"(offsetof(struct cpu, pending)), [restart] "i"(RESTART_IF_ASKED));
}

u64 safe_syscall_interrupted(u64 rip)
{
        return rip >= (u64)safe_syscall_begin && rip <= (u64)safe_syscall_point ? (u64)safe_syscall_back : 0;
}

/* RCX counts what is left in either loop, so that the fault's way out only has to add them. */
ASM_FUNCTION size_t safe_copy(void *dst, const void *src, size_t n)
{
        asm volatile(".hidden safe_copy_begin, safe_copy_end, safe_copy_fault\n"
                     ".globl safe_copy_begin, safe_copy_end, safe_copy_fault\n"
                     "mov %%rdx, %%rcx\n"
                     "shr $3, %%rcx\n"
                     "and $7, %%edx\n"
                     "cld\n"
                     "safe_copy_begin:\n"
                     "rep movsq\n"
                     "mov %%rdx, %%rax\n"
                     "1: test %%rax, %%rax\n"
                     "jz 2f\n"
                     "movzbl (%%rsi), %%r8d\n"
                     "mov %%r8b, (%%rdi)\n"
                     "inc %%rsi\n"
                     "inc %%rdi\n"
                     "dec %%rax\n"
                     "mov %%rax, %%rdx\n"
                     "jmp 1b\n"
                     "safe_copy_end:\n"
                     "safe_copy_fault:\n"
                     "lea (%%rdx, %%rcx, 8), %%rax\n"
                     "2: ret\n"
                     :
                     :);
}

u64 safe_copy_faulted(u64 rip)
{
        return rip >= (u64)safe_copy_begin && rip < (u64)safe_copy_end ? (u64)safe_copy_fault : 0;
}
