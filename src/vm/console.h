/* A machine's serial console on a terminal. */
#pragma once
#include "base/err.h"
#include "base/types.h"

#include <libvirt/libvirt.h>

enum { CONSOLE_ESCAPE = 0x1d }; /* Ctrl-] */

enum console_end { CONSOLE_LEFT, CONSOLE_GUEST_OFF, CONSOLE_SIGNAL };

/*
 * Join `in` and `out` with the console of a running machine until the guest ends, a signal comes (INT, TERM, HUP) or, when `in` is a
 * terminal, the escape key is pressed. A terminal is in raw mode meanwhile, and put back in any case. The end of `in` only ends what is
 * typed. `force` takes the console from another client. 0 and *end, or -1 and *e.
 */
int console_run(virDomainPtr domain, int in, int out, bool force, enum console_end *end, struct err *e);

/* Register libvirt's event loop; before the connection is opened. */
int console_events(struct err *e);
