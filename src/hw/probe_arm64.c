/* What an arm64 processor and kernel tell a program. */
#include "hw/probe.h"

#include <errno.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>

/* include/uapi/linux/prctl.h; older headers lack them. */
enum { SVE_SET_VL = 50, SVE_GET_VL = 51, SME_SET_VL = 63, SME_GET_VL = 64, VL_MASK = 0xffff, VL_MAX = 8192 };

/* The largest vector length: the kernel rounds down what is asked for. Put back afterwards. */
static void vector_length(struct probe *p, const char *name, int get, int set)
{
        int before = prctl(get, 0, 0, 0, 0);
        if (before < 0)
                return;
        int most = prctl(set, VL_MAX, 0, 0, 0);
        prctl(set, before & VL_MASK, 0, 0, 0);
        probe_put(p, name, "%d", 8 * ((most < 0 ? before : most) & VL_MASK));
}

/* Only a kernel whose processors run AArch32 at EL0 takes this personality (arch/arm64/kernel/sys.c). */
static void aarch32(struct probe *p)
{
        int before = personality(0xffffffff);
        int got = before < 0 ? -1 : personality(PER_LINUX32);
        probe_put(p, "aarch32_el0", "%s", got >= 0 ? "yes" : errno == EINVAL ? "no" : strerror(errno));
        if (got >= 0)
                personality((unsigned long)before);
}

void probe_processor(struct probe *p)
{
        u64 hz;
        asm("mrs %0, cntfrq_el0" : "=r"(hz));
        probe_put(p, "timer_hz", "%llu", (unsigned long long)hz);
        vector_length(p, "sve_bits", SVE_GET_VL, SVE_SET_VL);
        vector_length(p, "sme_bits", SME_GET_VL, SME_SET_VL);
        aarch32(p);
}

#define X8(i)  i i i i i i i i
#define X64(i) X8(X8(i))

void probe_chain(unsigned kind, u64 rounds)
{
        u64 a = rounds | 1, b = 0x9e3779b97f4a7c15, n = rounds;
        if (kind == 0)
                asm volatile("1:\n\t" X64("add %0, %0, %1\n\t") "subs %2, %2, #1\n\tb.ne 1b" : "+r"(a), "+r"(b), "+r"(n) : : "cc");
        else if (kind == 1)
                asm volatile("1:\n\t" X64("eor %0, %0, %1\n\t") "subs %2, %2, #1\n\tb.ne 1b" : "+r"(a), "+r"(b), "+r"(n) : : "cc");
        else
                asm volatile("1:\n\t" X64("adcs %0, %0, %1\n\t") "subs %2, %2, #1\n\tb.ne 1b" : "+r"(a), "+r"(b), "+r"(n) : : "cc");
}
