/* Whiteouts (OCI image specification, layer.md): ".wh.NAME" hides NAME, ".wh..wh..opq" hides all that lower layers have in the folder. */
#pragma once
#include "base/types.h"
#include "image/inodes.h"

struct whiteout {
        char path[4096]; /* what is hidden, in plain form; of an opaque one the folder */
        bool opaque;
};

enum whiteout_kind {
        WHITEOUT_NONE,
        WHITEOUT_YES,
        WHITEOUT_AUFS, /* bookkeeping of the old aufs, to be passed over */
        WHITEOUT_BAD,
};

enum whiteout_kind whiteout_parse(const char *path, struct whiteout *w);

/* Hide it below root_fd, but not what `made` has. 0, or -1 with errno. */
int whiteout_apply(int root_fd, const struct whiteout *w, const struct inodes *made);
