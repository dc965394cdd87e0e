#include "engine/linux/host_vdso.h"
#include "base/str.h"
#include <linux/elf.h>

/* The parts of the vDSO's dynamic section that a look-up needs. */
struct vdso {
        u64 base;
        const struct elf64_sym *symbols;
        const char *strings;
        u32 count;
};

/* The number of symbols is the hash table's second word, or beyond it the symbols end where the strings begin. */
static bool read_dynamic(struct vdso *v, const Elf64_Dyn *dyn)
{
        const u32 *hash = NULL;

        for (; dyn->d_tag != DT_NULL; dyn++) {
                u64 at = v->base + dyn->d_un.d_ptr;

                if (dyn->d_tag == DT_SYMTAB)
                        v->symbols = (const void *)at;
                else if (dyn->d_tag == DT_STRTAB)
                        v->strings = (const void *)at;
                else if (dyn->d_tag == DT_HASH)
                        hash = (const void *)at;
        }
        if (!v->symbols || !v->strings)
                return false;
        if (hash)
                v->count = hash[1];
        else if ((u64)v->strings > (u64)v->symbols)
                v->count = ((u64)v->strings - (u64)v->symbols) / sizeof *v->symbols;
        return v->count;
}

static const void *look_up(const struct vdso *v, const char *name)
{
        for (u32 i = 0; i < v->count; i++)
                if (v->symbols[i].st_shndx && str_eq(v->strings + v->symbols[i].st_name, name))
                        return (const void *)(v->base + v->symbols[i].st_value);
        return NULL;
}

void host_vdso_find(struct linux_state *ls, u64 ehdr)
{
        const struct elf64_hdr *h = (const void *)ehdr;
        const struct elf64_phdr *ph;
        const Elf64_Dyn *dyn = NULL;
        struct vdso v = { .base = ehdr };

        if (!ehdr)
                return;
        ph = (const void *)(ehdr + h->e_phoff);
        for (int i = 0; i < h->e_phnum; i++) {
                if (ph[i].p_type == PT_DYNAMIC)
                        dyn = (const void *)(ehdr + ph[i].p_offset);
                if (ph[i].p_type == PT_LOAD)
                        v.base = ehdr + ph[i].p_offset - ph[i].p_vaddr;
        }
        if (!dyn || !read_dynamic(&v, dyn))
                return;
        ls->vdso_clock_gettime = look_up(&v, "__vdso_clock_gettime");
        ls->vdso_gettimeofday = look_up(&v, "__vdso_gettimeofday");
        ls->vdso_getcpu = look_up(&v, "__vdso_getcpu");
}
