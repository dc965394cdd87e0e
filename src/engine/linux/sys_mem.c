/* Memory calls: the host does them without execute permission, and what the guest may execute is recorded. */
#include "base/sys.h"
#include "engine/linux/handlers.h"
#include "engine/linux/linux.h"
#include "engine/linux/mapped_file.h"
#include "engine/run/code_mem.h"
#include "engine/run/invalidate.h"
#include <linux/ipc.h>
#include <linux/mman.h>
#include <linux/shm.h>

enum {
        PAGE = 4096,
        A64_PROT_BTI = 0x10, A64_PROT_MTE = 0x20,
        X86_MAP_32BIT = 0x40, /* means nothing on arm64 */
};

static u64 page_up(u64 v)
{
        return (v + PAGE - 1) & -(u64)PAGE;
}

/* Host protection for a guest's: no execution, but the engine reads code. BTI is not enforced; PROT_MTE fails without MTE. */
static long host_prot(u64 prot)
{
        prot &= ~(u64)A64_PROT_BTI;
        return prot & PROT_EXEC ? (prot & ~(u64)PROT_EXEC) | PROT_READ : prot;
}

/* May the guest replace or remove [start, start + len)? Our own image and the translations are none of its memory. */
static bool is_guests(struct linux_state *ls, gaddr start, u64 len)
{
        gaddr end = start + len;

        if (end < start || (start < ls->engine_high && end > ls->engine_low))
                return false;
        return !code_mem_overlaps(ls->process, start, len);
}

/* To be called after the change and without mm_lock, which the run-time must not wait for. */
static void tell_runtime(struct linux_state *ls, bool touched, gaddr start, u64 len, u64 prot)
{
        if (touched)
                code_range_changed(ls->process, start, len, prot);
}

long sys_mmap(struct cpu *cpu)
{
        struct linux_state *ls = linux_of(cpu);
        const u64 *x = cpu->x;
        u64 len = page_up(x[1]), prot = x[2];
        bool touched = false;
        long ret;

        if (x[5] & (PAGE - 1) || prot & A64_PROT_MTE)
                return -EINVAL;
        if (x[3] & (MAP_FIXED | MAP_FIXED_NOREPLACE) && !is_guests(ls, x[0], len))
                return x[3] & MAP_FIXED_NOREPLACE ? -EEXIST : -ENOMEM;
        lock_acquire(&ls->mm_lock);
        ret = safe_syscall(__NR_mmap, x[0], x[1], host_prot(prot), x[3] & ~(u64)X86_MAP_32BIT, x[4], x[5]);
        if (!sys_failed(ret))
                touched = vma_set(&ls->vmas, ret, ret + len, prot & 7);
        lock_release(&ls->mm_lock);
        tell_runtime(ls, touched, ret, len, prot & 7);
        if (!sys_failed(ret))
                mapped_file(ls->process, (int)x[4], ret, len, x[5], prot, x[3]);
        return ret;
}

long sys_munmap(struct cpu *cpu)
{
        struct linux_state *ls = linux_of(cpu);
        gaddr start = cpu->x[0];
        u64 len = page_up(cpu->x[1]);
        bool touched = false;
        long ret;

        if (!is_guests(ls, start, len))
                return -EINVAL;
        lock_acquire(&ls->mm_lock);
        ret = sys_call2(__NR_munmap, start, cpu->x[1]);
        if (!sys_failed(ret))
                touched = vma_set(&ls->vmas, start, start + len, 0);
        lock_release(&ls->mm_lock);
        tell_runtime(ls, touched, start, len, 0);
        return ret;
}

long sys_mprotect(struct cpu *cpu)
{
        struct linux_state *ls = linux_of(cpu);
        gaddr start = cpu->x[0];
        u64 len = page_up(cpu->x[1]), prot = cpu->x[2];
        bool touched = false;
        long ret;

        if (prot & A64_PROT_MTE)
                return -EINVAL;
        if (!is_guests(ls, start, len))
                return -ENOMEM;
        lock_acquire(&ls->mm_lock);
        ret = sys_call3(__NR_mprotect, start, cpu->x[1], host_prot(prot));
        if (!sys_failed(ret))
                touched = vma_set(&ls->vmas, start, start + len, prot & 7);
        lock_release(&ls->mm_lock);
        tell_runtime(ls, touched, start, len, prot & 7);
        return ret;
}

long sys_pkey_mprotect(struct cpu *cpu)
{
        return (i32)cpu->x[3] == -1 ? sys_mprotect(cpu) : -EINVAL;
}

/* There are no protection keys, as on every arm64 kernel up to 6.11. */
long sys_pkey_alloc(struct cpu *cpu)
{
        return cpu->x[0] ? -EINVAL : -ENOSPC;
}

long sys_pkey_free(struct cpu *cpu)
{
        return -EINVAL;
}

long sys_mremap(struct cpu *cpu)
{
        struct linux_state *ls = linux_of(cpu);
        const u64 *x = cpu->x;
        u64 old_len = page_up(x[1]), new_len = page_up(x[2]);
        const struct vma *v;
        bool left = false, came = false;
        u32 prot;
        long ret;

        if (!is_guests(ls, x[0], old_len) || (x[3] & MREMAP_FIXED && !is_guests(ls, x[4], new_len)))
                return -EINVAL;
        lock_acquire(&ls->mm_lock);
        v = vma_find(&ls->vmas, x[0]);
        prot = v ? v->prot : 0;
        ret = sys_call5(__NR_mremap, x[0], x[1], x[2], x[3], x[4]);
        if (!sys_failed(ret)) {
                if (!(x[3] & MREMAP_DONTUNMAP))
                        left = vma_set(&ls->vmas, x[0], x[0] + old_len, 0);
                came = vma_set(&ls->vmas, ret, ret + new_len, prot);
        }
        lock_release(&ls->mm_lock);
        tell_runtime(ls, left, x[0], old_len, 0);
        tell_runtime(ls, came, ret, new_len, prot);
        return ret;
}

static bool map_brk_pages(gaddr from, gaddr to)
{
        long ret = sys_call6(__NR_mmap, from, to - from, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

        if (!sys_failed(ret) && ret != (long)from)
                sys_call2(__NR_munmap, ret, to - from);
        return ret == (long)from;
}

static long set_brk(struct linux_state *ls, gaddr wanted)
{
        gaddr now = page_up(ls->brk), next = page_up(wanted);

        if (wanted < ls->brk_start || next < wanted)
                return ls->brk;
        if (next > now && !map_brk_pages(now, next))
                return ls->brk;
        if (next < now) {
                sys_call2(__NR_munmap, next, now - next);
                vma_set(&ls->vmas, next, now, 0); /* a heap that was made executable: rare enough to leave its translations */
        }
        ls->brk = wanted;
        return wanted;
}

long sys_brk(struct cpu *cpu)
{
        struct linux_state *ls = linux_of(cpu);
        long ret;

        lock_acquire(&ls->mm_lock);
        ret = set_brk(ls, cpu->x[0]);
        lock_release(&ls->mm_lock);
        return ret;
}

/* The size of a shared memory segment, 0 when it cannot be had. */
static u64 segment_size(u64 id)
{
        struct shmid64_ds ds;

        return sys_call3(__NR_shmctl, id, IPC_STAT, (long)&ds) < 0 ? 0 : page_up(ds.shm_segsz);
}

long sys_shmat(struct cpu *cpu)
{
        struct linux_state *ls = linux_of(cpu);
        u64 flags = cpu->x[2], len = segment_size(cpu->x[0]);
        u32 prot = flags & SHM_EXEC ? PROT_EXEC | PROT_READ | (flags & SHM_RDONLY ? 0 : PROT_WRITE) : 0;
        bool touched = false;
        long ret;

        if (flags & SHM_REMAP && !is_guests(ls, cpu->x[1], len))
                return -EINVAL;
        lock_acquire(&ls->mm_lock);
        ret = sys_call3(__NR_shmat, cpu->x[0], cpu->x[1], flags & ~(u64)SHM_EXEC);
        if (!sys_failed(ret) && len)
                touched = vma_set(&ls->vmas, ret, ret + len, prot);
        lock_release(&ls->mm_lock);
        tell_runtime(ls, touched, ret, len, prot);
        return ret;
}

/* An executable segment's record goes with the range that begins at its address. */
long sys_shmdt(struct cpu *cpu)
{
        struct linux_state *ls = linux_of(cpu);
        gaddr start = cpu->x[0], end = start;
        const struct vma *v;
        bool touched = false;
        long ret;

        lock_acquire(&ls->mm_lock);
        v = vma_find(&ls->vmas, start);
        if (v && v->start == start)
                end = v->end;
        ret = sys_call1(__NR_shmdt, start);
        if (!sys_failed(ret))
                touched = vma_set(&ls->vmas, start, end, 0);
        lock_release(&ls->mm_lock);
        tell_runtime(ls, touched, start, end - start, 0);
        return ret;
}
