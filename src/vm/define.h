/* Define a machine and delete it: all or nothing. */
#pragma once
#include "vm/design.h"
#include "vm/work.h"

/* Who is told what goes on; members may be NULL. */
struct define_view {
        void (*step)(const char *what);      /* a step that may take long begins */
        bool (*progress)(u64 done, u64 all); /* bytes of an image; false: stop and take everything back */
};

/* Is the name free on the host? 0, or -1 and *e. */
int define_check(virConnectPtr conn, const struct vm_design *d, struct err *e);

/*
 * Decide, make the images, define, and start if that is wanted. When anything fails, what was made before is taken back (vm/work.h). *d is
 * filled as far as it came and is the caller's to free. 0, or -1 and *e.
 */
int define_machine(const struct vm_spec *spec, const struct vm_host *host, bool start, const struct define_view *view, struct vm_design *d,
        struct err *e);

/*
 * Forget a machine that is off and whose lock `w` is, with its firmware's variables, snapshots and the seed of cloud-init; with `disks`,
 * its disks' images, too. `told` is called for each image that is removed (`removed`), or stays. 0, or -1 and *e.
 */
int define_delete(struct work *w, virDomainPtr domain, bool disks, void (*told)(void *data, const char *image, bool removed), void *data,
        struct err *e);
