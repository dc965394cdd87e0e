#include "audit/machine.h"

#include <ctype.h>
#include <elf.h>
#include <string.h>

enum role { HOST, DEVICE };

static const struct {
        const char *name;
        enum role role;
        u16 pe;
        u32 macho;
} machines[MACHINE_COUNT] = {
        { "none", DEVICE, 0, 0 },
#define MACHINE(id, name, role, pe, macho) { name, role, pe, macho },
#include "audit/machine.def"
#undef MACHINE
};

static const char *const system_names[SYSTEM_COUNT] = {
        [SYSTEM_NONE] = "none",
        [SYSTEM_LINUX] = "linux",
        [SYSTEM_ANDROID] = "android",
        [SYSTEM_FREEBSD] = "freebsd",
        [SYSTEM_NETBSD] = "netbsd",
        [SYSTEM_OPENBSD] = "openbsd",
        [SYSTEM_SOLARIS] = "solaris",
        [SYSTEM_MACOS] = "macos",
        [SYSTEM_WINDOWS] = "windows",
        [SYSTEM_UEFI] = "uefi",
        [SYSTEM_BARE] = "bare",
};

static const char *const libc_names[LIBC_COUNT] = {
        [LIBC_NONE] = "none",
        [LIBC_GLIBC] = "glibc",
        [LIBC_MUSL] = "musl",
        [LIBC_BIONIC] = "bionic",
        [LIBC_UCLIBC] = "uclibc",
};

/* Numbers without a name in Debian 12's elf.h are written out, from binutils' include/elf/common.h. */
static const struct {
        u16 e_machine;
        u8 bits, big; /* 0, 2: any */
        enum machine machine;
} elf_machines[] = {
        { EM_AARCH64, 64, 2, MACHINE_ARM64 },
        { EM_AARCH64, 32, 2, MACHINE_ARM64ILP32 },
        { EM_X86_64, 64, 2, MACHINE_AMD64 },
        { EM_X86_64, 32, 2, MACHINE_X32 },
        { EM_386, 0, 2, MACHINE_I386 },
        { 6 /* EM_486, Intel MCU */, 0, 2, MACHINE_OTHER },
        { EM_ARM, 0, 2, MACHINE_ARM },
        { EM_RISCV, 64, 2, MACHINE_RISCV64 },
        { EM_RISCV, 32, 2, MACHINE_RISCV32 },
        { EM_PPC64, 0, 0, MACHINE_PPC64LE },
        { EM_PPC64, 0, 1, MACHINE_PPC64 },
        { EM_PPC, 0, 2, MACHINE_PPC },
        { EM_S390, 64, 2, MACHINE_S390X },
        { EM_S390, 32, 2, MACHINE_S390 },
        { EM_MIPS, 64, 0, MACHINE_MIPS64LE },
        { EM_MIPS, 64, 1, MACHINE_MIPS64 },
        { EM_MIPS, 32, 0, MACHINE_MIPSLE },
        { EM_MIPS, 32, 1, MACHINE_MIPS },
        { 258 /* EM_LOONGARCH */, 64, 2, MACHINE_LOONG64 },
        { EM_SPARC, 0, 2, MACHINE_SPARC },
        { EM_SPARC32PLUS, 0, 2, MACHINE_SPARC },
        { EM_SPARCV9, 0, 2, MACHINE_SPARC64 },
        { EM_IA_64, 0, 2, MACHINE_IA64 },
        { EM_ALPHA, 0, 2, MACHINE_ALPHA },
        { EM_PARISC, 0, 2, MACHINE_HPPA },
        { EM_68K, 0, 2, MACHINE_M68K },
        { EM_SH, 0, 2, MACHINE_SH },
        { EM_ARC_COMPACT, 0, 2, MACHINE_ARC },
        { 195 /* EM_ARC_COMPACT2 */, 0, 2, MACHINE_ARC },
        { EM_BPF, 0, 2, MACHINE_BPF },
        { EM_AMDGPU, 0, 2, MACHINE_AMDGPU },
        { EM_CUDA, 0, 2, MACHINE_CUDA },
        { EM_QDSP6, 0, 2, MACHINE_HEXAGON },
        { EM_XTENSA, 0, 2, MACHINE_XTENSA },
        { EM_AVR, 0, 2, MACHINE_AVR },
        { EM_MSP430, 0, 2, MACHINE_MSP430 },
};

/* As Debian, RPM, Go, Node, Java, Python, Rust, Docker and the kernel write them. A word that means a family ("x86", "arm") is its 32-bit
 * member. */
static const struct {
        const char *word;
        enum machine machine;
} machine_words[] = {
        { "arm64", MACHINE_ARM64 },
        { "aarch64", MACHINE_ARM64 },
        { "arm64v8", MACHINE_ARM64 },
        { "armv8", MACHINE_ARM64 },
        { "arm64e", MACHINE_ARM64 },
        { "aa64", MACHINE_ARM64 },
        { "amd64", MACHINE_AMD64 },
        { "x64", MACHINE_AMD64 },
        { "x8664", MACHINE_AMD64 },
        { "em64t", MACHINE_AMD64 },
        { "386", MACHINE_I386 },
        { "i386", MACHINE_I386 },
        { "i486", MACHINE_I386 },
        { "i586", MACHINE_I386 },
        { "i686", MACHINE_I386 },
        { "ia32", MACHINE_I386 },
        { "x86", MACHINE_I386 },
        { "arm", MACHINE_ARM },
        { "armhf", MACHINE_ARM },
        { "armel", MACHINE_ARM },
        { "armv5", MACHINE_ARM },
        { "armv5tel", MACHINE_ARM },
        { "armv6", MACHINE_ARM },
        { "armv6l", MACHINE_ARM },
        { "armv6hf", MACHINE_ARM },
        { "armv7", MACHINE_ARM },
        { "armv7a", MACHINE_ARM },
        { "armv7l", MACHINE_ARM },
        { "armv7hl", MACHINE_ARM },
        { "armv7hf", MACHINE_ARM },
        { "arm32v7", MACHINE_ARM },
        { "armeabi", MACHINE_ARM },
        { "riscv64", MACHINE_RISCV64 },
        { "riscv64gc", MACHINE_RISCV64 },
        { "ppc64le", MACHINE_PPC64LE },
        { "ppc64el", MACHINE_PPC64LE },
        { "powerpc64le", MACHINE_PPC64LE },
        { "ppc64", MACHINE_PPC64 },
        { "powerpc64", MACHINE_PPC64 },
        { "ppc", MACHINE_PPC },
        { "powerpc", MACHINE_PPC },
        { "s390x", MACHINE_S390X },
        { "s390", MACHINE_S390 },
        { "mips64le", MACHINE_MIPS64LE },
        { "mips64el", MACHINE_MIPS64LE },
        { "mips64", MACHINE_MIPS64 },
        { "mipsle", MACHINE_MIPSLE },
        { "mipsel", MACHINE_MIPSLE },
        { "mips", MACHINE_MIPS },
        { "loong64", MACHINE_LOONG64 },
        { "loongarch64", MACHINE_LOONG64 },
        { "sparc64", MACHINE_SPARC64 },
        { "sparcv9", MACHINE_SPARC64 },
        { "sparc", MACHINE_SPARC },
        { "ia64", MACHINE_IA64 },
        { "alpha", MACHINE_ALPHA },
        { "hppa", MACHINE_HPPA },
        { "m68k", MACHINE_M68K },
        { "sh4", MACHINE_SH },
        { "bpf", MACHINE_BPF },
        { "wasm32", MACHINE_WASM },
};

static const struct {
        const char *word;
        enum system system;
} system_words[] = {
        { "linux", SYSTEM_LINUX },
        { "linux64", SYSTEM_LINUX },
        { "linux32", SYSTEM_LINUX },
        { "manylinux", SYSTEM_LINUX },
        { "manylinux1", SYSTEM_LINUX },
        { "manylinux2010", SYSTEM_LINUX },
        { "manylinux2014", SYSTEM_LINUX },
        { "musllinux", SYSTEM_LINUX },
        { "linuxmusl", SYSTEM_LINUX },
        { "android", SYSTEM_ANDROID },
        { "androideabi", SYSTEM_ANDROID },
        { "freebsd", SYSTEM_FREEBSD },
        { "netbsd", SYSTEM_NETBSD },
        { "openbsd", SYSTEM_OPENBSD },
        { "solaris", SYSTEM_SOLARIS },
        { "sunos", SYSTEM_SOLARIS },
        { "darwin", SYSTEM_MACOS },
        { "macos", SYSTEM_MACOS },
        { "macosx", SYSTEM_MACOS },
        { "osx", SYSTEM_MACOS },
        { "mac", SYSTEM_MACOS },
        { "ios", SYSTEM_MACOS },
        { "windows", SYSTEM_WINDOWS },
        { "win32", SYSTEM_WINDOWS },
        { "win64", SYSTEM_WINDOWS },
        { "win", SYSTEM_WINDOWS },
        { "mingw32", SYSTEM_WINDOWS },
        { "efi", SYSTEM_UEFI },
};

static const struct {
        const char *word;
        enum libc libc;
} libc_words[] = {
        { "gnu", LIBC_GLIBC },
        { "glibc", LIBC_GLIBC },
        { "gnueabi", LIBC_GLIBC },
        { "gnueabihf", LIBC_GLIBC },
        { "musl", LIBC_MUSL },
        { "musleabihf", LIBC_MUSL },
        { "musllinux", LIBC_MUSL },
        { "linuxmusl", LIBC_MUSL },
        { "alpine", LIBC_MUSL },
};

const char *machine_name(enum machine m)
{
        return machines[m].name;
}

const char *system_name(enum system s)
{
        return system_names[s];
}

const char *libc_name(enum libc l)
{
        return libc_names[l];
}

bool machine_is_host(enum machine m)
{
        return m != MACHINE_NONE && machines[m].role == HOST;
}

bool machine_is_x86(enum machine m)
{
        return m == MACHINE_AMD64 || m == MACHINE_X32 || m == MACHINE_I386;
}

bool machine_runs(enum machine main, enum machine m)
{
        return main == m || (main == MACHINE_AMD64 && machine_is_x86(m)) || (main == MACHINE_ARM64 && m == MACHINE_ARM) ||
               (main == MACHINE_PPC64 && m == MACHINE_PPC) || (main == MACHINE_S390X && m == MACHINE_S390) ||
               (main == MACHINE_SPARC64 && m == MACHINE_SPARC) || (main == MACHINE_MIPS64 && m == MACHINE_MIPS) ||
               (main == MACHINE_MIPS64LE && m == MACHINE_MIPSLE);
}

enum machine machine_of_elf(u16 e_machine, bool is64, bool big)
{
        for (size_t i = 0; i < ARRAY_LEN(elf_machines); i++)
                if (elf_machines[i].e_machine == e_machine && (!elf_machines[i].bits || elf_machines[i].bits == (is64 ? 64 : 32)) &&
                        (elf_machines[i].big == 2 || elf_machines[i].big == big))
                        return elf_machines[i].machine;
        return MACHINE_OTHER;
}

enum machine machine_of_pe(u16 machine)
{
        if (machine == 0x01c0 || machine == 0x01c2) /* older Arm, Thumb */
                return MACHINE_ARM;
        for (int i = 1; i < MACHINE_COUNT; i++)
                if (machine && machines[i].pe == machine)
                        return i;
        return MACHINE_NONE;
}

enum machine machine_of_macho(u32 cputype)
{
        for (int i = 1; i < MACHINE_COUNT; i++)
                if (cputype && machines[i].macho == cputype)
                        return i;
        return MACHINE_NONE;
}

enum machine machine_of_word(const char *word)
{
        if (!strcmp(word, "x86_64") || !strcmp(word, "x86-64"))
                return MACHINE_AMD64;
        for (size_t i = 0; i < ARRAY_LEN(machine_words); i++)
                if (!strcmp(word, machine_words[i].word))
                        return machine_words[i].machine;
        return MACHINE_NONE;
}

enum system system_of_word(const char *word)
{
        for (size_t i = 0; i < ARRAY_LEN(system_words); i++)
                if (!strcmp(word, system_words[i].word))
                        return system_words[i].system;
        return SYSTEM_NONE;
}

enum libc libc_of_word(const char *word)
{
        for (size_t i = 0; i < ARRAY_LEN(libc_words); i++)
                if (!strcmp(word, libc_words[i].word))
                        return libc_words[i].libc;
        return LIBC_NONE;
}

/* ---- names of files and folders ---- */

/* Spellings with a separator inside become one word first. */
static const struct {
        const char *from, *to;
} joined[] = {
        { "x86_64", "amd64" },
        { "x86-64", "amd64" },
        { "aarch_64", "arm64" },
        { "ppcle_64", "ppc64le" },
        { "s390_64", "s390x" },
        { "x86_32", "386" },
        { "arm64-v8a", "arm64" },
        { "armeabi-v7a", "arm" },
};

enum { NAME_MAX_LEN = 256 };

/* Lower case, with the joined spellings replaced. */
static size_t normal_form(const char *s, size_t len, char out[NAME_MAX_LEN])
{
        size_t n = 0;
        for (size_t i = 0; i < len && n + 16 < NAME_MAX_LEN;) {
                size_t k = 0;
                for (; k < ARRAY_LEN(joined); k++) {
                        size_t from = strlen(joined[k].from);
                        if (i + from <= len && !strncasecmp(s + i, joined[k].from, from))
                                break;
                }
                if (k == ARRAY_LEN(joined)) {
                        out[n++] = (char)tolower((u8)s[i++]);
                        continue;
                }
                memcpy(out + n, joined[k].to, strlen(joined[k].to));
                n += strlen(joined[k].to);
                i += strlen(joined[k].from);
        }
        out[n] = 0;
        return n;
}

/* The next word (letters and digits) at *at; false at the end. */
static bool next_word(const char *s, size_t *at, char word[32], size_t *start)
{
        size_t n = 0;
        while (s[*at] && !isalnum((u8)s[*at]))
                (*at)++;
        *start = *at;
        for (; isalnum((u8)s[*at]); (*at)++)
                if (n < 31)
                        word[n++] = s[*at];
        word[n] = 0;
        return n;
}

static bool is_version(const char *word)
{
        if (*word == 'v' && word[1])
                word++;
        return word[strspn(word, "0123456789")] == 0;
}

struct said said_by(const char *component, size_t len)
{
        char name[NAME_MAX_LEN], word[32];
        struct said s = { .whole = true };
        bool two_machines = false, two_systems = false;
        size_t at = 0, start;
        normal_form(component, len, name);
        while (next_word(name, &at, word, &start)) {
                enum machine m = machine_of_word(word);
                enum system sys = system_of_word(word);
                enum libc l = libc_of_word(word);
                if (m && start == 0)
                        s.first = true;
                two_machines |= m && s.machine && s.machine != m;
                two_systems |= sys && s.system && s.system != sys;
                s.machine = m ? m : s.machine;
                s.system = sys ? sys : s.system;
                s.libc = l ? l : s.libc;
                if (!m && !sys && !l && !is_version(word) && strcmp(word, "unknown") && strcmp(word, "pc"))
                        s.whole = false;
        }
        if (two_machines)
                s.machine = MACHINE_NONE;
        if (two_systems)
                s.system = SYSTEM_NONE;
        return s;
}

void said_strip(const char *component, size_t len, char *out, size_t cap)
{
        char name[NAME_MAX_LEN], word[32];
        size_t at = 0, start, n = strlen(out);
        normal_form(component, len, name);
        while (next_word(name, &at, word, &start)) {
                /* "v7" and "v8" are how Docker and prebuildify tell variants. */
                if (machine_of_word(word) || system_of_word(word) || libc_of_word(word) || !strcmp(word, "v7") || !strcmp(word, "v8") ||
                        !strcmp(word, "v6"))
                        continue;
                if (n + strlen(word) + 2 >= cap)
                        break;
                n += (size_t)(stpcpy(stpcpy(out + n, word), ".") - (out + n));
        }
}
