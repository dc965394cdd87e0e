/* What a rootfs is imported from: a folder, a tar, a squashfs, an ext2/3/4 file system, a disk image, raw or qcow2; compressed or not. */
#pragma once
#include "fs/partitions.h"
#include "rootfs/job.h"
#include "rootfs/sink.h"

struct import_plan {
        const char *source;
        int partition; /* of a disk image, from 1; 0: the largest one that can be a root */
        bool no_boot;  /* of a disk image: the root partition alone */
};

/* Where the entries are to go: a folder, or if NULL as a tar to fd. */
struct import_to {
        const char *folder, *target; /* target: the name, for messages and the kind of compression */
        int fd;
};

int source_import(struct job *j, const struct import_plan *p, const struct import_to *to, struct err *e);

/* A folder's entries. */
int source_folder(struct job *j, const char *folder, const struct import_to *to, struct err *e);

/* ---- one kind each, in its own file; they write to an open sink ---- */

/* Of a tar and what it may be compressed by; never NULL. */
struct archive *source_reader(void);

/* A tar, compressed or not, from fd. `total`: its size, 0 when that is not known. */
int source_tar(struct sink *s, int fd, u64 total, struct err *e);

/* What lies in a volume, by its content. */
enum source_kind { SOURCE_UNKNOWN, SOURCE_EXT, SOURCE_SQUASHFS, SOURCE_FAT, SOURCE_DISK };

/* An ext or FAT file system. */
int source_fs(struct sink *s, struct volume *v, enum source_kind kind, struct err *e);

struct source_part {
        struct partition where;
        enum source_kind kind;
        const char *name; /* "a vfat file system", also of some that are UNKNOWN here; NULL */
};

/* The volume's own kind and name (see there), and of a disk its partitions: how many. */
int source_probe(struct volume *v, enum source_kind *kind, const char **name, struct source_part parts[PARTITIONS_MAX]);
