/*
 * Images that are unpacked, for those who run them: found without a library, in the time of a readlink. names/HOST/PATH:TAG/linux-arm64 in
 * the store is a symbolic link to rootfs/ID, and the file `run` there says what to run, as pairs of a key and a value, each ended by a NUL.
 */
#pragma once
#include "base/types.h"
#include "base/err.h"
#include "image/platform.h"

/* The folder of the store: CROSSARM_STORE, or crossarm/images below XDG_DATA_HOME or ~/.local/share. Malloced. */
char *store_place(void);

struct prepared {
        char *tree;                       /* path of the root folder */
        char *text;                       /* of the file `run`; the rest points into it */
        char **env, **entrypoint, **cmd;  /* NULL-terminated */
        const char *user, *workdir, *lie; /* "" when there is none */
        const char *id;                   /* of the image: the hex of its config's digest */
};

#define AUTO_PREPARED __attribute__((cleanup(prepared_free)))

/* The image of that whole name that was pulled for that platform: 1, 0 not there, -1 and *e. */
int prepared_find(const char *store, const char *name, const struct platform *want, struct prepared *p, struct err *e);

/* The same for the image of that id. */
int prepared_load(const char *store, const char *id, struct prepared *p, struct err *e);
void prepared_free(struct prepared *p);

/* The link's path below the store. Malloced. */
char *prepared_path(const char *name, const struct platform *want);
