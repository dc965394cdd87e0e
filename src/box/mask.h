/*
 * What must be different while a foreign tree runs here, without a change of the tree: files covered by others, in this mount namespace
 * only.
 */
#pragma once
#include "box/keeper.h"
#include "box/rootfs.h"

struct mask {
        int root;                  /* of the tree as the guest will see it */
        int tmpfs;                 /* attached: where the covering files lie */
        const struct keeper *made; /* makes mount points that are missing; NULL: make them in the tree, which is an overlay */
};

/* The place to mount a folder or a file on, made when it is not there: a descriptor, or -1 with errno. */
int mask_place(const struct mask *m, const char *path, bool folder);

/* Bind what is open at `from` over what is open at `to`. */
int mask_bind(int from, int to, bool recursive);

/* /etc/resolv.conf becomes what `resolv` says. Without a copy of the host's to be had the tree's stays. */
void mask_resolv_conf(const struct mask *m, enum rootfs_resolv resolv);

/* Debian's policy-rc.d says no to services, if the tree is Debian's and has no policy of its own. */
void mask_services(const struct mask *m);

/* The first library that /etc/ld.so.preload below root names and that is not there or is no arm64 ELF file. Malloced; NULL without one. */
char *mask_preload_wrong(int root);

/* Hide /etc/ld.so.preload below root when there is such a one. */
void mask_preload(int root);
