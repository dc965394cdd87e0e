/* Exclusive, ordered and atomic accesses fault when not aligned; plain ones do not. A pc that is no multiple of 4 faults. test: static */
#include "sig_test.h"

static volatile int seen;
static sigjmp_buf out;
static siginfo_t last;
static uint64_t last_pc, last_x5, last_nzcv;

static void handler(int sig, siginfo_t *info, void *context)
{
        mcontext_t *m = &((ucontext_t *)context)->uc_mcontext;

        seen++;
        last = *info;
        last_pc = m->pc;
        last_x5 = m->regs[5];
        last_nzcv = m->pstate >> 28;
        siglongjmp(out, 1);
}

static unsigned char bytes[64] __attribute__((aligned(64)));

#define TRY(text, offset, faults) \
        do { \
                int before = seen; \
                uint64_t here = 0; \
                unsigned char *p = bytes + (offset); \
                if (!sigsetjmp(out, 1)) { \
                        asm volatile("mov x4, #0\nmov x6, #0\nmov x5, #77\ncmp x5, #78\nadr x9, 1f\nstr x9, %0\n1: " text "\nmrs x9, nzcv" : "=m"(here) : "r"(p) \
                                     : "x4", "x5", "x6", "x7", "x8", "x9", "cc", "memory"); \
                } \
                if (seen - before != (faults)) { \
                        printf("%s at offset %d: %d faults\n", text, offset, seen - before); \
                        exit(1); \
                } \
                if (faults) \
                        EXPECT(last.si_code == BUS_ADRALN && last.si_addr == p && last_pc == here && last_x5 == 77 && last_nzcv == 8); \
        } while (0)

#define BOTH(text, size) \
        do { \
                TRY(text, 16, 0); \
                TRY(text, 17, (size) > 1); \
                TRY(text, 16 + (size) / 2, (size) > 1); \
        } while (0)

int main(void)
{
        on_signal(SIGBUS, handler, 0);
        BOTH("ldxr w7, [%1]\nclrex", 4);
        BOTH("ldxrb w7, [%1]\nclrex", 1);
        BOTH("stxr w8, x7, [%1]", 8);
        BOTH("ldxp x7, x8, [%1]\nclrex", 16);
        BOTH("ldxp w7, w8, [%1]\nclrex", 8);
        BOTH("stlxp w6, w7, w8, [%1]", 8);
        BOTH("ldar x7, [%1]", 8);
        BOTH("ldarh w7, [%1]", 2);
        BOTH("ldapr w7, [%1]", 4);
        BOTH("ldapur w7, [%1]", 4);
        BOTH("stlr w7, [%1]", 4);
        BOTH("stlrb w7, [%1]", 1);
        BOTH("ldadd w7, w7, [%1]", 4);
        BOTH("ldclralh w7, w8, [%1]", 2);
        BOTH("swp x7, x8, [%1]", 8);
        BOTH("casal x7, x8, [%1]", 8);
        BOTH("casp x6, x7, x4, x5, [%1]", 16);
        BOTH("casp w6, w7, w4, w5, [%1]", 8);
        TRY("ldr x7, [%1]", 17, 0);
        TRY("ldp x7, x8, [%1]", 17, 0);
        TRY("ldr q7, [%1]", 17, 0);

        if (!sigsetjmp(out, 1))
                asm volatile("adr x7, 1f + 2\nbr x7\n1: nop" : : : "x7");
        else
                EXPECT(last.si_code == BUS_ADRALN && (last_pc & 3) == 2 && last.si_addr == (void *)last_pc);
        EXPECT(last_pc & 3);
        return 0;
}
