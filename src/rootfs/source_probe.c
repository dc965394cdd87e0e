#include "rootfs/source.h"

#include <blkid/blkid.h>
#include <stdio.h>
#include <string.h>

static enum source_kind kind_of(const char *type)
{
        if (!strncmp(type, "ext", 3))
                return SOURCE_EXT;
        if (!strcmp(type, "squashfs"))
                return SOURCE_SQUASHFS;
        return !strcmp(type, "vfat") ? SOURCE_FAT : *type ? SOURCE_OTHER_FS : SOURCE_UNKNOWN;
}

/* What the range holds: a file system's name, "" for none that is known. */
static void file_system(int fd, u64 offset, u64 size, char type[32])
{
        blkid_probe pr = blkid_new_probe();
        const char *value = NULL;
        type[0] = 0;
        if (!pr)
                return;
        blkid_probe_enable_superblocks(pr, 1);
        blkid_probe_set_superblocks_flags(pr, BLKID_SUBLKS_TYPE);
        if (blkid_probe_set_device(pr, fd, (blkid_loff_t)offset, (blkid_loff_t)size) == 0 && blkid_do_safeprobe(pr) == 0 &&
                blkid_probe_lookup_value(pr, "TYPE", &value, NULL) == 0)
                snprintf(type, 32, "%s", value);
        blkid_free_probe(pr);
}

static int partitions(int fd, struct source_part parts[SOURCE_PARTS_MAX])
{
        blkid_probe pr = blkid_new_probe();
        int count = 0;
        if (!pr)
                return 0;
        blkid_probe_enable_superblocks(pr, 0);
        blkid_probe_enable_partitions(pr, 1);
        blkid_partlist list = blkid_probe_set_device(pr, fd, 0, 0) == 0 ? blkid_probe_get_partitions(pr) : NULL;
        u64 end = list ? (u64)blkid_probe_get_size(pr) : 0;
        for (int i = 0; list && i < blkid_partlist_numof_partitions(list) && count < SOURCE_PARTS_MAX; i++) {
                blkid_partition part = blkid_partlist_get_partition(list, i);
                u64 start = (u64)blkid_partition_get_start(part), sectors = (u64)blkid_partition_get_size(part);
                /* A table can say anything: only what lies in the file counts. */
                if (blkid_partition_is_extended(part) || start > end / 512 || sectors > end / 512 - start || !sectors)
                        continue;
                struct source_part *p = &parts[count++];
                *p = (struct source_part){ .number = blkid_partition_get_partno(part), .offset = start * 512, .size = sectors * 512 };
                file_system(fd, p->offset, p->size, p->type);
                p->kind = kind_of(p->type);
        }
        blkid_free_probe(pr);
        return count;
}

int source_probe(int fd, enum source_kind *kind, struct source_part parts[SOURCE_PARTS_MAX], char type[32])
{
        file_system(fd, 0, 0, type);
        *kind = kind_of(type);
        int count = *kind == SOURCE_EXT || *kind == SOURCE_SQUASHFS ? 0 : partitions(fd, parts);
        if (count)
                *kind = SOURCE_DISK;
        return count;
}
