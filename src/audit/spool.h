/* Streams that have to be read at any place: a file system in a compressed archive. A little goes into memory, more into a file only where
 * the user says so. */
#pragma once
#include "fs/volume.h"

#include "audit/stream.h"

enum { SPOOL_MEMORY = 8 << 20 }; /* bytes for all streams of a target that lie in each other */

struct spool {
        const char *scratch; /* a folder for files without a name; NULL: memory only */
        u64 memory_left;
};

struct spooled {
        struct volume *volume;
        int fd;
        u64 memory; /* what it takes of the spool's */
};

/* The stream's rest as a volume: 0; 1 when it is too large for the memory and there is no folder, -1 and *e. */
int spool_stream(struct spool *s, struct stream *from, struct spooled *out, struct err *e);
void spool_end(struct spool *s, struct spooled *out);
