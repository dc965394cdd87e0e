/* Listening to a machine's serial console without typing. */
#pragma once
#include "base/err.h"
#include "base/types.h"

#include <libvirt/libvirt.h>

/*
 * What a running machine prints for at most `seconds`, or until it tells of trouble. Malloced in *text, at most 1 MiB. Wants the event loop
 * (console_events()). 0, or -1 and *e: another client has the console.
 */
int listen_to_console(virDomainPtr domain, unsigned seconds, char **text, size_t *len, struct err *e);
