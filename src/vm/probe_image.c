#include "vm/probe_image.h"

#include <string.h>

#include "base/out.h"

/* The geometry of a floppy disk of 1.44 MB. */
enum { SECTOR = 512, SECTORS = 2880, FAT_SECTORS = 9, FATS = 2, ROOT_ENTRIES = 224, FIRST_FAT = 1 };
enum { ROOT = FIRST_FAT + FATS * FAT_SECTORS, DATA = ROOT + ROOT_ENTRIES * 32 / SECTOR, MEDIA = 0xf0 };
enum { ENTRY = 32, ATTR_DIR = 0x10, ATTR_FILE = 0x20, CLUSTER_END = 0xfff };
/* A PE image: heads in its first sector, code in its second, mapped a page behind its base. */
enum { PE_AT = 0x40, OPTIONAL_AT = PE_AT + 24, CODE_RVA = 0x1000, EFI_FILE_SIZE = 2 * SECTOR, EFI_APPLICATION = 10 };

/*
 * The applications: the text's address and the console (system table, ConOut) go to the console's OutputString; then they wait to be
 * killed. The text, in UTF-16, follows the code.
 */
static const u8 code_aarch64[] = {
        0x20, 0x20, 0x40, 0xf9, /* ldr x0, [x1, #64] */
        0x81, 0x00, 0x00, 0x10, /* adr x1, text */
        0x02, 0x04, 0x40, 0xf9, /* ldr x2, [x0, #8] */
        0x40, 0x00, 0x3f, 0xd6, /* blr x2 */
        0x00, 0x00, 0x00, 0x14, /* b . */
};
static const u8 code_arm[] = {
        0xc8,
        0x6a, /* ldr r0, [r1, #44] */
        0x02,
        0xa1, /* adr r1, text */
        0x42,
        0x68, /* ldr r2, [r0, #4] */
        0x90,
        0x47, /* blx r2 */
        0xfe,
        0xe7, /* b . */
        0x00,
        0x00,
};
static const u8 code_x64[] = {
        0x48, 0x83, 0xec, 0x28,                   /* sub $40, %rsp */
        0x48, 0x8b, 0x4a, 0x40,                   /* mov 64(%rdx), %rcx */
        0x48, 0x8d, 0x15, 0x05, 0x00, 0x00, 0x00, /* lea text(%rip), %rdx */
        0xff, 0x51, 0x08,                         /* call *8(%rcx) */
        0xeb, 0xfe,                               /* jmp . */
};

/* At 0x7c3e, in real mode: the text, which follows, to the first serial port. */
static const u8 boot_code[] = {
        0x31, 0xc0,       /* xor %ax, %ax */
        0x8e, 0xd8,       /* mov %ax, %ds */
        0xba, 0xf8, 0x03, /* mov $0x3f8, %dx */
        0xbe, 0x54, 0x7c, /* mov $text, %si */
        0xfc,             /* cld */
        0xac,             /* lodsb */
        0x84, 0xc0,       /* test %al, %al */
        0x74, 0x03,       /* jz the end */
        0xee,             /* out %al, %dx */
        0xeb, 0xf8,       /* jmp to the lodsb */
        0xf4, 0xeb, 0xfd, /* hlt; jmp to it */
};
enum { BOOT_CODE_AT = 0x3e };

static const struct {
        const char *name; /* of 8 + 3 characters */
        u16 machine, magic;
        bool thumb; /* the entry's lowest bit says so */
        const u8 *code;
        size_t size;
} applications[] = {
        { "BOOTAA64EFI", 0xaa64, 0x20b, false, code_aarch64, sizeof code_aarch64 },
        { "BOOTARM EFI", 0x01c2, 0x10b, true, code_arm, sizeof code_arm },
        { "BOOTX64 EFI", 0x8664, 0x20b, false, code_x64, sizeof code_x64 },
};

static void put16(u8 *at, u32 value)
{
        at[0] = (u8)value;
        at[1] = (u8)(value >> 8);
}

static void put32(u8 *at, u32 value)
{
        put16(at, value);
        put16(at + 2, value >> 16);
}

static void make_boot_sector(u8 *disk)
{
        memcpy(disk,
                "\xeb\x3c\x90"
                "CROSSARM",
                11); /* jump over the fields */
        put16(disk + 11, SECTOR);
        disk[13] = 1; /* sectors of a cluster */
        put16(disk + 14, FIRST_FAT);
        disk[16] = FATS;
        put16(disk + 17, ROOT_ENTRIES);
        put16(disk + 19, SECTORS);
        disk[21] = MEDIA;
        put16(disk + 22, FAT_SECTORS);
        put16(disk + 24, 18); /* sectors of a track */
        put16(disk + 26, 2);  /* heads */
        disk[38] = 0x29;
        memcpy(disk + 43, "NO NAME    FAT12   ", 19);
        memcpy(disk + BOOT_CODE_AT, boot_code, sizeof boot_code);
        memcpy(disk + BOOT_CODE_AT + sizeof boot_code, PROBE_WORD "\r\n", sizeof PROBE_WORD + 2);
        put16(disk + 510, 0xaa55);
}

/* Twelve bits for each cluster, in both tables. */
static void set_next(u8 *disk, u32 cluster, u32 next)
{
        for (u32 fat = 0; fat < FATS; fat++) {
                u8 *at = disk + (FIRST_FAT + fat * FAT_SECTORS) * SECTOR + cluster * 3 / 2;
                u32 both = at[0] | (u32)at[1] << 8;
                put16(at, cluster & 1 ? (both & 0x00f) | next << 4 : (both & 0xf000) | next);
        }
}

static u8 *cluster_at(u8 *disk, u32 cluster)
{
        return disk + (DATA + cluster - 2) * SECTOR;
}

static void add_entry(u8 *directory, u32 place, const char *name, u8 attributes, u32 cluster, u32 size)
{
        u8 *entry = directory + place * ENTRY;
        memcpy(entry, name, 11);
        entry[11] = attributes;
        put16(entry + 24, 1 << 5 | 1); /* 1 January 1980 */
        put16(entry + 26, cluster);
        put32(entry + 28, size);
}

static void make_directory(u8 *disk, u32 cluster, u32 parent)
{
        set_next(disk, cluster, CLUSTER_END);
        add_entry(cluster_at(disk, cluster), 0, ".          ", ATTR_DIR, cluster, 0);
        add_entry(cluster_at(disk, cluster), 1, "..         ", ATTR_DIR, parent, 0);
}

static void make_application(u8 *file, size_t i)
{
        bool wide = applications[i].magic == 0x20b; /* PE32+: addresses of 64 bits */
        u8 *head = file + PE_AT, *optional = file + OPTIONAL_AT, *section = optional + (wide ? 112 : 96);
        memcpy(file, "MZ", 2);
        put32(file + 0x3c, PE_AT);
        memcpy(head, "PE\0\0", 4);
        put16(head + 4, applications[i].machine);
        put16(head + 6, 1); /* sections */
        put16(head + 20, wide ? 112 : 96);
        put16(head + 22, 0x22 | (wide ? 0 : 0x100)); /* executable, large addresses; 32-bit machine */
        put16(optional, applications[i].magic);
        put32(optional + 4, SECTOR); /* of code */
        put32(optional + 16, CODE_RVA | applications[i].thumb);
        put32(optional + 20, CODE_RVA);
        put32(optional + 32, CODE_RVA); /* alignment in memory and in the file */
        put32(optional + 36, SECTOR);
        put32(optional + 56, 2 * CODE_RVA); /* the image's size, and that of its heads */
        put32(optional + 60, SECTOR);
        put16(optional + 68, EFI_APPLICATION);
        memcpy(section, ".text", 5);
        put32(section + 8, SECTOR);
        put32(section + 12, CODE_RVA);
        put32(section + 16, SECTOR);
        put32(section + 20, SECTOR);
        put32(section + 36, 0x60000020); /* code, which may be executed and read */
        u8 *code = file + SECTOR;
        memcpy(code, applications[i].code, applications[i].size);
        for (size_t k = 0; k < sizeof PROBE_WORD + 1; k++) /* the word and an end of line, in UTF-16 */
                put16(code + applications[i].size + 2 * k, (u32)(PROBE_WORD "\r\n")[k]);
}

void probe_image(u8 *disk)
{
        enum { EFI = 2, BOOT = 3, FILES = 4, FILE_CLUSTERS = EFI_FILE_SIZE / SECTOR };
        memset(disk, 0, PROBE_DISK_SIZE);
        make_boot_sector(disk);
        set_next(disk, 0, 0xf00 | MEDIA);
        set_next(disk, 1, CLUSTER_END);
        add_entry(disk + ROOT * SECTOR, 0, "EFI        ", ATTR_DIR, EFI, 0);
        make_directory(disk, EFI, 0);
        make_directory(disk, BOOT, EFI);
        add_entry(cluster_at(disk, EFI), 2, "BOOT       ", ATTR_DIR, BOOT, 0);
        for (u32 i = 0; i < sizeof applications / sizeof *applications; i++) {
                u32 cluster = FILES + i * FILE_CLUSTERS;
                set_next(disk, cluster, cluster + 1);
                set_next(disk, cluster + 1, CLUSTER_END);
                add_entry(cluster_at(disk, BOOT), 2 + i, applications[i].name, ATTR_FILE, cluster, EFI_FILE_SIZE);
                make_application(cluster_at(disk, cluster), i);
        }
}
