/* Who a command in a rootfs runs as: names looked up in the text of /etc/passwd and /etc/group, never through the host's libraries. */
#pragma once
#include "base/types.h"
#include "base/err.h"

struct account {
        u32 uid, gid;
        char name[64], home[256]; /* "" when unknown */
};

/* `spec` is USER or UID, then optionally :GROUP or :GID. The texts may be NULL. */
int account_find(const char *spec, const char *passwd, const char *group, struct account *a, struct err *e);

/* Become it: groups, gid, uid. */
int account_become(const struct account *a, struct err *e);
