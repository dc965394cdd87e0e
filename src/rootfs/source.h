/* What a rootfs is imported from: a folder, a tar, a squashfs, an ext2/3/4 file system, a disk image; compressed or not. */
#pragma once
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

/* A folder's entries, `prefix` before each name. */
int source_folder(struct job *j, const char *folder, const char *prefix, const struct import_to *to, struct err *e);

/* One kind each, in its own file. They write to an open sink. */

/* A tar, compressed or not, from fd; `prefix` ("" or "boot/") goes before each name. */
int source_tar(struct sink *s, int fd, const char *prefix, u64 total, struct err *e);

/* An ext2, 3 or 4 file system that begins at `offset` of `path`. Opened, then read; between the two the root may change. */
struct source_ext;
struct source_ext *source_ext_open(const char *path, u64 offset, struct err *e);
int source_ext_copy(struct source_ext *x, struct sink *s, struct err *e);
void source_ext_close(struct source_ext *x);

/* What lies in a file, by its content. */
enum source_kind { SOURCE_UNKNOWN, SOURCE_EXT, SOURCE_SQUASHFS, SOURCE_FAT, SOURCE_OTHER_FS, SOURCE_DISK };

struct source_part {
        enum source_kind kind;
        int number;
        u64 offset, size;
        char type[32]; /* as blkid names it, for messages */
};

enum { SOURCE_PARTS_MAX = 128 };

/* The file open at fd: its own kind, the name blkid has for that, and for a disk its partitions. The count of them. */
int source_probe(int fd, enum source_kind *kind, struct source_part parts[SOURCE_PARTS_MAX], char type[32]);
