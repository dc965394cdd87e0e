/*
 * Partition tables and heads of file systems that mean no good: MBR with a chain of logical partitions, and GPT, then bytes changed at
 * random by a fixed seed, the sums of a GPT made right again as an attacker would. Whatever they say, what source_probe() gives lies in the
 * file. IMAGE_FUZZ=N: rounds.
 */
#include "random.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/util.h"
#include "rootfs/source.h"

enum { SECTOR = 512, SECTORS = 4096, DISK = SECTOR * SECTORS, HEAD = 64 * SECTOR };

static void put32(u8 *at, u32 value)
{
        memcpy(at, &value, sizeof value);
}

static void put64(u8 *at, u64 value)
{
        memcpy(at, &value, sizeof value);
}

/* The CRC of GPT (UEFI specification 5.3.2): that of zip and Ethernet. */
static u32 crc(const u8 *data, size_t len)
{
        u32 sum = ~0u;
        for (size_t i = 0; i < len; i++) {
                sum ^= data[i];
                for (int bit = 0; bit < 8; bit++)
                        sum = sum >> 1 ^ (sum & 1 ? 0xedb88320 : 0);
        }
        return ~sum;
}

static void put_entry(u8 *table, int number, u8 type, u32 start, u32 sectors)
{
        u8 *at = table + 446 + 16 * number;
        at[4] = type;
        put32(at + 8, start);
        put32(at + 12, sectors);
        table[510] = 0x55;
        table[511] = 0xaa;
}

/* Heads of an ext2, a squashfs and a FAT. */
static void put_file_systems(u8 *disk)
{
        u8 *ext = disk + 256 * SECTOR + 1024;
        put32(ext, 64);
        put32(ext + 4, 256);
        ext[56] = 0x53;
        ext[57] = 0xef;
        put32(ext + 76, 1);
        memcpy(disk + 1024 * SECTOR, "hsqs", 4);
        disk[1024 * SECTOR + 28] = 4;
        u8 *fat = disk + 64 * SECTOR;
        memcpy(fat, "\xeb\x3c\x90mkfs.fat\0\2\1\1\0\2\0\2\300\0\370", 22);
        memcpy(fat + 54, "FAT16   ", 8);
        fat[510] = 0x55;
        fat[511] = 0xaa;
}

static void make_mbr(u8 *disk)
{
        put_entry(disk, 0, 0x0c, 64, 128);
        put_entry(disk, 1, 0x83, 256, 512);
        put_entry(disk, 2, 0x05, 2048, 2000);
        for (u32 at = 2048, i = 0; i < 4; i++, at += 256) { /* each names the next one, as a distance from the first */
                put_entry(disk + at * SECTOR, 0, 0x83, 16, 200);
                if (i < 3)
                        put_entry(disk + at * SECTOR, 1, 0x05, at + 256 - 2048, 256);
        }
}

static void seal_gpt(u8 *disk)
{
        u8 *head = disk + SECTOR;
        put32(head + 88, crc(disk + 2 * SECTOR, 128 * 128));
        put32(head + 16, 0);
        put32(head + 16, crc(head, 92));
}

static void make_gpt(u8 *disk)
{
        static const u64 places[][2] = { { 64, 191 }, { 256, 767 }, { 1024, 2047 } };
        u8 *head = disk + SECTOR;
        put_entry(disk, 0, 0xee, 1, SECTORS - 1);
        memcpy(head, "EFI PART\0\0\1\0\x5c\0\0\0", 16);
        put64(head + 24, 1);
        put64(head + 32, SECTORS - 1);
        put64(head + 40, 34);
        put64(head + 48, SECTORS - 34);
        put64(head + 72, 2);
        put32(head + 80, 128);
        put32(head + 84, 128);
        for (size_t i = 0; i < ARRAY_LEN(places); i++) {
                u8 *entry = disk + 2 * SECTOR + 128 * i;
                memset(entry, 0x11 + (int)i, 32);
                put64(entry + 32, places[i][0]);
                put64(entry + 40, places[i][1]);
        }
        seal_gpt(disk);
}

static void damage(u8 *disk, bool gpt)
{
        static const u32 values[] = { 0, 1, 0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff, 2048, SECTORS, SECTORS - 1 };
        for (u32 n = 1 + any(6); n; n--) {
                u32 at = any(2) ? any(HEAD) : any(4) ? 446 + any(64) : 2048 * SECTOR + any(1024 * SECTOR / 2);
                if (any(2))
                        disk[at] = (u8)any(256);
                else
                        put32(disk + at, values[any(ARRAY_LEN(values))]);
        }
        if (gpt && any(4))
                seal_gpt(disk);
}

/* How many partitions were found; -1 after a message when one of them does not lie in the file. */
static int probe(int fd)
{
        struct source_part parts[PARTITIONS_MAX];
        enum source_kind kind;
        const char *name;
        struct volume *disk = volume_of_fd(fd, DISK);
        int count = source_probe(disk, &kind, &name, parts);
        volume_close(disk);
        if (count > PARTITIONS_MAX)
                return puts("more than there is room for"), -1;
        for (int i = 0; i < count; i++) {
                const struct partition *p = &parts[i].where;
                if (!p->size || p->at > DISK || p->size > DISK - p->at || p->number < 1)
                        return printf("partition %u: %lu bytes at %lu\n", p->number, p->size, p->at), -1;
        }
        return count;
}

int main(void)
{
        static u8 good[2][DISK], disk[DISK];
        const char *said = getenv("IMAGE_FUZZ");
        int rounds = said ? atoi(said) : 1500, fd = memfd_create("disk", MFD_CLOEXEC), found = 0;
        for (int gpt = 0; gpt < 2; gpt++) {
                put_file_systems(good[gpt]);
                (gpt ? make_gpt : make_mbr)(good[gpt]);
                int count = pwrite(fd, good[gpt], DISK, 0) == DISK ? probe(fd) : -1;
                if (count != (gpt ? 3 : 6))
                        return printf("%s: %d partitions before any damage\n", gpt ? "GPT" : "MBR", count), 1;
        }
        for (int i = 0; i < rounds; i++) {
                bool gpt = any(2);
                memcpy(disk, good[gpt], DISK);
                damage(disk, gpt);
                int count = pwrite(fd, disk, DISK, 0) == DISK ? probe(fd) : -1;
                if (count < 0)
                        return printf("round %d\n", i), 1;
                found += count > 0;
        }
        if (found < rounds / 4)
                return printf("only %d of %d rounds found a partition: the damage is too much\n", found, rounds), 1;
        return 0;
}
