/* Plugging and unplugging, followed to the end: the guest takes the device, or gives it up. */
#pragma once
#include "base/err.h"
#include "base/types.h"

#include <libvirt/libvirt.h>

#include "vm/device.h"
#include "vm/verify.h"
#include "vm/work.h"

enum { ATTACH_TIMEOUT_MS = 15000, DETACH_TIMEOUT_MS = 30000 };

struct attach_request {
        bool running, definition; /* plug it into the running machine; into its definition, for later starts */
        bool verify, keep;        /* wait until the guest has taken it; keep it when the guest has not */
        int timeout_ms;
};

struct attach_result {
        char *name, *alias;
        bool running, definition; /* where it is now */
        bool asked;               /* the guest was looked at: seen */
        struct verify seen;
        bool undone; /* it was taken out again */
};

void attach_result_free(struct attach_result *r);

/* Is the machine running, and has it a definition? What a request without a wish gets. 0, or -1 and *e. */
int attach_default(virDomainPtr domain, struct attach_request *request, struct err *e);

/*
 * Plug in, with the machine's lock: planned first, so that what has no place is refused with the reason; into the running machine, then
 * looked at, then into the definition. 0, or -1 and *e: code 1 when there is no place, libvirt refuses, or the guest did not take it. *r is
 * filled as far as it came.
 */
int attach_device(struct work *w, virDomainPtr domain, const char *kind, struct device_words words, const struct attach_request *request,
        struct attach_result *r, struct err *e);

/*
 * Unplug the device that `word` names, wait until the guest has given it up (libvirt's event of its removal), and take it out of the
 * definition. Wants the event loop (vm_events()) registered before the connection was opened. 0, or -1 and *e: a device that the guest
 * keeps stays.
 */
int detach_device(virDomainPtr domain, const char *word, const struct attach_request *request, struct attach_result *r, struct err *e);
