/*
 * Damaged input of `crossarm vm`: firmware descriptors, firmware volumes and variable stores, qcow2 images, consoles; flipped, cut, doubled
 * and overwritten at random, by a fixed seed. Under ASan and UBSan what matters is that nothing is reported. VM_FUZZ=N: rounds.
 */
#include "random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/out.h"
#include "base/util.h"
#include "vm/console_verdict.h"
#include "vm/firmware.h"
#include "vm/firmware_parts.h"
#include "vm/flash.h"
#include "vm/fv.h"

static size_t mutate(u8 *data, size_t size)
{
        static const char *const words[] = { "\"", "[", "{}", "null", "\\u0000", "-1", "999999999999", "\xff\xff\xff", "/", "_FVH",
                "uefi" };
        for (u32 n = 1 + any(4); n && size; n--) {
                size_t at = any((u32)size), room = size - at, length = any(1 + (u32)(room < 32 ? room : 32));
                const char *word = words[any(ARRAY_LEN(words))];
                switch (any(6)) {
                case 0: data[at] ^= (u8)(1 << any(8)); break;
                case 1: data[at] = (u8)any(256); break;
                case 2: size = any(8) ? size : at; break;
                case 3: memmove(data + at, data + any((u32)(size - length + 1)), length); break;
                case 4: memset(data + at, any(2) ? 0xff : 0, length); break;
                case 5: memcpy(data + at, word, strlen(word) < room ? strlen(word) : room); break;
                }
        }
        return size;
}

static const char descriptor[] =
        "{ \"description\": \"d\", \"interface-types\": [ \"uefi\", \"bios\" ], \"mapping\": { \"device\": \"flash\", \"mode\": \"split\","
        " \"executable\": { \"filename\": \"/c\", \"format\": \"raw\" }, \"nvram-template\": { \"filename\": \"/v\", \"format\": \"qcow2\" "
        "} },"
        " \"targets\": [ { \"architecture\": \"aarch64\", \"machines\": [ \"virt-*\", \"x\" ] }, { \"architecture\": \"arm\", \"machines\":"
        " [ \"virt\" ] } ], \"features\": [ \"secure-boot\", \"enrolled-keys\", \"wings\" ], \"tags\": [ \"t\" ] }";

/* A damaged copy, exactly as large as it claims, so that a byte too far is seen. */
static u8 *damaged(const u8 *data, size_t *size)
{
        AUTO_FREE u8 *copy = malloc(*size);
        check(copy);
        memcpy(copy, data, *size);
        *size = mutate(copy, *size);
        u8 *exact = malloc(*size ? *size : 1);
        check(exact);
        memcpy(exact, copy, *size);
        return exact;
}

static void read_descriptor(void)
{
        size_t size = sizeof descriptor - 1;
        AUTO_FREE u8 *text = damaged((const u8 *)descriptor, &size);
        AUTO_FIRMWARE struct firmware_list list = { 0 };
        firmware_parse((const char *)text, size, "here", firmware_add(&list));
        struct firmware_want want = { .arch = "aarch64", .machine = "virt", .with = FW_SECURE_BOOT };
        struct firmware_choice choice;
        struct err e;
        firmware_choose(&list, &want, &choice);
        if (!choice.chosen)
                firmware_none(&list, &want, &choice, &e);
        firmware_choice_free(&choice);
}

/* ---- a volume with one file of two sections, and a store with two variables ---- */

static void put(u8 *at, u64 value, size_t bytes)
{
        memcpy(at, &value, bytes);
}

static void end_volume(u8 *volume, size_t size)
{
        put(volume + 32, size, 8);
        memcpy(volume + 40, "_FVH", 4);
        put(volume + 48, 72, 2);
        u16 sum = 0;
        for (size_t i = 0; i < 72; i += 2)
                sum = (u16)(sum + (volume[i] | volume[i + 1] << 8));
        put(volume + 50, (u16)-sum, 2);
}

static size_t make_code(u8 *to)
{
        memset(to, 0, 512);
        u8 *file = to + 72;
        file[18] = 3;
        put(file + 20, 200, 3);
        put(file + 24, 20 | 0x18u << 24, 4);
        put(file + 44, 100 | 0x12u << 24, 4);
        memcpy(file + 48, "VZ\x64\xaa", 4);
        end_volume(to, 512);
        return 512;
}

static size_t make_store(u8 *to)
{
        static const u8 nv[16] = { 0x8d, 0x2b, 0xf1, 0xff, 0x96, 0x76, 0x8b, 0x4c, 0xa9, 0x85, 0x27, 0x47, 0x07, 0x5b, 0x4f, 0x50 };
        static const u8 auth[16] = { 0x78, 0x2c, 0xf3, 0xaa, 0x7b, 0x94, 0x9a, 0x43, 0xa1, 0x80, 0x2e, 0x14, 0x4e, 0xc3, 0x77, 0x92 };
        memset(to, 0, 512);
        memcpy(to + 16, nv, sizeof nv);
        memcpy(to + 72, auth, sizeof auth);
        put(to + 88, 440, 4);
        put(to + 100, 0x3f55aa, 4);
        put(to + 136, 4, 4);
        put(to + 140, 10, 4);
        put(to + 176, 0x3f55aa, 4);
        put(to + 212, 6, 4);
        put(to + 216, 20, 4);
        memcpy(to + 236, "P\0K\0\0", 6);
        end_volume(to, 512);
        return 512;
}

static void read_volumes(bool whole)
{
        u8 both[1024];
        size_t size = make_code(both);
        size += make_store(both + size);
        struct fv_facts f = fv_look(both, size);
        check(f.machine == FV_AARCH64 && f.code && f.variables && f.keys);
        if (whole)
                return;
        AUTO_FREE u8 *copy = damaged(both, &size);
        if (any(2) && size >= 512)
                end_volume(copy, any(2) ? 512 : any(1024)); /* past the header's sum */
        fv_look(copy, size);
}

static void read_qcow2(void)
{
        u8 image[8192] = { 'Q', 'F', 'I', 0xfb, 0, 0, 0, 3 };
        image[23] = 12;       /* cluster_bits */
        image[30] = 0x20;     /* size: 8 KiB */
        image[39] = 1;        /* l1_size */
        image[46] = 0x10;     /* the L1 table is at 0x1000, */
        image[0x1006] = 0x12; /* the L2 table at 0x1200, */
        image[0x1206] = 0x10; /* the first cluster at 0x1000 */
        size_t size = sizeof image;
        AUTO_FREE u8 *copy = damaged(image, &size);
        int fd = memfd_create("qcow2", 0);
        check(fd >= 0 && write(fd, copy, size) == (ssize_t)size);
        AUTO_FREE char *path = format("/proc/self/fd/%d", fd);
        AUTO_FLASH struct flash f = { 0 };
        struct err e;
        flash_read(path, "qcow2", &f, &e);
        close(fd);
}

/* Pieces of consoles in any order, damaged. */
static void read_console(void)
{
        static const char *const pieces[] = { "UEFI firmware (version", "\x1b[2J\x1b[01;01H", "Shell> ", "\n", "\r\n",
                "map: No mapping found.", "[    0.000000] Booting Linux on physical CPU 0x0", "Run /init as init process",
                " login: ", "Kernel panic - not syncing", "\x1b[", "\x1b", "(initramfs) ", "Security Violation", "reboot: Power down",
                "can't claim ECAM area" };
        u8 text[600];
        size_t size = 0;
        for (u32 n = any(20); n; n--) {
                const char *piece = pieces[any(ARRAY_LEN(pieces))];
                memcpy(text + size, piece, strlen(piece));
                size += strlen(piece);
                if (size > sizeof text - 64)
                        break;
        }
        AUTO_FREE u8 *copy = damaged(text, &size);
        struct console_report r;
        console_judge((const char *)copy, size, &r);
        check(!r.verdict || (!r.silent && *r.line));
}

int main(void)
{
        const char *wanted = getenv("VM_FUZZ");
        long rounds = wanted ? atol(wanted) : 3000;
        read_volumes(true);
        for (long i = 0; i < rounds; i++) {
                read_descriptor();
                read_volumes(false);
                read_qcow2();
                read_console();
        }
        return 0;
}
