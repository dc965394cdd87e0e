/* A domain whose kernel comes from its own /boot. */
#pragma once
#include "base/err.h"
#include "base/types.h"

#define BOOTDIR_TAG "virtio-boot" /* the mount tag of the share: the first field of the guest's fstab line */

/* What its XML says. */
struct bootdir_domain {
        char *root, *name;  /* of the store */
        char *share, *arch; /* the folder of the share; as libvirt names it */
};
#define AUTO_BOOTDIR_DOMAIN __attribute__((cleanup(bootdir_domain_free)))
void bootdir_domain_free(struct bootdir_domain *d);

/* 1 and *d; 0: its kernel is not one of the store's; -1 and *e: it is, but the share is missing, or this is no domain XML. */
int bootdir_domain_read(const char *xml, size_t len, struct bootdir_domain *d, struct err *e);
