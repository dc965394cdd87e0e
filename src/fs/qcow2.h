/* QEMU's disk images, versions 2 and 3 (docs/interop/qcow2.txt of QEMU): the disk in it as a volume. */
#pragma once
#include "fs/volume.h"

bool qcow2_is(const u8 *head, size_t len);

/*
 * `file` has to stay open. 0; 1 and *e when the image is of a kind that is not read (encrypted, a change of another image, its data in
 * another file), -1 and *e when it is damaged.
 */
int qcow2_open(struct volume *file, struct volume **disk, struct err *e);
