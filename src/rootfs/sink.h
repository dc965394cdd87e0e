/* Where a tree's entries go: into a folder, or into a tar. One checked way in for all sources. */
#pragma once
#include "rootfs/job.h"

#include <archive.h>
#include <archive_entry.h>

struct sink {
        struct job *job;
        struct archive *to;
        bool disk;
        const char *name;   /* of the source, for messages */
        const char *prefix; /* "boot/": goes before each name; NULL: none */
        void *links;        /* symbolic links so far, for a tar: a folder finds out by itself */
};

/* Into the working directory. */
int sink_open_folder(struct sink *s, struct job *j, const char *name, struct err *e);

/* As a tar to a file; compressed when `target` ends in .gz, .tgz, .xz, .txz, .zst or .tzst. */
int sink_open_tar(struct sink *s, struct job *j, int fd, const char *target, const char *name, struct err *e);

/* Begin an entry: 1 take its data, 0 it has none or is left out, -1 and *e when it is refused. */
int sink_entry(struct sink *s, struct archive_entry *entry, struct err *e);
int sink_data(struct sink *s, const void *data, size_t len, struct err *e);
int sink_end_entry(struct sink *s, struct err *e);

/* Close; after this all is written. */
int sink_close(struct sink *s, struct err *e);
void sink_drop(struct sink *s);
