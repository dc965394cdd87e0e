/* What the readers of file systems have in common: each entry goes to a visitor, folders before what is in them. */
#pragma once
#include "fs/volume.h"

#include <archive_entry.h>

struct fs_visitor {
        /*
         * `entry` has the path from the root ("./usr/bin/x"), kind, size, and what else the file system keeps. `content` is a regular
         * file's, else NULL; it is only good during the call. A further name of a file that was there is a hard link without content. -1
         * and *e end the walk.
         */
        int (*entry)(void *arg, struct archive_entry *entry, struct volume *content, struct err *e);
        void *arg;
        const char *name; /* of the file system, for messages */
};
