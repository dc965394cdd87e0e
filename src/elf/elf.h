/* Reading the head of an ELF file. All input is taken as hostile: nothing outside the given bytes is looked at. */
#pragma once
#include "base/err.h"
#include <linux/elf.h>

#ifndef PT_GNU_PROPERTY
#define PT_GNU_PROPERTY (PT_LOOS + 0x474e553)
#endif

/* What a file is, judged by its first bytes. */
enum elf_kind {
        ELF_NOT,   /* no ELF magic */
        ELF_OTHER, /* an ELF of another machine or word size */
        ELF_A64,   /* little-endian 64-bit Arm */
        ELF_A32,   /* little-endian 32-bit Arm */
};

struct elf_file {
        struct elf64_hdr ehdr;
        const struct elf64_phdr *phdr; /* ehdr.e_phnum of them, in the caller's buffer */
        u64 low, high;                 /* page-rounded address range of all PT_LOAD, as linked */
        u64 align;                     /* largest PT_LOAD alignment, at least a page */
        const struct elf64_phdr *interp;
        bool exec_stack;   /* PT_GNU_STACK asks for an executable stack */
        bool dynamic_base; /* ET_DYN: may be loaded anywhere */
};

enum {
        ELF_PAGE = 4096,
        ELF_PHDRS_MAX = 65536 / sizeof(struct elf64_phdr), /* the kernel's own limit */
};

enum elf_kind elf_kind_of(const void *head, size_t len);

/* "an x86-64 program", "a 32-bit Arm program": for sentences about ELF_OTHER and ELF_A32. */
const char *elf_machine_name(const void *head, size_t len);

/*
 * Check the file header in `head` (the first `len` bytes of the file called `name`, which is `file_size` bytes long).
 * Returns 0, or -1 with a sentence.
 */
int elf_check_header(struct elf_file *f, const void *head, size_t len, u64 file_size, const char *name, struct err *e);

/* Take and check the program headers: f->ehdr.e_phnum entries at phdr, which must stay where they are. */
int elf_check_phdrs(struct elf_file *f, const struct elf64_phdr *phdr, u64 file_size, const char *name, struct err *e);
