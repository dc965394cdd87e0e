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
                     "mov $-%c[again], %%rax\n"
                     "ret\n"
                     :
                     : [pending] "i"(offsetof(struct cpu, pending)), [again] "i"(SYSCALL_AGAIN));
}

u64 safe_syscall_interrupted(u64 rip)
{
        return rip >= (u64)safe_syscall_begin && rip <= (u64)safe_syscall_point ? (u64)safe_syscall_back : 0;
}

/* RCX counts the bytes that are left, so that the way out after a fault knows. */
ASM_FUNCTION size_t safe_copy(void *dst, const void *src, size_t n)
{
        asm volatile(".hidden safe_copy_begin, safe_copy_end, safe_copy_fault\n"
                     ".globl safe_copy_begin, safe_copy_end, safe_copy_fault\n"
                     "mov %%rdx, %%rcx\n"
                     "cld\n"
                     "safe_copy_begin:\n"
                     "cmp $512, %%rcx\n"
                     "jae 3f\n"
                     "1: cmp $8, %%rcx\n"
                     "jb 2f\n"
                     "mov (%%rsi), %%rax\n"
                     "mov %%rax, (%%rdi)\n"
                     "add $8, %%rsi\n"
                     "add $8, %%rdi\n"
                     "sub $8, %%rcx\n"
                     "jmp 1b\n"
                     "2: test %%rcx, %%rcx\n"
                     "jz safe_copy_end\n"
                     "mov (%%rsi), %%al\n"
                     "mov %%al, (%%rdi)\n"
                     "inc %%rsi\n"
                     "inc %%rdi\n"
                     "dec %%rcx\n"
                     "jmp 2b\n"
                     "3: rep movsb\n"
                     "safe_copy_end:\n"
                     "safe_copy_fault:\n"
                     "mov %%rcx, %%rax\n"
                     "ret\n"
                     :
                     :);
}

extern const u8 safe_load_begin[], safe_load_fault[];

ASM_FUNCTION bool safe_load(u32 *word, gaddr from)
{
        asm volatile(".hidden safe_load_begin, safe_load_fault\n"
                     ".globl safe_load_begin, safe_load_fault\n"
                     "safe_load_begin:\n"
                     "mov (%%rsi), %%edx\n"
                     "mov %%edx, (%%rdi)\n"
                     "mov $1, %%eax\n"
                     "ret\n"
                     "safe_load_fault:\n"
                     "xor %%eax, %%eax\n"
                     "ret\n"
                     :
                     :);
}

u64 safe_copy_faulted(u64 rip)
{
        if (rip >= (u64)safe_load_begin && rip < (u64)safe_load_fault)
                return (u64)safe_load_fault;
        return rip >= (u64)safe_copy_begin && rip < (u64)safe_copy_end ? (u64)safe_copy_fault : 0;
}
