/* Helpers of the integer instructions. */
#include "base/sys.h"
#include "engine/fp/helper.h"

enum { CLOCK_MONOTONIC = 1 };

u64 help_get_cntvct(struct cpu *cpu, u64 a, u64 b, u64 c)
{
        struct {
                i64 sec, nsec;
        } now = { 0, 0 };
        (void)cpu, (void)a, (void)b, (void)c;
        sys_call2(__NR_clock_gettime, CLOCK_MONOTONIC, (long)&now);
        return (u64)now.sec * 1000000000 + (u64)now.nsec;
}
