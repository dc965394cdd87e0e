/*
 * Debian packages of any architecture, by this machine's apt: with lists and a cache of its own, so that nothing of the machine's packages
 * is touched, and signatures checked as apt always does.
 */
#pragma once
#include "base/err.h"
#include "base/types.h"

struct install_apt {
        const char *mirror, *suite, *arch; /* Debian's: "armhf" */
        const char *keyring;               /* the keys that sign the archive */
        const char *folder;                /* all of it goes here; it exists */
};

/* `apt-get update` for the source. What apt says goes to standard error. 0, or -1 and *e (code 1). */
int install_apt_update(const struct install_apt *a, struct err *e);

/* `apt-get download` one package into a->folder. Its file's path, malloced, or NULL and *e (code 1). */
char *install_apt_download(const struct install_apt *a, const char *package, struct err *e);

/*
 * Go through the files of a package until take() returns non-zero: their path ("usr/lib/..."), content and size; at most `max` bytes each,
 * larger ones are passed over. 0, what take() returned, or -1 and *e.
 */
int install_deb_files(const char *deb, u64 max, int (*take)(void *to, const char *path, const u8 *data, size_t len),
        bool (*want)(const char *path), void *to, struct err *e);
