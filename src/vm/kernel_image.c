#include "vm/kernel_image.h"

#include <stdlib.h>
#include <string.h>

#include "base/endian.h"
#include "base/util.h"
#include "vm/unpack_stream.h"

enum {
        MACHINE_ARM = 0x1c2, /* PE */
        MACHINE_ARM64 = 0xaa64,
        MACHINE_X86_64 = 0x8664,
        MAX_UNPACKED = 256 << 20,
};

static int refuse_cut(struct err *e)
{
        return err_set(e, 2, "it is cut: its head tells of more bytes than there are (has the guest finished installing it?)");
}

/* The PE header, which kernels with an EFI stub have, or NULL: none, or it lies outside. */
static const u8 *pe_header(const u8 *data, size_t len)
{
        if (len < 64 || memcmp(data, "MZ", 2))
                return NULL;
        u32 at = le32(data + 60);
        return at > len || len - at < 24 || memcmp(data + at, "PE\0\0", 4) ? NULL : data + at;
}

/* The bytes that the PE sections need, 0 without them. */
static u64 pe_end(const u8 *data, size_t len)
{
        const u8 *pe = pe_header(data, len);
        if (!pe)
                return 0;
        u64 end = 0;
        u32 count = le16(pe + 6);
        const u8 *section = pe + 24 + le16(pe + 20);
        for (u32 i = 0; i < count; i++, section += 40) {
                if (section + 40 > data + len)
                        return UINT64_MAX;
                u64 size = le32(section + 16), from = le32(section + 20);
                if (size && from + size > end)
                        end = from + size;
        }
        return end;
}

static void copy_release(struct kernel_image *k, const u8 *from, const u8 *end)
{
        size_t n = 0;
        for (; from + n < end && from[n] > ' ' && from[n] < 0x7f && n + 1 < sizeof k->release; n++)
                k->release[n] = (char)from[n];
        k->release[n] = 0;
}

static int read_zimage(const u8 *data, size_t len, struct kernel_image *k, struct err *e)
{
        u32 size = le32(data + 0x2c) - le32(data + 0x28); /* _edata - start */
        return size > len || pe_end(data, len) > len ? refuse_cut(e) : 0;
}

static int read_image(const u8 *data, size_t len, struct kernel_image *k, struct err *e)
{
        static const char banner[] = "Linux version ";
        if (data[24] & 1)
                return err_set(e, 2, "it is a big-endian kernel");
        if (pe_end(data, len) > len)
                return refuse_cut(e);
        const u8 *at = memmem(data, len, banner, sizeof banner - 1);
        if (at)
                copy_release(k, at + sizeof banner - 1, data + len);
        return 0;
}

static int read_bzimage(const u8 *data, size_t len, struct kernel_image *k, struct err *e)
{
        if (len < 0x260 || le16(data + 0x206) < 0x20c)
                return err_set(e, 2, "it is an x86 kernel from before Linux 3.8");
        if (!(data[0x236] & 1))
                return err_set(e, 2, "it is a 32-bit x86 kernel");
        u64 setup = ((data[0x1f1] ? data[0x1f1] : 4) + 1) * 512u;
        if (setup + le32(data + 0x1f4) * 16ull > len)
                return refuse_cut(e);
        u64 version = le16(data + 0x20e) + 0x200u;
        if (version > 0x200 && version < len)
                copy_release(k, data + version, data + len);
        return 0;
}

static int read_zboot(const u8 *data, size_t len, struct kernel_image *k, struct err *e)
{
        const u8 *pe = pe_header(data, len);
        if (!pe || le16(pe + 4) != MACHINE_ARM64)
                return err_set(e, 2, "it is an EFI zboot image of another architecture than arm64");
        return pe_end(data, len) > len ? refuse_cut(e) : 0;
}

static int read_gzip(const u8 *data, size_t len, struct kernel_image *k, struct err *e)
{
        AUTO_FREE u8 *plain = NULL;
        size_t plain_len;
        if (unpack_whole(data, len, MAX_UNPACKED, &plain, &plain_len, e) < 0)
                return -1;
        if (plain_len < 64 || memcmp(plain + 0x38, "ARM\x64", 4))
                return err_set(e, 2, "it is compressed by gzip, and what is inside is no arm64 kernel");
        return read_image(plain, plain_len, k, e);
}

static int refuse_elf(const u8 *data, size_t len, struct kernel_image *k, struct err *e)
{
        return err_set(e, 2, "it is an ELF file (vmlinux), not the zImage, Image or bzImage that boots");
}

static int refuse_big_endian(const u8 *data, size_t len, struct kernel_image *k, struct err *e)
{
        return err_set(e, 2, "it is a big-endian zImage");
}

static int refuse_riscv(const u8 *data, size_t len, struct kernel_image *k, struct err *e)
{
        return err_set(e, 2, "it is a RISC-V kernel");
}

static int refuse_efi(const u8 *data, size_t len, struct kernel_image *k, struct err *e)
{
        return err_set(e, 2, "it is an EFI program, but no Linux kernel");
}

/* In this order: kernels with an EFI stub begin with MZ, too. */
static const struct head {
        u32 at;
        const char *magic;
        const char *format, *arch;
        int (*read)(const u8 *data, size_t len, struct kernel_image *k, struct err *e);
} heads[] = {
        { 0x24, "\x18\x28\x6f\x01", "zImage", "armv7l", read_zimage },
        { 0x24, "\x01\x6f\x28\x18", NULL, NULL, refuse_big_endian },
        { 0x38, "ARM\x64", "Image", "aarch64", read_image },
        { 0x38, "RSC\x05", NULL, NULL, refuse_riscv },
        { 0x202, "HdrS", "bzImage", "x86_64", read_bzimage },
        { 4, "zimg", "EFI zboot Image", "aarch64", read_zboot },
        { 0, "\x1f\x8b", "gzip Image", "aarch64", read_gzip },
        { 0,
                "\x7f"
                "ELF",
                NULL, NULL, refuse_elf },
        { 0, "MZ", NULL, NULL, refuse_efi },
};

int kernel_image_read(const u8 *data, size_t len, struct kernel_image *k, struct err *e)
{
        *k = (struct kernel_image){ 0 };
        if (len < 64)
                return err_set(e, 2, "it is no kernel: it has only %zu bytes (has the guest finished installing it?)", len);
        for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
                const struct head *h = &heads[i];
                size_t magic_len = strlen(h->magic);
                if (h->at + magic_len > len || memcmp(data + h->at, h->magic, magic_len))
                        continue;
                k->arch = h->arch;
                k->format = h->format;
                return h->read(data, len, k, e);
        }
        return err_set(e, 2, "it is no Linux kernel: none of the heads of zImage, Image, bzImage, gzip or EFI is in it");
}
