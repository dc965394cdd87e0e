/* Single files of a tar archive (oci-archive, docker-archive), plain or compressed, found by name. */
#pragma once
#include "base/types.h"
#include "base/err.h"
#include "image/bytes.h"

struct member; /* an open one */

/*
 * The regular file `name` of the archive, symbolic and hard links between its members followed. NULL and *e; e->code is 127 when the
 * archive has no such member.
 */
struct member *member_open(const char *archive, const char *name, struct err *e);
u64 member_size(const struct member *m);

/* As read(2): 0 at the end, -1 and *e. */
i64 member_read(struct member *m, void *to, size_t len, struct err *e);
void member_close(struct member *m);

/* One of any size as a blob, from its beginning. 0, or -1 and *e. */
struct blob_writer;
int member_to_blob(const char *archive, const char *name, struct blob_writer *w, struct err *e);

/* A whole small one. */
int member_load(const char *archive, const char *name, size_t max, struct bytes *out, struct err *e);
