#include "audit/heads.h"

#include <string.h>

#include "base/endian.h"

void heads_pe(struct artefact *a, const char *path, const u8 *h, size_t len)
{
        u32 at = len >= 64 ? le32(h + 60) : 0;
        if (!at || at > len || len - at < 96 || memcmp(h + at, "PE\0\0", 4))
                return;
        enum machine m = machine_of_pe((u16)le16(h + at + 4));
        u32 subsystem = le16(h + at + 24 + 68); /* 10 to 13: UEFI */
        if (!m)
                return;
        struct native *n = artefact_native(a, path);
        n->format = FORMAT_PE;
        n->machine = m;
        n->system = subsystem >= 10 && subsystem <= 13 ? SYSTEM_UEFI : SYSTEM_WINDOWS;
        n->role = le16(h + at + 22) & 0x2000 ? ELF_ROLE_LIBRARY : ELF_ROLE_PROGRAM;
}

static void macho_native(struct artefact *a, const char *path, u32 cputype, u32 filetype)
{
        enum machine m = machine_of_macho(cputype);
        if (!m)
                return;
        struct native *n = artefact_native(a, path);
        n->format = FORMAT_MACHO;
        n->machine = m;
        n->system = SYSTEM_MACOS;
        n->role = filetype == 1 ? ELF_ROLE_OBJECT : filetype == 2 ? ELF_ROLE_PROGRAM : ELF_ROLE_LIBRARY;
}

void heads_macho(struct artefact *a, const char *path, const u8 *h, size_t len)
{
        if (len < 28)
                return;
        if (h[0] == 0xfe)
                macho_native(a, path, be32(h + 4), be32(h + 12));
        else
                macho_native(a, path, le32(h + 4), le32(h + 12));
}

/* Each part's processor stands in the list at the start. */
void heads_macho_fat(struct artefact *a, const char *path, const u8 *h, size_t len)
{
        u32 count = len >= 8 ? be32(h + 4) : 0;
        for (u32 i = 0; i < count && 8 + 20 * (u64)(i + 1) <= len; i++)
                macho_native(a, path, be32(h + 8 + 20 * i), 6);
}
