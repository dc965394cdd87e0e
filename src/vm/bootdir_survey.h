/* All that is in a guest's /boot, entry by entry, for a person who looks for what is wrong with it. */
#pragma once
#include "vm/bootdir_share.h"

struct bootdir_entry {
        const char *name;    /* as bootdir_shown() */
        const char *kind;    /* "file", "folder", "link" or "unusable" */
        const char *to;      /* of a link that leads to a file: its path below the share; else NULL */
        const char *problem; /* a sentence, or NULL */
        u64 bytes;
};

/* Call each() for every entry of the share itself, by name. 0, or -1 and *e. */
int bootdir_survey(int share, void (*each)(void *to, const struct bootdir_entry *entry), void *to, struct err *e);
