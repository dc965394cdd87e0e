/*
 * Damaged kernels, initramfs and metadata: good examples, then flipped, cut, doubled and overwritten at random, by a fixed seed. Under ASan
 * and UBSan what matters is that nothing is reported. VM_FUZZ=N: rounds.
 */
#include "random.h"
#include "vm_bootdir.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/out.h"
#include "base/util.h"
#include "vm/bootdir_domain.h"
#include "vm/bootdir_meta.h"
#include "vm/bootdir_order.h"
#include "vm/initrd_image.h"
#include "vm/kernel_image.h"

struct block {
        u8 data[16384];
        size_t len;
};

static void mutate(struct block *b)
{
        static const u32 numbers[] = { 0, 1, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffffc };
        for (u32 n = 1 + any(4); n && b->len > 4; n--) {
                size_t at = any((u32)b->len - 4), len = any(1 + (u32)(b->len - at < 64 ? b->len - at : 64));
                switch (any(6)) {
                case 0: b->data[at] ^= (u8)(1 << any(8)); break;
                case 1: b->data[at] = (u8)any(256); break;
                case 2: b->len = at; break;
                case 3: memmove(b->data + at, b->data + any((u32)(b->len - len + 1)), len); break;
                case 4: memset(b->data + at, (int)any(256), len); break;
                case 5: memcpy(b->data + at, &numbers[any(ARRAY_LEN(numbers))], 4); break;
                }
        }
}

static void add_pe(struct block *b, u16 machine)
{
        memcpy(b->data, "MZ", 2);
        b->data[60] = 0x80;
        memcpy(b->data + 0x80, "PE\0\0", 4);
        memcpy(b->data + 0x84, &machine, 2);
        b->data[0x86] = 2;
        for (int i = 0; i < 2; i++) {
                u8 *section = b->data + 0x98 + 40 * i;
                section[17] = 4;
                section[21] = (u8)(4 + 4 * i);
        }
}

static void pack(struct block *b, int (*filter)(struct archive *), int (*format)(struct archive *))
{
        struct block packed = { 0 };
        struct archive *a = archive_write_new();
        struct archive_entry *entry = archive_entry_new();
        filter(a);
        format(a);
        archive_write_set_bytes_in_last_block(a, 1);
        check(archive_write_open_memory(a, packed.data, sizeof packed.data, &packed.len) == ARCHIVE_OK);
        archive_entry_set_filetype(entry, AE_IFREG);
        archive_entry_set_pathname(entry, "x");
        check(archive_write_header(a, entry) == ARCHIVE_OK && archive_write_data(a, b->data, b->len) == (la_ssize_t)b->len);
        archive_entry_free(entry);
        archive_write_close(a);
        archive_write_free(a);
        *b = packed;
}

enum { EXAMPLES = 10 };

static void make_examples(struct block *x)
{
        u8 initrd[TEST_INITRD_MAX] = { 0 };
        size_t initrd_len = make_initrd(initrd, "6.1");
        for (int i = 0; i < EXAMPLES; i++)
                x[i] = (struct block){ .len = TEST_KERNEL_BYTES };
        make_zimage(x[0].data, 0);
        add_pe(&x[0], 0x1c2);
        memcpy(x[1].data + 0x38, "ARM\x64", 4);
        memcpy(x[1].data + 0x400, "Linux version 6.1 (x)", 21);
        add_pe(&x[1], 0xaa64);
        memcpy(x[2].data + 0x202, "HdrS\x0f\x02", 6);
        x[2].data[0x20f] = 2;
        x[2].data[0x236] = 1;
        add_pe(&x[3], 0xaa64);
        memcpy(x[3].data + 4, "zimg", 4);
        x[4] = x[1];
        pack(&x[4], archive_write_add_filter_gzip, archive_write_set_format_raw);
        for (int i = 5; i < EXAMPLES; i++) {
                memcpy(x[i].data, initrd, initrd_len);
                x[i].len = initrd_len;
        }
        pack(&x[6], archive_write_add_filter_gzip, archive_write_set_format_raw);
        pack(&x[7], archive_write_add_filter_xz, archive_write_set_format_raw);
        pack(&x[8], archive_write_add_filter_zstd, archive_write_set_format_raw);
        memcpy(x[9].data + initrd_len + 8, x[8].data, x[8].len); /* one for the processor's microcode, and the real one */
        x[9].len = initrd_len + 8 + x[8].len;
}

static bool read_images(const struct block *b, int kind)
{
        struct err e = { 0 };
        struct kernel_image k;
        static struct initrd_image i;
        /* As large as the data: so that a byte too far is seen. */
        AUTO_FREE u8 *data = malloc(b->len ? b->len : 1);
        memcpy(data, b->data, b->len);
        int kernel = kernel_image_read(data, b->len, &k, &e), initrd = initrd_image_read(data, b->len, &i, &e);
        initrd_image_fits(&i, "6.1");
        return kind ? initrd == 0 && i.release_count == 1 : kernel == 0;
}

static void read_metadata(void)
{
        static const char good[] = "virtfs.uid=0\nvirtfs.gid=0\nvirtfs.mode=41471\nvirtfs.rdev=0\n";
        struct block b = { .len = sizeof good - 1 };
        memcpy(b.data, good, b.len);
        mutate(&b);
        AUTO_FREE char *text = malloc(b.len ? b.len : 1);
        memcpy(text, b.data, b.len);
        struct err e;
        u32 mode;
        if (bootdir_meta_text(text, b.len, &mode, &e) > 0)
                check(mode & S_IFMT && !(mode >> 16));
}

static void read_domain(void)
{
        static const char good[] =
                "<domain><os><type arch='armv7l'/><kernel>/v/crossarm/bootdir/a/current/vmlinuz</kernel></os><devices><filesystem>"
                "<source dir='/s'/><target dir='virtio-boot'/></filesystem></devices></domain>";
        struct block b = { .len = sizeof good - 1 };
        memcpy(b.data, good, b.len);
        mutate(&b);
        struct err e;
        struct bootdir_domain d;
        if (bootdir_domain_read((const char *)b.data, b.len, &d, &e) > 0)
                bootdir_domain_free(&d);
}

static void compare_releases(void)
{
        static const char letters[] = "0123456789.-+~rca";
        char text[2][16];
        for (int k = 0; k < 2; k++) {
                u32 len = any(15);
                for (u32 i = 0; i < len; i++)
                        text[k][i] = letters[any(sizeof letters - 1)];
                text[k][len] = 0;
        }
        int c = bootdir_order(text[0], text[1]), d = bootdir_order(text[1], text[0]);
        check((c < 0) == (d > 0) && (c > 0) == (d < 0) && bootdir_order(text[0], text[0]) == 0);
}

int main(void)
{
        const char *said = getenv("VM_FUZZ");
        u32 rounds = said ? (u32)atoi(said) : 20000;
        static struct block examples[EXAMPLES];
        make_examples(examples);
        for (int i = 0; i < EXAMPLES; i++)
                if (!read_images(&examples[i], i >= 5)) {
                        printf("example %d is not taken\n", i);
                        return 1;
                }
        for (u32 i = 0; i < rounds; i++) {
                struct block b = examples[any(EXAMPLES)];
                mutate(&b);
                read_images(&b, 0);
                read_metadata();
                compare_releases();
                if (i % 8 == 0)
                        read_domain();
        }
        return 0;
}
