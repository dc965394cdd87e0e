/*
 * The checked pairs of kernel and initramfs that guests with a shared /boot are started from: a folder per guest, in it a folder per pair
 * (pair.1, pair.2, ...), and two links, `current` and `previous`. A domain names NAME/current/vmlinuz and NAME/current/initrd.img once and
 * for all; a new pair is complete on the disk before `current` is renamed over. What is taken away is only what neither link names.
 */
#pragma once
#include "vm/bootdir_take.h"

/* Where the pairs are: /var/lib/crossarm/bootdir, or the user's own ($XDG_DATA_HOME/crossarm/bootdir) for a session's libvirt. Malloced. */
char *bootdir_store_root(bool session);

/* The paths for a domain's <kernel> and <initrd>. Malloced. */
char *bootdir_store_kernel(const char *root, const char *name);
char *bootdir_store_initrd(const char *root, const char *name);

/* The other way round: is this path of a <kernel> one of ours? True, and *root and *name malloced. */
bool bootdir_store_split(const char *kernel_path, char **root, char **name);

struct bootdir_update {
        struct bootdir_found found; /* what `current` is now */
        enum { BOOTDIR_NEW, BOOTDIR_SAME, BOOTDIR_KEPT } outcome;
        struct err why_kept; /* BOOTDIR_KEPT: why the guest's own choice was not taken */
};

/*
 * Look into the guest's /boot, the folder `share`, and make its kernel and initramfs the current pair when they are good. When they are not
 * and there is a pair from before, that one stays (BOOTDIR_KEPT). `arch` as in bootdir_take(). 0, or -1 and *e: no pair to start from, or
 * the host failed. Several at once are done one after the other.
 */
int bootdir_store_update(const char *root, const char *name, const char *share, const char *arch, struct bootdir_update *u, struct err *e);

/*
 * Go back to the pair before, and take this one again only when the guest has made another. *now is the pair that is current then. 0, or -1
 * and *e (code 1) when there is none before.
 */
int bootdir_store_rollback(const char *root, const char *name, struct bootdir_found *now, struct err *e);

/* The guest has run well from the pair that is current: there is something to go back to. 0, or -1 and *e. */
int bootdir_store_prove(const char *root, const char *name, struct err *e);

struct bootdir_status {
        char *name;
        bool has_current, has_previous, proven; /* proven: the current one, by bootdir_store_prove() */
        struct bootdir_found current, previous;
        i64 taken_at;     /* of the current one: seconds since 1970 */
        char refused[65]; /* digest of the pair that was rolled back from, "" if none */
};

/* What is known of one guest: 1; 0 when nothing; -1 and *e. s->name is malloced. */
int bootdir_store_status(const char *root, const char *name, struct bootdir_status *s, struct err *e);

/* Forget a guest: its folder is removed. 0 also when there is none. */
int bootdir_store_remove(const char *root, const char *name, struct err *e);
