/* What libarchive opens: packages and archives, compressed or not, one behind the other as in an initramfs. */
#pragma once
#include "audit/kind.h"
#include "audit/walk.h"

/* Look at the members. With an empty path the archive is the target itself, else it becomes a part of `a`; a package's wrapping does not.
 */
void archive_take(struct walk *w, struct artefact *a, struct stream *s, enum kind kind, const char *path, int depth);
