/* Code at the end of a page whose neighbour cannot be executed: all instructions before the end run, and the fault is the next page's. test: static */
#include "sig_test.h"

enum { PAGE = 4096, RET = 0xd65f03c0, MOVZ_X0 = 0xd2800000, MOVZ_X1 = 0xd2800001, CBZ_X0_BACK_2 = 0xb4ffffc0 };

static volatile unsigned long fault_pc, x0_seen, x1_seen;
static void *volatile fault_address;
static volatile int fault_code;

static void fault(int sig, siginfo_t *info, void *context)
{
        ucontext_t *uc = context;

        (void)sig;
        fault_pc = uc->uc_mcontext.pc;
        fault_address = info->si_addr;
        fault_code = info->si_code;
        x0_seen = uc->uc_mcontext.regs[0];
        x1_seen = uc->uc_mcontext.regs[1];
        uc->uc_mcontext.pc = uc->uc_mcontext.regs[30];
}

static uint32_t *first;

/* Writes words at the end of the first page. */
static void (*put(const uint32_t *words, int count))(long)
{
        uint32_t *at = first + PAGE / 4 - count;

        EXPECT(mprotect(first, PAGE, PROT_READ | PROT_WRITE) == 0);
        memcpy(at, words, (size_t)count * 4);
        __builtin___clear_cache((char *)at, (char *)(at + count));
        EXPECT(mprotect(first, PAGE, PROT_READ | PROT_EXEC) == 0);
        return (void (*)(long))at;
}

static void expect_fault(void (*code)(long), long argument, int si_code, unsigned long x0, unsigned long x1)
{
        fault_pc = 0;
        code(argument);
        EXPECT(fault_pc == (unsigned long)first + PAGE);
        EXPECT(fault_address == (char *)first + PAGE);
        EXPECT(fault_code == si_code);
        EXPECT(x0_seen == x0 && x1_seen == x1);
}

static void expect_none(void (*code)(long), long argument)
{
        fault_pc = 0;
        code(argument);
        EXPECT(!fault_pc);
}

int main(void)
{
        static const uint32_t line[] = { MOVZ_X0 | 1 << 5, MOVZ_X1 | 2 << 5 }, branch[] = { RET, MOVZ_X1 | 3 << 5, CBZ_X0_BACK_2 }, ret = RET;
        void (*code)(long);
        char *second;

        first = mmap(NULL, 2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        EXPECT(first != MAP_FAILED);
        second = (char *)first + PAGE;
        on_signal(SIGSEGV, fault, 0);

        code = put(line, 2);
        expect_fault(code, 0, SEGV_ACCERR, 1, 2);
        EXPECT(mprotect(second, PAGE, PROT_READ | PROT_WRITE) == 0);
        memcpy(second, &ret, 4);
        __builtin___clear_cache(second, second + 4);
        expect_fault(code, 0, SEGV_ACCERR, 1, 2); /* readable is not executable */
        EXPECT(mprotect(second, PAGE, PROT_READ | PROT_EXEC) == 0);
        expect_none(code, 0);
        EXPECT(mprotect(second, PAGE, PROT_READ) == 0);
        expect_fault(code, 0, SEGV_ACCERR, 1, 2); /* what was translated is gone */
        EXPECT(munmap(second, PAGE) == 0);
        expect_fault(code, 0, SEGV_MAPERR, 1, 2);

        code = (void (*)(long))((uint32_t *)put(branch, 3) + 1);
        expect_none(code, 0); /* taken: the word behind is nobody's business */
        expect_fault(code, 7, SEGV_MAPERR, 7, 3);
        expect_none(code, 0);
        puts("ok");
        return 0;
}
