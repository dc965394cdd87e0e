/* Asking a guest for a device back, and waiting until it has given it up. */
#pragma once
#include "base/err.h"
#include "base/types.h"

#include <libvirt/libvirt.h>

/*
 * Unplug the device of that alias from the running machine. QEMU tells when the guest has let it go (DEVICE_DELETED); libvirt passes that
 * on as an event. Wants the event loop registered before the connection was opened. 0, or -1 and *e: the guest refused, or was silent for
 * timeout_ms.
 */
int removal_wait(virDomainPtr domain, const char *alias, int timeout_ms, struct err *e);
