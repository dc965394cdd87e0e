/*
 * The service that starts a guest again when it has rebooted: guests whose kernel comes from their own /boot run under on_reboot=destroy,
 * since QEMU would boot the old kernel once more. libvirt's life cycle events are the same for a reboot and a power-off; QEMU's own
 * SHUTDOWN event tells them apart, and for an end that nobody saw the console's log.
 */
#pragma once
#include "base/err.h"
#include "vm/watch_guest.h"

struct watch {
        const char *uri;    /* NULL: libvirt's choice */
        const char *memory; /* file of watch_memory.h, NULL: none */
        struct watch_limits limits;
        void (*say)(void *to, const char *guest, const char *what, const char *text); /* guest: NULL when of none; what: a stable word */
        void *to;
        int stop; /* a descriptor that becomes readable when the service is to end */
};

/* Until w->stop is readable. 0, or -1 and *e: libvirt cannot be reached at the start. When it goes away later, it is waited for. */
int watch_run(const struct watch *w, struct err *e);
