#include "elf/elf.h"
#include "base/mem.h"

/* Highest address a guest program may name: the end of x86-64 user space. */
#define ADDRESS_END (1UL << 47)

static u16 machine_of(const u8 *head)
{
        return head[18] | head[19] << 8;
}

static bool has_magic(const u8 *head, size_t len)
{
        return len >= 20 && memcmp(head, ELFMAG, SELFMAG) == 0;
}

enum elf_kind elf_kind_of(const void *head, size_t len)
{
        const u8 *b = head;

        if (!has_magic(b, len))
                return ELF_NOT;
        if (b[EI_DATA] == ELFDATA2LSB && b[EI_CLASS] == ELFCLASS64 && machine_of(b) == EM_AARCH64)
                return ELF_A64;
        if (b[EI_DATA] == ELFDATA2LSB && b[EI_CLASS] == ELFCLASS32 && machine_of(b) == EM_ARM)
                return ELF_A32;
        return ELF_OTHER;
}

const char *elf_machine_name(const void *head, size_t len)
{
        const u8 *b = head;

        if (!has_magic(b, len))
                return "not an ELF program";
        if (b[EI_DATA] != ELFDATA2LSB)
                return "a big-endian program";
        switch (machine_of(b)) {
        case EM_X86_64: return "an x86-64 program";
        case EM_386: return "a 32-bit x86 program";
        case EM_ARM: return "a 32-bit Arm program";
        case EM_AARCH64: return b[EI_CLASS] == ELFCLASS64 ? "a 64-bit Arm program" : "an ILP32 program of 64-bit Arm";
        case EM_RISCV: return "a RISC-V program";
        case EM_PPC64: return "a 64-bit PowerPC program";
        case EM_S390: return "an s390x program";
        default: return "a program for another machine";
        }
}

int elf_check_header(struct elf_file *f, const void *head, size_t len, u64 file_size, const char *name, struct err *e)
{
        *f = (struct elf_file){ 0 };
        if (file_size == 0)
                return err_set(e, 126, "%s is empty; copy or build it again", name);
        switch (elf_kind_of(head, len)) {
        case ELF_NOT: return err_set(e, 126, "%s is not an ELF program; a script has to start with #! and its interpreter", name);
        case ELF_A32: return err_set(e, 126, "%s is a 32-bit Arm program; this engine runs 64-bit Arm (AArch64) programs only", name);
        case ELF_OTHER:
                return err_set(
                        e, 126, "%s is %s, not a 64-bit Arm (AArch64) program; run it without crossarm", name, elf_machine_name(head, len));
        case ELF_A64: break;
        }
        if (len < sizeof f->ehdr)
                return err_set(e, 126, "%s is truncated: it ends inside its ELF header; copy or build it again", name);
        memcpy(&f->ehdr, head, sizeof f->ehdr);
        if (f->ehdr.e_type != ET_EXEC && f->ehdr.e_type != ET_DYN)
                return err_set(e, 126, "%s is an ELF file of type %d (%s), not a program; link it first", name, f->ehdr.e_type,
                        f->ehdr.e_type == ET_REL    ? "object file"
                        : f->ehdr.e_type == ET_CORE ? "core dump"
                                                    : "unknown");
        if (f->ehdr.e_phentsize != sizeof(struct elf64_phdr) || !f->ehdr.e_phnum || f->ehdr.e_phnum > ELF_PHDRS_MAX)
                return err_set(e, 126, "%s is corrupt: its ELF header names %d program headers of %d bytes; copy or build it again", name,
                        f->ehdr.e_phnum, f->ehdr.e_phentsize);
        if (f->ehdr.e_phoff > file_size || file_size - f->ehdr.e_phoff < f->ehdr.e_phnum * sizeof(struct elf64_phdr))
                return err_set(e, 126, "%s is truncated: its program headers lie behind its end; copy or build it again", name);
        f->dynamic_base = f->ehdr.e_type == ET_DYN;
        return 0;
}

static int check_load(struct elf_file *f, const struct elf64_phdr *p, u64 file_size, const char *name, struct err *e)
{
        u64 start = p->p_vaddr & -(u64)ELF_PAGE, end;

        if (p->p_filesz > p->p_memsz)
                return err_set(e, 126, "%s is corrupt: a segment is larger in the file than in memory; copy or build it again", name);
        if (p->p_offset > file_size || file_size - p->p_offset < p->p_filesz)
                return err_set(e, 126, "%s is truncated: a segment needs %lu bytes of file and there are %lu; copy or build it again", name,
                        (u64)(p->p_offset + p->p_filesz), file_size);
        if ((p->p_offset ^ p->p_vaddr) % ELF_PAGE)
                return err_set(e, 126, "%s has a segment that is not aligned to pages of 4 KiB; link it with -z max-page-size=65536", name);
        if (p->p_align & (p->p_align - 1))
                return err_set(e, 126, "%s is corrupt: a segment's alignment is no power of two; copy or build it again", name);
        if (p->p_vaddr >= ADDRESS_END || p->p_memsz > ADDRESS_END - p->p_vaddr)
                return err_set(e, 126, "%s has a segment at 0x%lx, outside of the 47-bit address space of this host; link it lower", name,
                        (u64)p->p_vaddr);
        end = (p->p_vaddr + p->p_memsz + ELF_PAGE - 1) & -(u64)ELF_PAGE;
        if (start < f->low)
                f->low = start;
        if (end > f->high)
                f->high = end;
        if (p->p_align > f->align && p->p_align <= 1UL << 30)
                f->align = p->p_align;
        return 0;
}

static int check_interp(const struct elf64_phdr *p, u64 file_size, const char *name, struct err *e)
{
        if (p->p_filesz < 2 || p->p_filesz > 4096 || p->p_offset > file_size || file_size - p->p_offset < p->p_filesz)
                return err_set(e, 126, "%s is corrupt: the name of its loader (PT_INTERP) cannot be read; copy or build it again", name);
        return 0;
}

int elf_check_phdrs(struct elf_file *f, const struct elf64_phdr *phdr, u64 file_size, const char *name, struct err *e)
{
        f->phdr = phdr;
        f->low = ~0UL;
        f->align = ELF_PAGE;
        for (int i = 0; i < f->ehdr.e_phnum; i++) {
                const struct elf64_phdr *p = &phdr[i];

                if (p->p_type == PT_LOAD && p->p_memsz && check_load(f, p, file_size, name, e))
                        return -1;
                if (p->p_type == PT_INTERP && !f->interp) {
                        if (check_interp(p, file_size, name, e))
                                return -1;
                        f->interp = p;
                }
                if (p->p_type == PT_GNU_STACK)
                        f->exec_stack = p->p_flags & PF_X;
        }
        if (f->low >= f->high)
                return err_set(e, 126, "%s is corrupt: it has nothing to load (no PT_LOAD); copy or build it again", name);
        return 0;
}
