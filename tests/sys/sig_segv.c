/* A fault shows all registers exactly, and the handler's changes hold. test: static */
#include "sig_test.h"

static volatile int seen;

/* Registers get known values, then a load faults; the handler skips it and changes registers. */
uint64_t faulting(uint64_t *before, uint64_t *after);
asm(".text\n"
    ".globl faulting\n"
    "faulting:\n"
    "stp x29, x30, [sp, #-112]!\n"
    "stp x19, x20, [sp, #16]\nstp x21, x22, [sp, #32]\nstp x23, x24, [sp, #48]\nstp x25, x26, [sp, #64]\nstp x27, x28, [sp, #80]\n"
    "stp x0, x1, [sp, #96]\n"
    "mov x2, #2\nmov x3, #3\nmov x4, #4\nmov x5, #5\nmov x6, #6\nmov x7, #7\nmov x8, #8\nmov x9, #9\nmov x10, #10\nmov x11, #11\n"
    "mov x12, #12\nmov x13, #13\nmov x14, #14\nmov x15, #15\nmov x16, #16\nmov x17, #17\nmov x19, #19\nmov x20, #20\nmov x21, #21\n"
    "mov x22, #22\nmov x23, #23\nmov x24, #24\nmov x25, #25\nmov x26, #26\nmov x27, #27\nmov x28, #28\nmov x30, #30\n"
    "fmov d0, #1.0\nfmov d8, #2.0\nfmov d15, #3.0\nfmov d16, #4.0\nfmov d31, #5.0\n"
    "mov x0, #0x1000\n"
    "cmp x2, #3\n"
    ".globl fault_here\n"
    "fault_here:\n"
    "ldr x1, [x0, #8]\n"
    "add x2, x2, x19\n"
    "add x2, x2, x1\n"
    "cset x3, eq\n"
    "add x2, x2, x3\n"
    "fcvtzs x3, d16\n"
    "add x2, x2, x3\n"
    "fcvtzs x3, d3\n"
    "add x2, x2, x3\n"
    "mov x0, x2\n"
    "ldp x19, x20, [sp, #16]\nldp x21, x22, [sp, #32]\nldp x23, x24, [sp, #48]\nldp x25, x26, [sp, #64]\nldp x27, x28, [sp, #80]\n"
    "ldp x29, x30, [sp], #112\n"
    "ret\n");
extern char fault_here[];

static void handler(int sig, siginfo_t *info, void *context)
{
        ucontext_t *uc = context;
        mcontext_t *m = &uc->uc_mcontext;
        struct fpsimd_context *fp = (void *)m->__reserved;

        seen++;
        EXPECT(sig == SIGSEGV && info->si_code == SEGV_MAPERR && info->si_addr == (void *)0x1008);
        EXPECT(m->fault_address == 0x1008);
        EXPECT(m->pc == (uint64_t)fault_here);
        for (int i = 2; i < 31; i++)
                if (i != 18 && i != 29)
                        EXPECT(m->regs[i] == (uint64_t)i);
        EXPECT(m->regs[0] == 0x1000);
        EXPECT(m->pstate >> 28 == 8); /* 2 < 3: N */
        EXPECT(fp->head.magic == FPSIMD_MAGIC);
        double d[5] = { 1, 2, 3, 4, 5 };
        int r[5] = { 0, 8, 15, 16, 31 };
        for (int i = 0; i < 5; i++)
                EXPECT(memcmp(&fp->vregs[r[i]], &d[i], 8) == 0 && (uint64_t)(fp->vregs[r[i]] >> 64) == 0);
        m->pc += 4;
        m->regs[1] = 100;
        m->regs[19] = 1000;
        m->pstate = 4ul << 28; /* Z */
        double ten = 10, twenty = 20;
        memcpy(&fp->vregs[16], &ten, 8);
        memcpy(&fp->vregs[3], &twenty, 8);
}

static sigjmp_buf env;

static void jump_out(int sig, siginfo_t *info, void *context)
{
        siglongjmp(env, 1 + (info->si_code == SEGV_ACCERR));
}

static void access_write(volatile char *p)
{
        *p = 1;
}

int main(void)
{
        on_signal(SIGSEGV, handler, 0);
        for (int i = 1; i <= 1000; i++) {
                EXPECT(faulting(0, 0) == 2 + 1000 + 100 + 1 + 10 + 20);
                EXPECT(seen == i);
        }
        on_signal(SIGSEGV, jump_out, 0);
        char *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        for (volatile int i = 0; i < 1000; i++) {
                int r = sigsetjmp(env, 1);
                if (r == 0) {
                        access_write(i & 1 ? page : NULL);
                        EXPECT(0);
                }
                EXPECT(r == 1 + (i & 1));
        }
        /* a jump to nowhere, to data, to an odd address */
        if (sigsetjmp(env, 1) == 0)
                ((void (*)(void))8)();
        if (sigsetjmp(env, 1) == 0)
                ((void (*)(void))page)();
        on_signal(SIGBUS, jump_out, 0);
        if (sigsetjmp(env, 1) == 0)
                ((void (*)(void))((char *)main + 2))();
        on_signal(SIGILL, jump_out, 0);
        if (sigsetjmp(env, 1) == 0) {
                asm volatile("udf #0");
                EXPECT(0);
        }
        on_signal(SIGTRAP, jump_out, 0);
        if (sigsetjmp(env, 1) == 0) {
                asm volatile("brk #1");
                EXPECT(0);
        }
        puts("ok");
        return 0;
}
