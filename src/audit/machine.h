/* What code is made for: processors, systems and C libraries, and the many words people have for them. */
#pragma once
#include "base/types.h"

enum machine {
        MACHINE_NONE,
#define MACHINE(id, name, role, pe, macho) MACHINE_##id,
#include "audit/machine.def"
#undef MACHINE
        MACHINE_COUNT,
};

enum system {
        SYSTEM_NONE,
        SYSTEM_LINUX,
        SYSTEM_ANDROID,
        SYSTEM_FREEBSD,
        SYSTEM_NETBSD,
        SYSTEM_OPENBSD,
        SYSTEM_SOLARIS,
        SYSTEM_MACOS,
        SYSTEM_WINDOWS,
        SYSTEM_UEFI,
        SYSTEM_BARE,
        SYSTEM_COUNT
};

enum libc { LIBC_NONE, LIBC_GLIBC, LIBC_MUSL, LIBC_BIONIC, LIBC_UCLIBC, LIBC_COUNT };

/* "arm64", "linux", "glibc"; "none" for NONE. */
const char *machine_name(enum machine m);
const char *system_name(enum system s);
const char *libc_name(enum libc l);

/* False for code of devices, virtual machines and unknown processors: no package's tag speaks about it. */
bool machine_is_host(enum machine m);

bool machine_is_x86(enum machine m);

/* A machine whose main programs are `main` runs these too: 386 and x32 on amd64, arm on arm64. */
bool machine_runs(enum machine main, enum machine m);

/* By the fields of an ELF header. OTHER for numbers we have no name for. */
enum machine machine_of_elf(u16 e_machine, bool is64, bool big);
enum machine machine_of_pe(u16 machine);    /* NONE when it is none */
enum machine machine_of_macho(u32 cputype); /* NONE when it is none */

/* By one word, in any of its spellings ("aarch64", "x64", "armv8"). NONE when it names no processor. */
enum machine machine_of_word(const char *word);
enum system system_of_word(const char *word);
enum libc libc_of_word(const char *word);

/* What a name says: NONE where it says nothing, or two different things. */
struct said {
        enum machine machine;
        enum system system;
        enum libc libc;
        bool whole; /* nothing but such words (and version numbers) is in it: "linux-arm64", "x64" */
        bool first; /* it starts with the processor, as the names of cross tools do: "x86_64-linux-gnu-gcc" */
};

/* Of one component of a path, its suffix included. */
struct said said_by(const char *component, size_t len);

/* The name without those words, so that "linux-x64" and "linux-arm64" become the same. Appends to `out`, at most cap bytes with the NUL. */
void said_strip(const char *component, size_t len, char *out, size_t cap);
