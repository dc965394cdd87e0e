/*
 * The Linux side of a guest process: what the system calls keep besides the kernel's own state, and how a handler of
 * syscall.def looks.
 */
#pragma once
#include "base/arena.h"
#include "engine/linux/options.h"
#include "engine/linux/vma.h"
#include "engine/run/process.h"
#include "engine/run/safe_syscall.h"

enum { PATH_SIZE = 4096 };

struct linux_state {
        struct process *process;
        struct arena arena;     /* what lives as long as the process, this as well */
        struct options options;
        struct vmas vmas;       /* executable guest memory */
        struct lock mm_lock;    /* vmas, brk, and the system calls that change mappings */
        gaddr brk_start, brk;   /* brk may lie inside a page */
        gaddr stack_low, stack_high;
        gaddr engine_low, engine_high; /* the engine's own image: not for the guest to unmap */
        gaddr arg_start, arg_end, env_start, env_end; /* the guest's strings on its first stack */
        gaddr auxv;             /* the guest's auxiliary vector ... */
        u32 auxv_size;          /* ... in bytes */
        i32 engine_fd;          /* our own executable, -1 when it is reached by /proc/self/exe */
        size_t prefix_len;
        char exe[PATH_SIZE];    /* absolute path of the guest program */
        const void *vdso_clock_gettime, *vdso_gettimeofday, *vdso_getcpu; /* the host's, or NULL */
};

static inline struct linux_state *linux_of(struct cpu *cpu)
{
        return cpu->process->linux;
}

/*
 * Every converted or emulated call is `long sys_NAME(struct cpu *)`: arguments in cpu->x[0..5], returns the result for x0 as the
 * kernel would, or one of the special values of process.h.
 */

/* Perform host call `nr` with the guest's arguments as they are. */
static inline long pass_syscall(struct cpu *cpu, long nr)
{
        const u64 *x = cpu->x;

        return safe_syscall(nr, x[0], x[1], x[2], x[3], x[4], x[5]);
}

/* Before anything is loaded: fill in what the kernel told us. */
void linux_state_init(struct linux_state *ls, const u64 *host_auxv);
/* Remember which program this is; fd is its file, `path` what it was called. */
void linux_state_set_exe(struct linux_state *ls, int fd, const char *path);
/* Connect with the run-time. */
void linux_state_attach(struct linux_state *ls, struct process *p);

/* Locks of this side around a fork; called by process_before_fork/after_fork's caller. */
void linux_before_fork(struct process *p);
void linux_after_fork(struct process *p);
