#include "vm/fv.h"

#include <endian.h>
#include <string.h>

/* EFI_FIRMWARE_VOLUME_HEADER: a zero vector of 16 bytes, the file system's GUID, then these. */
enum { FV_GUID = 16, FV_LENGTH = 32, FV_SIGNATURE = 40, FV_HEADER_LENGTH = 48, FV_EXT_OFFSET = 52, FV_MIN_HEADER = 72, FV_ALIGNMENT = 16 };
/* EFI_FFS_FILE_HEADER. */
enum { FILE_TYPE = 18, FILE_ATTRIBUTES = 19, FILE_SIZE = 20, FILE_HEADER = 24, FILE_HEADER_LARGE = 32, FILE_LARGE = 1 };
enum { FILE_SEC_CORE = 3, FILE_PEI_CORE = 4 };
enum { SECTION_HEADER = 4, SECTION_PE32 = 0x10, SECTION_TE = 0x12, PE_OFFSET_AT = 0x3c };
/* VARIABLE_STORE_HEADER; AUTHENTICATED_VARIABLE_HEADER and VARIABLE_HEADER. */
enum { STORE_SIZE = 16, STORE_HEADER = 28, VARIABLE_START = 0x55aa, VARIABLE_ADDED = 0x3f };

static const u8 nv_data[16] = { 0x8d, 0x2b, 0xf1, 0xff, 0x96, 0x76, 0x8b, 0x4c, 0xa9, 0x85, 0x27, 0x47, 0x07, 0x5b, 0x4f, 0x50 };
static const u8 authenticated[16] = { 0x78, 0x2c, 0xf3, 0xaa, 0x7b, 0x94, 0x9a, 0x43, 0xa1, 0x80, 0x2e, 0x14, 0x4e, 0xc3, 0x77, 0x92 };

struct span {
        const u8 *data;
        size_t len;
};

static u64 number(struct span s, size_t at, size_t bytes)
{
        u64 value = 0;
        if (at > s.len || s.len - at < bytes)
                return 0;
        memcpy(&value, s.data + at, bytes);
        return le64toh(value);
}

static struct span part(struct span s, size_t at, u64 len)
{
        if (at > s.len)
                return (struct span){ 0 };
        return (struct span){ s.data + at, len < s.len - at ? (size_t)len : s.len - at };
}

/* The volume that begins here, or an empty span. Its header's 16-bit words add up to zero. */
static struct span volume_at(struct span s, size_t at)
{
        struct span rest = part(s, at, UINT64_MAX);
        if (rest.len < FV_MIN_HEADER || memcmp(rest.data + FV_SIGNATURE, "_FVH", 4))
                return (struct span){ 0 };
        size_t header = (size_t)number(rest, FV_HEADER_LENGTH, 2);
        u16 sum = 0;
        if (header < FV_MIN_HEADER || header > rest.len)
                return (struct span){ 0 };
        for (size_t i = 0; i < header; i += 2)
                sum = (u16)(sum + number(rest, i, 2));
        return sum ? (struct span){ 0 } : part(rest, 0, number(rest, FV_LENGTH, 8));
}

static u16 machine_of_section(struct span section)
{
        u64 type = number(section, 3, 1);
        struct span image = part(section, SECTION_HEADER, UINT64_MAX);
        if (type == SECTION_TE && number(image, 0, 2) == ('V' | 'Z' << 8))
                return (u16)number(image, 2, 2);
        if (type != SECTION_PE32)
                return 0;
        size_t pe = (size_t)number(image, PE_OFFSET_AT, 4);
        return number(image, pe, 4) == ('P' | 'E' << 8) ? (u16)number(image, pe + 4, 2) : 0;
}

static u16 machine_of_file(struct span file, size_t header)
{
        for (size_t at = header; at + SECTION_HEADER <= file.len;) {
                size_t size = (size_t)number(file, at, 3);
                u16 machine = machine_of_section(part(file, at, size));
                if (machine || size < SECTION_HEADER)
                        return machine;
                at += (size + 3) & ~(size_t)3;
        }
        return 0;
}

/* The first of the files that are never compressed: they run from the flash. */
static u16 machine_of_volume(struct span volume)
{
        size_t at = (size_t)number(volume, FV_HEADER_LENGTH, 2), ext = (size_t)number(volume, FV_EXT_OFFSET, 2);
        if (ext)
                at = ext + (size_t)number(volume, ext + 16, 4);
        for (at = (at + 7) & ~(size_t)7; at < volume.len && volume.len - at >= FILE_HEADER;) {
                bool large = number(volume, at + FILE_ATTRIBUTES, 1) & FILE_LARGE;
                size_t header = large ? FILE_HEADER_LARGE : FILE_HEADER;
                u64 size = large ? number(volume, at + FILE_HEADER, 8) : number(volume, at + FILE_SIZE, 3);
                u64 type = number(volume, at + FILE_TYPE, 1);
                u16 machine = type == FILE_SEC_CORE || type == FILE_PEI_CORE ? machine_of_file(part(volume, at, size), header) : 0;
                if (machine || size < header || size > volume.len - at)
                        return machine;
                at += (size_t)((size + 7) & ~7ull);
        }
        return 0;
}

/* Is there a valid variable whose name is "PK"? */
static bool has_platform_key(struct span volume)
{
        struct span store = part(volume, (size_t)number(volume, FV_HEADER_LENGTH, 2), UINT64_MAX);
        if (store.len < STORE_HEADER)
                return false;
        bool with_time = !memcmp(store.data, authenticated, sizeof authenticated);
        size_t header = with_time ? 60 : 32, sizes = with_time ? 36 : 8;
        store = part(store, 0, number(store, STORE_SIZE, 4));
        for (size_t at = STORE_HEADER; number(store, at, 2) == VARIABLE_START;) {
                size_t name = (size_t)number(store, at + sizes, 4), value = (size_t)number(store, at + sizes + 4, 4);
                if (name == 6 && number(store, at + 2, 1) == VARIABLE_ADDED && number(store, at + header, 6) == ('P' | 'K' << 16))
                        return value > 0;
                at += (header + name + value + 3) & ~(size_t)3;
        }
        return false;
}

struct fv_facts fv_look(const u8 *data, size_t len)
{
        struct span all = { data, len };
        struct fv_facts f = { 0 };
        for (size_t at = 0; at < len;) {
                struct span volume = volume_at(all, at);
                if (volume.len < FV_MIN_HEADER) {
                        at += FV_ALIGNMENT;
                        continue;
                }
                if (!memcmp(volume.data + FV_GUID, nv_data, sizeof nv_data)) {
                        f.variables = true;
                        f.keys |= has_platform_key(volume);
                } else {
                        f.code = true;
                        if (!f.machine)
                                f.machine = machine_of_volume(volume);
                }
                at += (volume.len + FV_ALIGNMENT - 1) & ~(size_t)(FV_ALIGNMENT - 1);
        }
        return f;
}
