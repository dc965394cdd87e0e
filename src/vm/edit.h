/* Small changes of a machine that is defined. Each: 0, or -1 and *e. */
#pragma once
#include "base/err.h"
#include "base/types.h"

#include <libvirt/libvirt.h>

/*
 * Put a medium (a file on the host) into a CD-ROM drive, or take it out (NULL): for the running guest and for later starts. `drive` is its
 * target ("sda"), NULL the first.
 */
int edit_cdrom(virDomainPtr domain, const char *drive, const char *iso, struct err *e);

/* Start from the network before everything else, or as it is when a machine is defined: disks, then CD-ROM. From the next start on. */
int edit_netboot(virDomainPtr domain, bool on, struct err *e);
