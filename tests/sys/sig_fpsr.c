/*
 * FPCR and FPSR in a signal's frame: what is pending in the host's own status is in it, the handler starts with its own work on top of them,
 * and what it writes into the frame is what the interrupted program finds.
 */
#include "sig_test.h"
#include <asm/sigcontext.h>

enum { IOC = 1, DZC = 2, OFC = 4, UFC = 8, IXC = 16, IDC = 128, QC = 1 << 27, FZ = 1 << 24, TOWARDS_ZERO = 3 << 22, UP = 1 << 22 };

static volatile unsigned seen_fpsr, seen_fpcr, new_fpsr, new_fpcr;
static volatile int change;
static volatile double third;

static struct fpsimd_context *fp_record(ucontext_t *uc)
{
        struct _aarch64_ctx *head = (struct _aarch64_ctx *)uc->uc_mcontext.__reserved;

        while (head->magic && head->magic != FPSIMD_MAGIC)
                head = (struct _aarch64_ctx *)((char *)head + head->size);
        return head->magic ? (struct fpsimd_context *)head : NULL;
}

static void handler(int sig, siginfo_t *info, void *context)
{
        ucontext_t *uc = context;
        struct fpsimd_context *fp = fp_record(uc);

        (void)info;
        seen_fpsr = fp->fpsr;
        seen_fpcr = fp->fpcr;
        third = 1.0 / third; /* raises IXC here */
        if (change) {
                fp->fpsr = new_fpsr;
                fp->fpcr = new_fpcr;
        }
        if (sig == SIGTRAP)
                uc->uc_mcontext.pc += 4;
}

static unsigned get_fpsr(void)
{
        unsigned long v;

        asm volatile("mrs %0, fpsr" : "=r"(v));
        return (unsigned)v;
}

static unsigned get_fpcr(void)
{
        unsigned long v;

        asm volatile("mrs %0, fpcr" : "=r"(v));
        return (unsigned)v;
}

static void set(unsigned fpcr, unsigned fpsr)
{
        asm volatile("msr fpcr, %0\nmsr fpsr, %1" ::"r"((unsigned long)fpcr), "r"((unsigned long)fpsr));
}

/* Divides and traps right behind it. */
static void divide_and_trap(double n, double d)
{
        asm volatile("fdiv d0, %d0, %d1\nbrk #1" ::"w"(n), "w"(d) : "d0", "memory");
}

static void expect(unsigned fpcr, double n, double d, unsigned flags)
{
        change = 0;
        third = 3.0;
        set(fpcr, 0);
        divide_and_trap(n, d);
        unsigned fpsr = get_fpsr(), now = get_fpcr();
        set(0, 0);
        if (seen_fpsr != flags || seen_fpcr != fpcr || fpsr != flags || now != fpcr)
                printf("%g / %g under %x: FPSR %x in the frame, %x after, not %x; FPCR %x, %x\n", n, d, fpcr, seen_fpsr, fpsr, flags, seen_fpcr, now);
        EXPECT(seen_fpsr == flags && fpsr == flags && seen_fpcr == fpcr && now == fpcr);
}

static void pending(void)
{
        expect(0, 1, 4, 0);
        expect(0, 1, 3, IXC);
        expect(TOWARDS_ZERO, 1, 0, DZC);
        expect(UP, 0, 0, IOC);
        expect(0, 1e300, 1e-300, OFC | IXC);
        expect(0, 1e-300, 1e300, UFC | IXC);
        expect(FZ, 1e-300, 1e300, UFC);
        expect(FZ, 1, 3, IXC);
        expect(FZ, 0x1p-1030, 1, IDC);
        expect(0, 0x1p-1030, 1, 0);
}

static void written(void)
{
        change = 1;
        third = 3.0;
        new_fpsr = IOC | QC | UFC;
        new_fpcr = TOWARDS_ZERO;
        set(0, 0);
        divide_and_trap(1, 3);
        EXPECT(get_fpsr() == (IOC | QC | UFC) && get_fpcr() == TOWARDS_ZERO);
        volatile double two = 2, d = 3;
        EXPECT(two / d == 0x1.5555555555555p-1); /* to nearest it ends in 5 as well ... */
        volatile double one = 1, ten = 10;
        EXPECT(one / ten == 0x1.9999999999999p-4); /* ... this one in a */
        set(0, 0);
        EXPECT(one / ten == 0x1.999999999999ap-4);
}

/* A timer's signals, at any instruction. */
static void anywhere(void)
{
        struct itimerval it = { { 0, 100 }, { 0, 100 } }, off = { { 0, 0 }, { 0, 0 } };

        change = 0;
        EXPECT(setitimer(ITIMER_REAL, &it, NULL) == 0);
        for (int i = 0; i < 20000; i++) {
                volatile double one = 1, zero = 0, x;

                third = 3.0;
                set(TOWARDS_ZERO, 0);
                x = one / zero;
                EXPECT(get_fpsr() == DZC);
                set(0, IDC);
                x = x - x;
                EXPECT(get_fpsr() == (IDC | IOC));
                set(FZ, 0);
                x = one / zero;
                EXPECT(get_fpsr() == DZC && get_fpcr() == FZ);
        }
        EXPECT(setitimer(ITIMER_REAL, &off, NULL) == 0);
        set(0, 0);
}

int main(void)
{
        on_signal(SIGTRAP, handler, 0);
        on_signal(SIGALRM, handler, SA_RESTART);
        pending();
        written();
        anywhere();
        puts("ok");
        return 0;
}
