/* From a guest's svc to the handler that syscall.def names. */
#include "base/sys.h"
#include "engine/linux/handlers.h"
#include "engine/linux/linux.h"
#include "engine/linux/strace.h"

enum { HOST_NOSYS = 0, HOST_OURS = 1, HOST_PASS = 2 };

/* Per arm64 number: HOST_NOSYS, HOST_OURS, or the host's number + HOST_PASS. */
static const u16 host_number[] = {
#define PASS(nr, name, host, args) [nr] = (host) + HOST_PASS,
#define NOSYS(nr, name, args, reason) [nr] = HOST_NOSYS,
#define CONVERT(nr, name, args) [nr] = HOST_OURS,
#define EMULATE CONVERT
#define SIGNALS CONVERT
#include "engine/linux/syscall.def"
#undef PASS
#undef NOSYS
#undef CONVERT
#undef EMULATE
#undef SIGNALS
};

static long call_ours(struct cpu *cpu, u64 nr)
{
        switch (nr) {
#define PASS(nr, name, host, args)
#define NOSYS(nr, name, args, reason)
#define CONVERT(nr, name, args) case nr: return sys_##name(cpu);
#define EMULATE CONVERT
#define SIGNALS CONVERT
#include "engine/linux/syscall.def"
#undef PASS
#undef NOSYS
#undef CONVERT
#undef EMULATE
#undef SIGNALS
        default: return -ENOSYS;
        }
}

static long dispatch(struct cpu *cpu)
{
        u64 nr = cpu->x[8];
        u16 host = nr < ARRAY_LEN(host_number) ? host_number[nr] : HOST_NOSYS;

        if (host >= HOST_PASS)
                return pass_syscall(cpu, host - HOST_PASS);
        return host == HOST_OURS ? call_ours(cpu, nr) : -ENOSYS;
}

long linux_syscall(struct cpu *cpu)
{
        long ret;

        if (LIKELY(!linux_of(cpu)->options.strace))
                return dispatch(cpu);
        strace_enter(cpu);
        ret = dispatch(cpu);
        strace_leave(cpu, ret);
        return ret;
}
