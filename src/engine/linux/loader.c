#include "engine/linux/loader.h"
#include "engine/linux/mapped_file.h"
#include "base/arena.h"
#include "base/mem.h"
#include "base/out.h"
#include "base/str.h"
#include "base/sys.h"
#include "engine/linux/path.h"
#include <asm/stat.h>
#include <linux/fcntl.h>
#include <linux/mman.h>

/* Where a position-independent program goes: 2/3 of the address space as the kernel has it, moved by up to 64 GiB. */
#define PIE_BASE 0x555555554000UL
#define PIE_RANDOM_PAGES ((64UL << 30) / ELF_PAGE)

/* An ELF file being loaded. */
struct image {
        struct elf_file elf;
        const char *name;
        int fd;
        u64 size;       /* of the file */
        u32 mode;
        u64 bias;       /* added to linked addresses */
        u8 head[1024];  /* the file's beginning; most program headers lie in it */
        struct elf64_phdr *more; /* program headers that do not */
        size_t more_size;
        struct loaded *out;
};

int loader_open(const char *path, struct err *e)
{
        long fd = sys_call4(__NR_openat, AT_FDCWD, (long)path, O_RDONLY | O_CLOEXEC, 0);

        if (fd == -ENOENT || fd == -ENOTDIR)
                return err_set(e, fd == -ENOENT ? 127 : 126, "%s: %s; check the program's path", path, err_name(fd));
        if (sys_failed(fd))
                return err_set(e, 126, "cannot open %s: %s", path, err_name(fd));
        return fd;
}

static long read_at(int fd, void *buf, size_t n, u64 offset)
{
        size_t done = 0;

        while (done < n) {
                long r = sys_call4(__NR_pread64, fd, (long)buf + done, n - done, offset + done);

                if (r == -EINTR)
                        continue;
                if (r < 0)
                        return r;
                if (r == 0)
                        break;
                done += r;
        }
        return done;
}

static int read_phdrs(struct image *m, struct err *e)
{
        u64 offset = m->elf.ehdr.e_phoff;
        size_t n = m->elf.ehdr.e_phnum * sizeof(struct elf64_phdr);

        if (offset % 8 == 0 && offset + n <= sizeof m->head)
                return elf_check_phdrs(&m->elf, (void *)(m->head + offset), m->size, m->name, e);
        m->more_size = n;
        m->more = pages_alloc(n);
        if (read_at(m->fd, m->more, n, offset) != (long)n)
                return err_set(e, 126, "cannot read the program headers of %s; copy it again", m->name);
        return elf_check_phdrs(&m->elf, m->more, m->size, m->name, e);
}

/* "#!interpreter ...": only the kernel and execve run scripts. 127 when the interpreter is missing, as shells say it. */
static int refuse_script(const struct image *m, long len, struct err *e)
{
        char interpreter[256];
        size_t n = 0;
        long at = 2;

        while (at < len && (m->head[at] == ' ' || m->head[at] == '\t'))
                at++;
        while (at < len && n < sizeof interpreter - 1 && m->head[at] > ' ')
                interpreter[n++] = (char)m->head[at++];
        interpreter[n] = 0;
        if (!n)
                return err_set(e, 126, "%s is a script that names no interpreter after #!; write it there", m->name);
        if (sys_failed(sys_call3(__NR_faccessat, AT_FDCWD, (long)interpreter, 0)))
                return err_set(e, 127, "%s is a script for %s, which is not there; install it or change the first line", m->name, interpreter);
        return err_set(e, 126, "%s is a script, not a program; run %s with it as argument", m->name, interpreter);
}

static int read_image(struct image *m, int fd, const char *name, struct err *e)
{
        struct stat st;
        long n;

        m->fd = fd;
        m->name = name;
        m->more = NULL;
        n = sys_call2(__NR_fstat, fd, (long)&st);
        if (sys_failed(n))
                return err_set(e, 126, "cannot examine %s: %s", name, err_name(n));
        if ((st.st_mode & 0170000) != 0100000)
                return err_set(e, 126, "%s is %s, not a program", name, (st.st_mode & 0170000) == 0040000 ? "a directory" : "a special file");
        m->size = st.st_size;
        m->mode = st.st_mode;
        n = read_at(fd, m->head, sizeof m->head, 0);
        if (n < 0)
                return err_set(e, 126, "cannot read %s: %s", name, err_name(n));
        if (n > 2 && m->head[0] == '#' && m->head[1] == '!')
                return refuse_script(m, n, e);
        if (elf_check_header(&m->elf, m->head, n, m->size, name, e))
                return -1;
        return read_phdrs(m, e);
}

static void free_image(struct image *m)
{
        if (m->more)
                pages_free(m->more, m->more_size);
}

static long map_reserve(u64 addr, u64 size, int flags)
{
        return sys_call6(__NR_mmap, addr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | flags, -1, 0);
}

static u64 random_pie_base(void)
{
        u64 r = 0;

        sys_call3(__NR_getrandom, (long)&r, sizeof r, 1 /* GRND_NONBLOCK */);
        return PIE_BASE + r % PIE_RANDOM_PAGES * ELF_PAGE;
}

/* An address range for all of a position-independent image: `base` is wanted, 0 means anywhere. */
static long reserve_anywhere(struct image *m, u64 base)
{
        u64 size = m->elf.high - m->elf.low, align = m->elf.align;
        long addr;

        if (base) {
                addr = map_reserve((base + align - 1) & -align, size, MAP_FIXED_NOREPLACE);
                if (!sys_failed(addr))
                        return addr;
        }
        addr = map_reserve(0, size + align - ELF_PAGE, 0);
        if (!sys_failed(addr) && align > ELF_PAGE) {
                u64 start = (addr + align - 1) & -align, end = addr + size + align - ELF_PAGE;

                if (start > (u64)addr)
                        sys_call2(__NR_munmap, addr, start - addr);
                if (end > start + size)
                        sys_call2(__NR_munmap, start + size, end - start - size);
                addr = start;
        }
        return addr;
}

static int reserve_image(struct image *m, u64 base, struct err *e)
{
        u64 size = m->elf.high - m->elf.low;
        long addr;

        if (m->elf.dynamic_base) {
                addr = reserve_anywhere(m, base);
                if (sys_failed(addr))
                        return err_set(e, 126, "there are no %lu KiB of address space for %s; raise the memory limit (ulimit -v)", size >> 10, m->name);
                m->bias = addr - m->elf.low;
                return 0;
        }
        addr = map_reserve(m->elf.low, size, MAP_FIXED_NOREPLACE);
        if (addr == -EPERM && m->elf.low < 65536)
                return err_set(e, 126, "%s wants to be loaded at 0x%lx, below the limit of this host; lower it (sysctl vm.mmap_min_addr=%lu)",
                               m->name, m->elf.low, m->elf.low);
        if (sys_failed(addr))
                return err_set(e, 126, "cannot load %s at its fixed address 0x%lx (%lu KiB): %s; build it position independent (-fPIE -pie)",
                               m->name, m->elf.low, size >> 10, err_name(addr));
        m->bias = 0;
        return 0;
}

static int guest_prot_of(const struct elf64_phdr *p)
{
        return (p->p_flags & PF_R ? PROT_READ : 0) | (p->p_flags & PF_W ? PROT_WRITE : 0) | (p->p_flags & PF_X ? PROT_EXEC : 0);
}

/* Guest code is data for the host. */
static int host_prot_of(int prot)
{
        return prot & PROT_EXEC ? (prot & ~PROT_EXEC) | PROT_READ : prot;
}

static int map_failed(struct image *m, long error, struct err *e)
{
        return err_set(e, 126, "cannot map %s into memory: %s", m->name, err_name(error));
}

/* Zero what lies behind the file's part in its last page, and map the pages behind that. */
static int map_bss(struct image *m, const struct elf64_phdr *p, u64 file_end, u64 mem_end, int prot, struct err *e)
{
        static const u8 zeros[ELF_PAGE];
        u64 page_end = (file_end + ELF_PAGE - 1) & -(u64)ELF_PAGE;
        u64 zero_end = mem_end < page_end ? mem_end : page_end;
        long r;

        if (p->p_filesz && zero_end > file_end && (prot & PROT_WRITE || mem_end > page_end)) {
                if (!(prot & PROT_WRITE))
                        sys_call3(__NR_mprotect, file_end & -(u64)ELF_PAGE, ELF_PAGE, PROT_READ | PROT_WRITE);
                if (safe_copy((void *)file_end, zeros, page_end - file_end))
                        return map_failed(m, -EFAULT, e);
                if (!(prot & PROT_WRITE))
                        sys_call3(__NR_mprotect, file_end & -(u64)ELF_PAGE, ELF_PAGE, host_prot_of(prot));
        }
        if (mem_end > page_end) {
                r = sys_call6(__NR_mmap, page_end, mem_end - page_end, host_prot_of(prot), MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
                if (sys_failed(r))
                        return map_failed(m, r, e);
        }
        return 0;
}

static void note_text(struct linux_state *ls, struct image *m, gaddr start, gaddr end, u64 offset)
{
        struct loaded_text t = { .start = start, .end = end, .offset = offset };

        if (ls->options.code_cache && m->out->text_count < ARRAY_LEN(m->out->text) && mapped_file_id(m->fd, &t.file))
                m->out->text[m->out->text_count++] = t;
}

static int map_segment(struct linux_state *ls, struct image *m, const struct elf64_phdr *p, struct err *e)
{
        u64 start = m->bias + (p->p_vaddr & -(u64)ELF_PAGE), skew = p->p_vaddr % ELF_PAGE;
        u64 file_end = m->bias + p->p_vaddr + p->p_filesz, mem_end = m->bias + p->p_vaddr + p->p_memsz;
        int prot = guest_prot_of(p);
        long r;

        if (p->p_filesz) {
                r = sys_call6(__NR_mmap, start, p->p_filesz + skew, host_prot_of(prot), MAP_PRIVATE | MAP_FIXED, m->fd, p->p_offset - skew);
                if (sys_failed(r))
                        return map_failed(m, r, e);
        } else {
                file_end = start;
        }
        if (mem_end > file_end && map_bss(m, p, file_end, (mem_end + ELF_PAGE - 1) & -(u64)ELF_PAGE, prot, e))
                return -1;
        vma_set(&ls->vmas, start, (mem_end + ELF_PAGE - 1) & -(u64)ELF_PAGE, prot);
        if (prot & PROT_EXEC && !(prot & PROT_WRITE) && mem_end == file_end)
                note_text(ls, m, start, (file_end + ELF_PAGE - 1) & -(u64)ELF_PAGE, p->p_offset - skew);
        return 0;
}

static int map_image(struct linux_state *ls, struct image *m, u64 base, struct loaded *out, struct err *e)
{
        m->out = out;
        if (reserve_image(m, base, e))
                return -1;
        for (int i = 0; i < m->elf.ehdr.e_phnum; i++) {
                const struct elf64_phdr *p = &m->elf.phdr[i];

                if (p->p_type == PT_LOAD && p->p_memsz && map_segment(ls, m, p, e))
                        return -1;
        }
        return 0;
}

/* Where the program headers are in memory: PT_PHDR says it, else the segment that holds them. */
static gaddr phdr_address(const struct image *m)
{
        u64 offset = m->elf.ehdr.e_phoff;

        for (int i = 0; i < m->elf.ehdr.e_phnum; i++)
                if (m->elf.phdr[i].p_type == PT_PHDR)
                        return m->bias + m->elf.phdr[i].p_vaddr;
        for (int i = 0; i < m->elf.ehdr.e_phnum; i++) {
                const struct elf64_phdr *p = &m->elf.phdr[i];

                if (p->p_type == PT_LOAD && offset >= p->p_offset && offset - p->p_offset < p->p_filesz)
                        return m->bias + p->p_vaddr + (offset - p->p_offset);
        }
        return 0;
}

static int read_interp_name(struct image *m, char *name, struct err *e)
{
        const struct elf64_phdr *p = m->elf.interp;

        if (read_at(m->fd, name, p->p_filesz, p->p_offset) != (long)p->p_filesz || name[p->p_filesz - 1])
                return err_set(e, 126, "%s is corrupt: the name of its loader (PT_INTERP) cannot be read; copy or build it again", m->name);
        return 0;
}

static int load_interp(struct linux_state *ls, const char *exe, const char *name, struct loaded *out, struct err *e)
{
        char buf[PATH_SIZE];
        const char *path = path_below_prefix(ls, name, buf);
        struct image m;
        long fd;
        int ret = -1;

        fd = sys_call4(__NR_openat, AT_FDCWD, (long)path, O_RDONLY | O_CLOEXEC, 0);
        if (sys_failed(fd))
                return err_set(e, 127, "%s needs the loader %s: %s; name the root of an arm64 system with -L DIR, or use 'crossarm run DIR PROGRAM'",
                               exe, path, err_name(fd));
        if (read_image(&m, fd, path, e) == 0 && map_image(ls, &m, 0, out, e) == 0) {
                out->interp_base = m.bias + m.elf.low;
                out->entry = m.bias + m.elf.ehdr.e_entry;
                ret = 0;
        }
        free_image(&m);
        sys_call1(__NR_close, fd);
        return ret;
}

/* As the kernel does it for root, and QEMU for everybody: any of the three permissions will do. */
static int check_executable(const struct image *m, struct err *e)
{
        return m->mode & 0111 ? 0 : err_set(e, 126, "%s is not executable; chmod +x it", m->name);
}

int loader_load(struct linux_state *ls, int fd, const char *path, struct loaded *out, struct err *e)
{
        char name[PATH_SIZE + 1];
        struct image m;
        int ret = -1;

        *out = (struct loaded){ 0 };
        if (read_image(&m, fd, path, e) || check_executable(&m, e) || map_image(ls, &m, random_pie_base(), out, e))
                goto done;
        out->exe_entry = out->entry = m.bias + m.elf.ehdr.e_entry;
        out->phdr = phdr_address(&m);
        out->phnum = m.elf.ehdr.e_phnum;
        out->end = m.bias + m.elf.high;
        out->exec_stack = m.elf.exec_stack;
        if (m.elf.interp && (read_interp_name(&m, name, e) || load_interp(ls, path, name, out, e)))
                goto done;
        ret = 0;
done:
        free_image(&m);
        return ret;
}
