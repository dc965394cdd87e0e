#include "base/out.h"
#include "base/str.h"
#include "base/sys.h"
#include "engine/linux/linux.h"
#include "engine/linux/stack.h"
#include "engine/linux/host_vdso.h"
#include <linux/auxvec.h>
#include <linux/fcntl.h>
#include <linux/mman.h>

extern const char __ehdr_start[] __attribute__((visibility("hidden")));
extern const char _end[] __attribute__((visibility("hidden")));

void linux_state_init(struct linux_state *ls, const u64 *host_auxv)
{
        vmas_init(&ls->vmas);
        ls->engine_fd = ls->options.engine_fd;
        if (ls->engine_fd >= 0)
                sys_call3(__NR_fcntl, ls->engine_fd, F_SETFD, FD_CLOEXEC);
        ls->prefix_len = ls->options.prefix ? str_len(ls->options.prefix) : 0;
        ls->engine_low = (gaddr)__ehdr_start & -4096UL;
        ls->engine_high = ((gaddr)_end + 4095) & -4096UL;
        host_vdso_find(ls, auxv_get(host_auxv, AT_SYSINFO_EHDR, 0));
}

/* The path by which /proc knows the file; without /proc, what we were given, made absolute. */
void linux_state_set_exe(struct linux_state *ls, int fd, const char *path)
{
        char link[40], cwd[PATH_SIZE];
        struct out o = { .fd = -1, .cap = sizeof link - 1, .buf = link };
        long n;

        out_printf(&o, "/proc/self/fd/%d", fd);
        link[o.len] = 0;
        n = sys_call4(__NR_readlinkat, AT_FDCWD, (long)link, (long)ls->exe, sizeof ls->exe - 1);
        if (n > 0 && ls->exe[0] == '/') {
                ls->exe[n] = 0;
                return;
        }
        ls->exe[0] = 0;
        if (path[0] != '/' && sys_call2(__NR_getcwd, (long)cwd, sizeof cwd) > 0) {
                str_copy(ls->exe, sizeof ls->exe, cwd);
                str_append(ls->exe, sizeof ls->exe, "/");
        }
        str_append(ls->exe, sizeof ls->exe, path);
}

void linux_state_attach(struct linux_state *ls, struct process *p)
{
        ls->process = p;
        p->linux = ls;
        if (p->sigtramp)
                vma_set(&ls->vmas, p->sigtramp, p->sigtramp + 4096, PROT_READ | PROT_EXEC);
}

void linux_before_fork(struct process *p)
{
        lock_acquire(&p->linux->mm_lock);
}

void linux_after_fork(struct process *p)
{
        lock_release(&p->linux->mm_lock);
}

/* Data pages are not recorded: only whether there is something has to be found out. */
static bool is_mapped(gaddr addr)
{
        u8 resident;

        return sys_call3(__NR_mincore, addr & -4096UL, 4096, (long)&resident) != -ENOMEM;
}

int guest_prot(struct process *p, gaddr addr)
{
        struct linux_state *ls = p->linux;
        const struct vma *v;
        int prot = -1;

        lock_acquire(&ls->mm_lock);
        v = vma_find(&ls->vmas, addr);
        if (v)
                prot = v->prot;
        lock_release(&ls->mm_lock);
        if (prot < 0 && is_mapped(addr))
                prot = PROT_READ | PROT_WRITE;
        return prot;
}
