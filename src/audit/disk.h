/* File systems, and the disks that they lie on. */
#pragma once
#include "audit/kind.h"
#include "audit/walk.h"

struct volume;

/* What is in the volume, of kind `k`. With an empty path it is the target itself, else a part of `a`. */
void disk_take(struct walk *w, struct artefact *a, struct volume *v, enum kind k, const char *path, int depth);

/* The file system at the end of an AppImage (type 2). False when there is none. */
bool disk_take_appimage(struct walk *w, struct artefact *a, struct volume *v, const char *path, int depth);
