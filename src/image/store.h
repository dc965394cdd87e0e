/*
 * The user's images: an OCI image layout with every blob that was pulled, and beside it rootfs/HEX for each image that is unpacked, HEX
 * being the image id (the config's digest). A rootfs is there when it is whole: it is made under another name and renamed.
 *
 *   oci-layout, index.json, blobs/      the layout; names are in index.json
 *   partial/HEX                         half of a blob, to be gone on with
 *   rootfs/HEX/tree, config, truth.json the unpacked image, its config, the verdict of the truth check
 *   rootfs/HEX.new.PID                  being made; the maker holds a lock on it
 */
#pragma once
#include "base/types.h"
#include "base/err.h"
#include "image/config.h"
#include "image/layout.h"
#include "image/manifest.h"

struct store {
        char *dir;
        struct layout layout;
};

#define AUTO_STORE __attribute__((cleanup(store_close)))

/* CROSSARM_STORE, or crossarm/images below XDG_DATA_HOME or ~/.local/share. With `create`, made. */
int store_open(bool create, struct store *s, struct err *e);
void store_close(struct store *s);

/* The image of that name that suits the platform best: 1 and *image (the manifest's descriptor, to be freed); 0 not there; -1. */
int store_find(const struct store *s, const char *name, const struct platform *want, struct descriptor *image, struct err *e);

/* An image that is ready to run. */
struct ready {
        char *tree; /* path of the root folder */
        char *lie;  /* what the truth check found, NULL when the image tells the truth */
        struct image_config config;
};

#define AUTO_READY __attribute__((cleanup(ready_free)))

/* Look whether `image` is unpacked: 1 and *r, 0, -1. */
int ready_find(const struct store *s, const struct descriptor *image, struct ready *r, struct err *e);
void ready_free(struct ready *r);

/* The whole blob, at most MANIFEST_MAX bytes. It was checked when it came. */
int store_read(const struct store *s, const struct descriptor *d, struct bytes *out, struct err *e);
