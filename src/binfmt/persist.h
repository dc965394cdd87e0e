/* Handlers that come back when the machine starts: a binfmt.d file for systemd, an init script for System V's init and OpenRC. */
#pragma once
#include "base/err.h"
#include "binfmt/handler.h"

#define PERSIST_INIT_SCRIPT "/etc/init.d/crossarm-binfmt"

enum persist_kind { PERSIST_BINFMT_D, PERSIST_SYSV, PERSIST_OPENRC, PERSIST_NONE };

/* What the machine (or the tree at root; "" is the machine) starts with. */
enum persist_kind persist_kind(const char *root);

/*
 * Write the lines of `count` handlers so that they come back. With binfmt.d one file, qemu-ARCH.conf in /etc, which by its name takes
 * the place of a distribution's; else one init script for all. *path tells which file; malloced.
 */
int persist_add(const char *root, const char *arch_name, const struct handler *h, size_t count, char **path, struct err *e);

/* Take them away again. 0 done (*path says what), 1 there was nothing, -1. */
int persist_remove(const char *root, const char *arch_name, char **path, struct err *e);
