#include "image/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"

int scratch_file_open(struct err *e)
{
        const char *named = getenv("TMPDIR"), *folder = named && *named ? named : "/tmp";
        int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
        if (fd < 0) { /* not every file system has files without a name */
                AUTO_FREE char *name = format("%s/crossarm-XXXXXX", folder);
                fd = mkostemp(name, O_CLOEXEC);
                if (fd >= 0)
                        unlink(name);
        }
        return fd >= 0 ? fd
                       : err_set(e, 126, "cannot make a temporary file in %s: %s; TMPDIR may name another folder", folder, strerror(errno));
}
