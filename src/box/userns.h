/* A private user and mount namespace for this very process: no supervisor stays behind. */
#pragma once
#include "base/types.h"
#include "base/err.h"

enum userns_map {
        USERNS_SAME_IDS, /* everybody keeps the number they have, as far as this user may say so */
        USERNS_AS_ROOT,  /* the calling user becomes 0, with subordinate ids after it when there are some */
};

/*
 * Enter both namespaces, with mounts made private. Root keeps every id under either map. *e says what forbids it
 * and what to do.
 */
int userns_enter(enum userns_map map, struct err *e);

/* Only a mount namespace: root on a kernel without user namespaces. */
int userns_mounts_only(struct err *e);

/* The number of ids `id_map` (/proc/PID/uid_map text) maps, and the same map turned into identity in out. */
u64 userns_identity(const char *id_map, char *out, size_t cap);

/* The range of `name` or `id` in the text of /etc/subuid: start and count; false without one. */
bool userns_subid(const char *text, const char *name, u32 id, u32 *start, u32 *count);
