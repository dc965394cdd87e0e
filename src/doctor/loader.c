#include "doctor/loader.h"

#include <elf.h>
#include <endian.h>
#include <string.h>
#include <unistd.h>

struct headers {
        u64 at;
        u32 count, size;
};

static bool read_at(int fd, void *to, size_t len, u64 at)
{
        return at < INT64_MAX && pread(fd, to, len, (off_t)at) == (ssize_t)len;
}

/* Files of the other byte order are left alone: no loader is looked for then. */
static bool headers_read(int fd, const struct arch *a, struct headers *h)
{
        Elf64_Ehdr e;
        Elf32_Ehdr e32;
        if (a->bits == 64 && read_at(fd, &e, sizeof e, 0))
                *h = (struct headers){ e.e_phoff, e.e_phnum, sizeof(Elf64_Phdr) };
        else if (a->bits == 32 && read_at(fd, &e32, sizeof e32, 0))
                *h = (struct headers){ e32.e_phoff, e32.e_phnum, sizeof(Elf32_Phdr) };
        else
                return false;
        return h->count <= 512 && h->at < INT64_MAX / 2;
}

/* Where the name is in the file, when this header is PT_INTERP. */
static bool name_place(int fd, const struct arch *a, u64 at, u64 *place, u64 *len)
{
        Elf64_Phdr p;
        Elf32_Phdr p32;
        if (a->bits == 64 && read_at(fd, &p, sizeof p, at) && p.p_type == PT_INTERP)
                return *place = p.p_offset, *len = p.p_filesz, true;
        if (a->bits == 32 && read_at(fd, &p32, sizeof p32, at) && p32.p_type == PT_INTERP)
                return *place = p32.p_offset, *len = p32.p_filesz, true;
        return false;
}

void loader_read(int fd, const struct arch *a, char out[LOADER_MAX])
{
        struct headers h;
        u64 place, len;
        out[0] = 0;
        if (!a || a->big || !headers_read(fd, a, &h))
                return;
        for (u32 i = 0; i < h.count; i++)
                if (name_place(fd, a, h.at + (u64)i * h.size, &place, &len)) {
                        if (len < 2 || len > LOADER_MAX || !read_at(fd, out, len, place) || out[len - 1])
                                out[0] = 0;
                        return;
                }
}
