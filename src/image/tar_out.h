/* A tar archive in the making, under its name only when it is whole. */
#pragma once
#include "base/types.h"
#include "base/err.h"

struct tar_out;

struct tar_out *tar_out_open(const char *path, struct err *e);

/* A member from memory, or `size` bytes from the file open at fd. */
int tar_out_text(struct tar_out *t, const char *name, const void *data, size_t len, struct err *e);
int tar_out_file(struct tar_out *t, const char *name, int fd, u64 size, struct err *e);

/* Put it in its place. */
int tar_out_finish(struct tar_out *t, struct err *e);

/* Free it; what is not in its place is taken away. */
void tar_out_close(struct tar_out *t);
