/*
 * What a snapshot on top of the images keeps beside them, on the host: of a running guest its memory, in a file of libvirt's beside the
 * first disk's image, which holds the firmware's variables, too; of a machine that is off a copy of those variables, beside them.
 */
#pragma once
#include "base/err.h"
#include "base/types.h"
#include "vm/xml.h"

#include <libvirt/libvirt.h>

/* Where the memory would go: "/images/web.before-upgrade.memory". `domain` is a machine's XML. Malloced; NULL when no disk is a file. */
char *state_memory_path(xmlNode *domain, const char *snapshot);

/* Where the copy of the variables would be: "/var/lib/libvirt/qemu/nvram/web_VARS.fd.before-upgrade". Malloced; NULL without variables. */
char *state_variables_path(xmlNode *domain, const char *snapshot);

/* Copy the variables. A machine that never ran has none yet, which is no error. 0, or -1 and *e. */
int state_keep_variables(virConnectPtr conn, xmlNode *domain, const char *snapshot, struct err *e);

/* Put the copy in the place of the variables, if there is one. 0, or -1 and *e. */
int state_put_variables(virConnectPtr conn, xmlNode *domain, const char *snapshot, struct err *e);

/*
 * Start the machine with the memory that a snapshot kept, on the disks that the snapshot put on top (libvirt's file names those below).
 * `snapshot` is its XML. 0, or -1 and *e.
 */
int state_start_with_memory(virConnectPtr conn, xmlNode *snapshot, struct err *e);
