/*
 * The hook program of libvirt that looks into a guest's /boot before each start: `crossarm vm bootdir hook` by a script of ours.
 * Source: https://libvirt.org/hooks.html
 */
#pragma once
#include "base/err.h"
#include "base/types.h"

/*
 * Write the hook: hooks/qemu.d/crossarm-bootdir, which starts `program`. The folder is made. 1; 0 when it was there, the same; -1 and *e
 * (code 1). A running libvirt that had no hook for QEMU looks for new ones only when it reloads.
 */
int bootdir_hook_install(const char *hooks, const char *program, struct err *e);

/* 1; 0 when there was none; -1 and *e: it is not ours, or cannot be removed. */
int bootdir_hook_uninstall(const char *hooks, struct err *e);

/* Is it there? */
bool bootdir_hook_installed(const char *hooks);
