/*
 * Snapshots of a machine. Inside of the images, with the memory of a running guest, where libvirt can do that: all disks are qcow2, and the
 * firmware keeps no variables in flash. Otherwise a new image on top of each disk, and the memory or the variables in a file beside
 * (vm/snapshot_state.h): such a one is taken back here, since libvirt can only from 9.9 on.
 */
#pragma once
#include "base/err.h"
#include "base/types.h"

#include <libvirt/libvirt.h>

#include "vm/work.h"

struct snapshot {
        char *name;
        i64 taken_at; /* seconds since 1970 */
        bool current, memory, external;
};

struct snapshot_list {
        struct snapshot *all;
        size_t count;
};

#define AUTO_SNAPSHOTS __attribute__((cleanup(snapshot_list_free)))
void snapshot_list_free(struct snapshot_list *list);

/* Each: 0, or -1 and *e. The list is ordered by time, parents before children. */
int snapshot_list(virDomainPtr domain, struct snapshot_list *list, struct err *e);

/* These change the machine, whose lock `w` is. A failed take leaves nothing; a revert that was cut off is to be repeated. */
int snapshot_take(struct work *w, virDomainPtr domain, const char *name, struct err *e);
int snapshot_revert(struct work *w, virDomainPtr domain, const char *name, struct err *e);
int snapshot_delete(struct work *w, virDomainPtr domain, const char *name, struct err *e);
