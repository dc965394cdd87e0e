/* cloud-init's seed: an ISO image with the volume cidata. Source: cloud-init's documentation, "NoCloud". */
#pragma once
#include "base/err.h"
#include "base/types.h"
#include "vm/spec.h"

/*
 * The image of what the spec says, in memory. `instance` becomes the instance-id when the spec brings no meta-data: cloud-init does its
 * work once for each. A file descriptor (*len bytes), or -1 and *e.
 */
int seed_make(const struct vm_spec *spec, const char *instance, u64 *len, struct err *e);

/* The documents themselves, malloced; network is NULL when there is none. */
struct seed_documents {
        char *user, *meta, *network;
};
#define AUTO_DOCUMENTS __attribute__((cleanup(seed_documents_free)))
void seed_documents_free(struct seed_documents *d);
int seed_documents(const struct vm_spec *spec, const char *instance, struct seed_documents *d, struct err *e);

/* Is there anything in the spec for cloud-init? */
bool seed_wanted(const struct vm_spec *spec);
