#include "box/probe.h"

#include <elf.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MAX_PHDRS = 512 };

static bool read_exact(int fd, void *to, size_t len, u64 at)
{
        return at < INT64_MAX && pread(fd, to, len, (off_t)at) == (ssize_t)len;
}

static int broken(struct program *p, const char *why)
{
        p->kind = PROGRAM_BROKEN;
        p->why = why;
        return 0;
}

static int foreign(struct program *p, const char *why)
{
        p->kind = PROGRAM_FOREIGN;
        p->why = why;
        return 0;
}

/* The first line, split as the kernel does (fs/binfmt_script.c): interpreter, then the rest as one argument. */
static int probe_script(const char *head, size_t len, struct program *p)
{
        char line[256];
        size_t n = 0;
        for (size_t i = 2; i < len && head[i] != '\n' && head[i]; i++)
                line[n++] = head[i];
        while (n && strchr(" \t\r", line[n - 1]))
                n--;
        line[n] = 0;
        const char *at = line + strspn(line, " \t");
        size_t name = strcspn(at, " \t");
        p->kind = PROGRAM_SCRIPT;
        snprintf(p->interp, sizeof p->interp, "%.*s", (int)name, at);
        at += name;
        snprintf(p->interp_arg, sizeof p->interp_arg, "%s", at + strspn(at, " \t"));
        return 0;
}

static int probe_phdrs(int fd, const Elf64_Ehdr *h, struct program *p)
{
        if (h->e_phentsize != sizeof(Elf64_Phdr) || h->e_phnum == 0 || h->e_phnum > MAX_PHDRS)
                return broken(p, "its program headers make no sense");
        bool load = false;
        for (u32 i = 0; i < h->e_phnum; i++) {
                Elf64_Phdr ph;
                if (h->e_phoff > INT64_MAX / 2 || !read_exact(fd, &ph, sizeof ph, h->e_phoff + i * sizeof ph))
                        return broken(p, "it is cut off within its program headers");
                load |= ph.p_type == PT_LOAD;
                if (ph.p_type != PT_INTERP)
                        continue;
                if (ph.p_filesz < 2 || ph.p_filesz > sizeof p->interp)
                        return broken(p, "the name of its loader has an impossible length");
                if (!read_exact(fd, p->interp, ph.p_filesz, ph.p_offset))
                        return broken(p, "it is cut off before the name of its loader");
                if (p->interp[ph.p_filesz - 1])
                        return broken(p, "the name of its loader has no end");
        }
        if (!load)
                return broken(p, "it has no loadable segment");
        p->kind = PROGRAM_ARM64;
        return 0;
}

int probe_program(int fd, struct program *p)
{
        char head[256] = { 0 };
        *p = (struct program){ .kind = PROGRAM_OTHER };
        ssize_t len = pread(fd, head, sizeof head, 0);
        if (len < 0)
                return -1;
        if (len >= 2 && head[0] == '#' && head[1] == '!')
                return probe_script(head, (size_t)len, p);
        if (len < SELFMAG || memcmp(head, ELFMAG, SELFMAG))
                return 0;
        Elf64_Ehdr h;
        if (len < (ssize_t)sizeof h)
                return broken(p, "it is cut off within its ELF header");
        memcpy(&h, head, sizeof h);
        p->machine = h.e_machine;
        if (h.e_machine == EM_X86_64 || h.e_machine == EM_386) {
                p->kind = PROGRAM_HOST;
                return 0;
        }
        if (h.e_machine == EM_ARM && h.e_ident[EI_CLASS] == ELFCLASS32)
                return foreign(p, "it is a 32-bit Arm program, and this version runs 64-bit Arm (aarch64) only");
        if (h.e_machine != EM_AARCH64)
                return foreign(p, "it is an ELF file for another processor than 64-bit Arm (aarch64)");
        if (h.e_ident[EI_CLASS] != ELFCLASS64)
                return foreign(p, "it is an ILP32 program, which Linux on arm64 does not run");
        if (h.e_ident[EI_DATA] != ELFDATA2LSB)
                return foreign(p, "it is a big-endian Arm program, and only little-endian ones run");
        if (h.e_type != ET_EXEC && h.e_type != ET_DYN)
                return foreign(p, "it is an object file or a core dump, not a program");
        return probe_phdrs(fd, &h, p);
}
