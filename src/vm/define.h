/* Define a machine: all or nothing. */
#pragma once
#include "vm/design.h"

/* Is the name free on the host? 0, or -1 and *e. */
int define_check(virConnectPtr conn, const struct vm_design *d, struct err *e);

/*
 * Decide, make what has to be made, define, and start if that is wanted. `step` is told of each step that may take long. When anything
 * fails, what was made before is taken back. *d is filled in any case and is the caller's to free. 0, or -1 and *e.
 */
int define_machine(const struct vm_spec *spec, const struct vm_host *host, bool start, void (*step)(const char *what), struct vm_design *d,
        struct err *e);
