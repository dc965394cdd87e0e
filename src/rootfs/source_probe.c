#include "rootfs/source.h"

#include <string.h>

#include "fs/ext.h"
#include "fs/fat.h"
#include "fs/opaque.h"
#include "fs/squashfs.h"

/* What the volume holds, and how it is called in messages; NULL for nothing that is known. */
static enum source_kind kind_of(struct volume *v, const char **name)
{
        u8 head[FS_HEAD], far[8];
        size_t len = volume_peek(v, 0, head, sizeof head);
        static const struct {
                bool (*is)(const u8 *head, size_t len);
                enum source_kind kind;
                const char *name;
        } rows[] = {
                { squashfs_is, SOURCE_SQUASHFS, "a squashfs file system" },
                { ext_is, SOURCE_EXT, "an ext file system" },
                { fat_is, SOURCE_FAT, "a vfat file system" },
        };
        for (size_t i = 0; i < ARRAY_LEN(rows); i++)
                if (rows[i].is(head, len)) {
                        *name = rows[i].name;
                        return rows[i].kind;
                }
        *name = opaque_name(head, len);
        if (!*name && volume_peek(v, BTRFS_AT, far, sizeof far) == sizeof far)
                *name = btrfs_name(far);
        return SOURCE_UNKNOWN;
}

int source_probe(struct volume *v, enum source_kind *kind, const char **name, struct source_part parts[PARTITIONS_MAX])
{
        struct partition table[PARTITIONS_MAX];
        *kind = kind_of(v, name);
        int count = *kind == SOURCE_UNKNOWN ? partitions_read(v, table) : 0;
        for (int i = 0; i < count; i++) {
                struct volume *part = volume_part(v, table[i].at, table[i].size);
                parts[i] = (struct source_part){ .where = table[i] };
                parts[i].kind = kind_of(part, &parts[i].name);
                volume_close(part);
        }
        if (count)
                *kind = SOURCE_DISK;
        return count;
}
