#include "binfmt/arch.h"

#include <elf.h>
#include <string.h>

enum { LITTLE, BIG };

const struct arch archs[] = {
#define ARCH(name, platform, qemu, bits, order, machine, osabi, abi, runs, code) \
        { #name, platform, qemu, bits, order, machine, osabi, abi, ARCH_##runs, (const u8 *)code, sizeof code - 1 },
#include "binfmt/arch.def"
#undef ARCH
        { 0 },
};

static const char *skip(const char *text, const char *prefix)
{
        size_t n = strlen(prefix);
        return strncmp(text, prefix, n) ? text : text + n;
}

const struct arch *arch_find(const char *name)
{
        static const struct {
                const char *alias, *name;
        } aliases[] = { { "arm64/v8", "arm64" }, { "arm/v5", "arm" }, { "arm/v6", "arm" }, { "arm/v7", "arm" }, { "armhf", "arm" },
                { "armel", "arm" }, { "x86-64", "amd64" }, { "ppc64el", "ppc64le" } };
        name = skip(skip(name, "linux/"), "qemu-");
        for (size_t i = 0; i < ARRAY_LEN(aliases); i++)
                if (!strcmp(name, aliases[i].alias))
                        name = aliases[i].name;
        for (const struct arch *a = archs; a->name; a++)
                if (!strcmp(name, a->name) || !strcmp(name, a->qemu))
                        return a;
        return NULL;
}

bool arch_has_appimage(const struct arch *a)
{
        return a->machine == EM_AARCH64 || a->machine == EM_ARM;
}

/* A number in the architecture's byte order. */
static void put(const struct arch *a, u8 *to, size_t size, u64 value)
{
        for (size_t i = 0; i < size; i++)
                to[a->big ? size - 1 - i : i] = (u8)(value >> 8 * i);
}

void arch_head(const struct arch *a, bool appimage, u8 head[ARCH_HEAD])
{
        memset(head, 0, ARCH_HEAD);
        memcpy(head, ELFMAG, SELFMAG);
        head[EI_CLASS] = a->bits == 64 ? ELFCLASS64 : ELFCLASS32;
        head[EI_DATA] = a->big ? ELFDATA2MSB : ELFDATA2LSB;
        head[EI_VERSION] = EV_CURRENT;
        if (appimage)
                memcpy(head + 8, "AI\2", 3);
        put(a, head + 16, 2, ET_EXEC);
        put(a, head + 18, 2, a->machine);
}

/* Everything but the ABI bytes, and ET_EXEC (2) as well as ET_DYN (3). */
void arch_mask(const struct arch *a, u8 mask[ARCH_HEAD])
{
        memset(mask, 0xff, ARCH_HEAD);
        mask[EI_OSABI] = a->osabi_mask;
        mask[EI_ABIVERSION] = a->abi_mask;
        put(a, mask + 16, 2, 0xfffe);
}

/* e_flags without which a loader refuses the file: ELFv2 for ppc64le, EABI 5 for arm, the double-float ABI for loong64. */
static u32 elf_flags(const struct arch *a)
{
        switch (a->machine) {
        case EM_PPC64: return 2;
        case EM_ARM: return EF_ARM_EABI_VER5;
        case 258: return 3;
        default: return 0;
        }
}

size_t arch_sample(const struct arch *a, bool appimage, u8 out[ARCH_SAMPLE_MAX])
{
        enum { BASE = 0x400000 };
        bool wide = a->bits == 64;
        size_t word = wide ? 8 : 4, header = wide ? 64 : 52, segment = wide ? 56 : 32;
        size_t start = header + segment + (wide ? 8 : 12), size = start + a->code_size; /* 128 or 96: a multiple of 32 */
        u8 *at = out + ARCH_HEAD, *ph = out + header;

        memset(out, 0, ARCH_SAMPLE_MAX);
        arch_head(a, appimage, out);
        put(a, at, 4, EV_CURRENT);
        put(a, at + 4, word, BASE + start);               /* e_entry */
        put(a, at + 4 + word, word, header);              /* e_phoff */
        put(a, at + 4 + 3 * word, 4, elf_flags(a));       /* e_flags */
        put(a, at + 8 + 3 * word, 2, header);             /* e_ehsize */
        put(a, at + 8 + 3 * word + 2, 2, segment);        /* e_phentsize */
        put(a, at + 8 + 3 * word + 4, 2, 1);              /* e_phnum */
        put(a, at + 8 + 3 * word + 6, 2, wide ? 64 : 40); /* e_shentsize */
        put(a, ph, 4, PT_LOAD);
        if (wide)
                put(a, ph + 4, 4, PF_R | PF_X);
        put(a, ph + (wide ? 16 : 8), word, BASE);  /* p_vaddr */
        put(a, ph + (wide ? 24 : 12), word, BASE); /* p_paddr */
        put(a, ph + (wide ? 32 : 16), word, size); /* p_filesz */
        put(a, ph + (wide ? 40 : 20), word, size); /* p_memsz */
        if (!wide)
                put(a, ph + 24, 4, PF_R | PF_X);
        put(a, ph + (wide ? 48 : 28), word, 0x10000); /* p_align */
        memcpy(out + start, a->code, a->code_size);
        return size;
}
