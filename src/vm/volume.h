/*
 * Images on the host, by libvirt's storage pools: that works on other hosts, too, and with the rights of the daemon there. A folder that is
 * no pool's becomes a transient one for the time of the call.
 */
#pragma once
#include "base/err.h"
#include "base/types.h"

#include <libvirt/libvirt.h>

/*
 * Make an empty image of `size` bytes (0 with a backing image: its size), "qcow2" or "raw". An image that is there is refused. 0, or -1 and
 * *e.
 */
int volume_make(virConnectPtr conn, const char *path, const char *format, u64 size, const char *backing, struct err *e);

/* Make an image whose content is the `len` bytes of the file `fd`. `progress` (or NULL) is called after each part and says whether to go
 * on. */
int volume_put(virConnectPtr conn, const char *path, int fd, u64 len, bool (*progress)(u64 done, u64 all), struct err *e);

/* Make `to` what `from` in the same folder is, whatever it was; nothing happens when there is no `from`. 0, or -1 and *e. */
int volume_copy(virConnectPtr conn, const char *from, const char *to, struct err *e);

/* Make the guest's side of an image larger. */
int volume_grow(virConnectPtr conn, const char *path, u64 size, struct err *e);

/* Is there nothing of that name yet? 0, or -1 and *e. */
int volume_free(virConnectPtr conn, const char *path, struct err *e);

/* Remove an image; one that is not there is no error. */
int volume_remove(virConnectPtr conn, const char *path, struct err *e);
