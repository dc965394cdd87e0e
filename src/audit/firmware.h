/* UEFI firmware volumes (PI specification 1.7, volume 3). */
#pragma once
#include "audit/artefact.h"
#include "audit/stream.h"

/*
 * Its images (PE, and TE of the PI specification, volume 1, 15) are counted by processor, those in its LZMA sections too, until there are
 * enough of them. One native for what most are; none for a volume of variables. 0, or -1 and *e.
 */
int firmware_take(struct artefact *a, const char *path, struct stream *s, struct err *e);
