/*
 * What the guest sees of a file in a 9p share with mapped metadata: QEMU keeps each of the guest's files as a plain file of its own user,
 * and the guest's mode beside it, in the attribute user.virtfs.mode (security_model=mapped-xattr, libvirt's accessmode='mapped') or in a
 * text below .virtfs_metadata (mapped-file). A symbolic link is a plain file whose content is the target.
 * Source: QEMU, docs of -fsdev; hw/9pfs/9p-local.c
 */
#pragma once
#include "base/err.h"
#include "base/types.h"

#define BOOTDIR_META_FOLDER ".virtfs_metadata"

enum { BOOTDIR_META_TEXT_MAX = 4096 };

/*
 * The guest's st_mode of an open file. 1 and *mode; 0 when there is none (a file that was put there on the host); -1 and *e (code 2) when
 * the attribute is damaged.
 */
int bootdir_meta_xattr(int fd, u32 *mode, struct err *e);

/* The same from the text of mapped-file: lines "virtfs.mode=41471", decimal. */
int bootdir_meta_text(const char *text, size_t len, u32 *mode, struct err *e);
