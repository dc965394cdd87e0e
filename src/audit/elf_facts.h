/*
 * What a dynamic ELF file needs: its loader, libraries, symbol versions, kernel (gABI chapters 4 and 5; the GNU symbol versioning of the
 * LSB). Any word size and byte order. Every byte is from outside.
 */
#pragma once
#include "audit/machine.h"
#include "audit/stream.h"

enum elf_role { ELF_ROLE_PROGRAM, ELF_ROLE_LIBRARY, ELF_ROLE_OBJECT, ELF_ROLE_CORE, ELF_ROLE_OTHER };

/* "2.17" as 2 << 20 | 17 << 10; 0: none. */
typedef u32 version;
version version_parse(const char *text); /* 0 when it is none */
struct version_text {
        char text[40];
};
struct version_text version_text(version v);

struct elf_facts {
        enum machine machine;
        enum system system;
        enum libc libc;
        enum elf_role role;
        u16 e_machine;
        bool is64;       /* 64-bit class; what follows is filled in as far as it could be read */
        bool incomplete; /* a table lies where we did not look, or is damaged */
        version glibc, glibcxx, cxxabi, kernel;
        char *interpreter; /* malloced; NULL: none */
        char *soname;
        char *needed; /* names, each with a NUL behind it, then one more; NULL: none */
};

/* Of the file in `s`, which starts with an ELF header. Reads no further than needed. 0, or -1 and *e when the stream breaks. */
int elf_facts_read(struct stream *s, struct elf_facts *f, struct err *e);
void elf_facts_free(struct elf_facts *f);

/* The header alone: machine and role. `len` is at least 20. */
void elf_facts_head(const u8 *head, struct elf_facts *f);
