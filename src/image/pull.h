/* An image into the store: manifests, config, layers; and unpacked there, ready to run. */
#pragma once
#include "base/types.h"
#include "base/err.h"
#include "image/fetch.h"
#include "image/resolve.h"
#include "image/store.h"
#include "image/unpack.h"

struct pull_options {
        struct platform platform;
        bool platform_said; /* by the user */
        bool all;           /* every platform of the index */
        bool no_unpack;
        bool keep_names; /* of the store's index.json: the image comes from the store itself */
        u64 max_size;    /* of an unpacked image, in bytes */
        u32 max_files;
        struct fetch_watch watch;
};

enum { UNPACK_MAX_GIB = 64, UNPACK_MAX_FILES = 4000000 };

struct pulled {
        struct resolved image;
        bool unpacked;          /* now; false when it was there already */
        struct verdict verdict; /* when it was unpacked now */
        char *lie;              /* what the truth check found, now or when it was unpacked; NULL when it is no lie */
        struct unpack_notes notes;
};

#define AUTO_PULLED __attribute__((cleanup(pulled_free)))

/* `name` is what the image is called in the store. Call it inside the namespace whose ids the files shall have. */
int image_pull(
        struct source *from, const char *name, const struct store *to, const struct pull_options *o, struct pulled *p, struct err *e);
void pulled_free(struct pulled *p);

/* Unpack an image whose blobs are in the store, or arrive by `f` (NULL: all there). 0: done, or it is there already (p->unpacked tells). */
int ready_make(const struct store *s, const struct resolved *image, struct fetch *f, const struct pull_options *o, struct pulled *p,
        struct err *e);

/* Let prepared_find() find it: under that name and for that platform, which the user asked for. */
int ready_name(const struct store *s, const struct resolved *image, const char *name, const struct platform *want, struct err *e);
