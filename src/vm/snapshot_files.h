/* The files of a machine's snapshots: images below those it writes to, memory, copies of variables. */
#pragma once
#include "base/err.h"
#include "base/types.h"
#include "vm/xml.h"

#include <libvirt/libvirt.h>

/* What libvirt knows of a snapshot; the caller frees it (AUTO_XML). NULL and *e: it cannot be read. */
xmlDoc *snapshot_xml(virDomainSnapshotPtr snapshot, struct err *e);

/* The XML of a machine's snapshots, malloced. */
struct snapshot_docs {
        xmlDoc **all;
        size_t count;
};

#define AUTO_SNAPSHOT_DOCS __attribute__((cleanup(snapshot_docs_free)))
void snapshot_docs_free(struct snapshot_docs *docs);

/* 0, or -1 and *e. */
int snapshot_docs_read(virDomainPtr domain, struct snapshot_docs *docs, struct err *e);

/* The image below `top`, when one of the snapshots has put `top` over it. Malloced; NULL when none has. */
char *snapshot_below(const struct snapshot_docs *docs, const char *top);

/* The snapshot that has put an image on top of the disk of that target ("vda"). Malloced; NULL when none has. */
char *snapshot_of_disk(const struct snapshot_docs *docs, const char *target);

/* What the snapshots keep beside the images: libvirt and we would know of it no more without them. `each` returns 0, or -1 and *e. */
int snapshot_kept_files(
        const struct snapshot_docs *docs, int (*each)(void *data, const char *path, struct err *e), void *data, struct err *e);
