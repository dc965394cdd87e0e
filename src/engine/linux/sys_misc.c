/* Identity of the machine, personality, prctl, System V semaphores. */
#include "base/mem.h"
#include "base/str.h"
#include "base/sys.h"
#include "engine/linux/handlers.h"
#include "engine/linux/linux.h"
#include <linux/ipc.h>
#include <linux/personality.h>
#include <linux/prctl.h>
#include <linux/sem.h>
#include <linux/utsname.h>

#ifndef PR_GET_SHADOW_STACK_STATUS
#define PR_GET_SHADOW_STACK_STATUS 74
#define PR_LOCK_SHADOW_STACK_STATUS 76
#endif

long sys_uname(struct cpu *cpu)
{
        struct new_utsname u;
        long ret = sys_call1(__NR_uname, (long)&u);

        if (ret)
                return ret;
        memset(u.machine, 0, sizeof u.machine);
        str_copy(u.machine, sizeof u.machine, "aarch64");
        return guest_write(cpu->x[0], &u, sizeof u) ? 0 : -EFAULT;
}

/* A processor without 32-bit mode refuses PER_LINUX32 (arm64's sys_arm64_personality). */
long sys_personality(struct cpu *cpu)
{
        u32 p = cpu->x[0];

        if ((p & PER_MASK) == PER_LINUX32 && p != 0xffffffff)
                return -EINVAL;
        return pass_syscall(cpu, __NR_personality);
}

/* Nothing is left to restart: blocks that the kernel restarts are restarted in the host. */
long sys_restart_syscall(struct cpu *cpu)
{
        return -EINTR;
}

long sys_prctl(struct cpu *cpu)
{
        switch ((u32)cpu->x[0]) {
        case PR_SET_TSC:                   /* x86 only */
        case PR_GET_TSC:
        case PR_SET_SYSCALL_USER_DISPATCH: /* would see the host's calls */
        case PR_SET_SECCOMP:               /* as a kernel without it; filters name arm64 call numbers */
        case PR_GET_SECCOMP:
        case PR_SET_MM:                    /* addresses of the guest are none of the host's program */
        case PR_SVE_SET_VL ... PR_SVE_GET_VL:
        case PR_PAC_RESET_KEYS:
        case PR_SET_TAGGED_ADDR_CTRL ... PR_GET_TAGGED_ADDR_CTRL:
        case PR_PAC_SET_ENABLED_KEYS ... PR_PAC_GET_ENABLED_KEYS:
        case 63 ... 64: /* PR_SME_SET_VL, PR_SME_GET_VL */
        case PR_GET_SHADOW_STACK_STATUS ... PR_LOCK_SHADOW_STACK_STATUS:
                return -EINVAL;
        default:
                return pass_syscall(cpu, __NR_prctl);
        }
}

/* asm-generic/sembuf.h with 64-bit long; x86 has a word behind each time. */
struct a64_semid {
        struct ipc64_perm perm;
        i64 otime, ctime;
        u64 nsems, unused[2];
};

static long sem_stat(struct cpu *cpu)
{
        struct semid64_ds h;
        struct a64_semid g = { 0 };
        long ret = sys_call4(__NR_semctl, cpu->x[0], cpu->x[1], cpu->x[2], (long)&h);

        if (ret < 0)
                return ret;
        g.perm = h.sem_perm;
        g.otime = h.sem_otime;
        g.ctime = h.sem_ctime;
        g.nsems = h.sem_nsems;
        return guest_write(cpu->x[3], &g, sizeof g) ? ret : -EFAULT;
}

static long sem_set(struct cpu *cpu)
{
        struct semid64_ds h;
        struct a64_semid g;

        if (!guest_read(&g, cpu->x[3], sizeof g))
                return -EFAULT;
        memset(&h, 0, sizeof h);
        h.sem_perm = g.perm;
        return sys_call4(__NR_semctl, cpu->x[0], cpu->x[1], cpu->x[2], (long)&h);
}

long sys_semctl(struct cpu *cpu)
{
        switch ((u32)cpu->x[2]) {
        case IPC_STAT:
        case SEM_STAT:
        case SEM_STAT_ANY: return sem_stat(cpu);
        case IPC_SET: return sem_set(cpu);
        default: return pass_syscall(cpu, __NR_semctl);
        }
}
