/*
 * Layers into a folder, as containers see them: whiteouts, hard links, owners, modes, times, extended attributes. Nothing outside of the
 * folder is touched whatever the layer says: each folder is opened by openat2 with RESOLVE_IN_ROOT, and the last part of a name never
 * followed.
 */
#pragma once
#include "base/types.h"
#include "base/err.h"
#include "image/digest.h"
#include "image/truth.h"

/* What could not be kept, counted over all layers: the command says it. */
struct unpack_notes {
        u32 devices;    /* device nodes and sockets, which are never made */
        u32 owners;     /* files whose owner is no user here */
        u32 attributes; /* extended attributes that the file system or the kernel did not take */
};

struct unpack {
        int root;    /* of the tree */
        u64 left;    /* bytes that may still be written; goes down */
        u32 entries; /* that may still be made */
        struct truth *truth;
        struct unpack_notes notes;
};

/* Apply the layer blob open at fd. `name` is for messages. The digest of its tar comes back. */
int unpack_layer(struct unpack *u, int fd, const char *name, struct digest *diff_id, struct err *e);

/* The same reading without writing anything: only u->truth, u->left and the digest. */
int unpack_survey(struct unpack *u, int fd, const char *name, struct digest *diff_id, struct err *e);
