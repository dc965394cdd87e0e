/* Tar files as POSIX.1-1988 (ustar) has them: what captures are written in. Links, devices and extended headers are passed over. */
#pragma once
#include "base/err.h"
#include "base/types.h"

struct hw_tar_file {
        char path[258]; /* begins with a slash, ends with none */
        bool folder;
        u32 mode;
        const u8 *data;
        size_t size;
};

/* The next file or folder behind *at: 1, 0 at the end, -1 with a sentence when the file is none of tar's or is cut. */
int hw_tar_next(const u8 *tar, size_t size, size_t *at, struct hw_tar_file *file, struct err *e);

/* Write one; write the end. 0, or -1 with errno. */
int hw_tar_write(int fd, const struct hw_tar_file *file);
int hw_tar_end(int fd);
