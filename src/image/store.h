/*
 * The user's images: an OCI image layout with every blob that was pulled, and beside it rootfs/HEX for each image that is unpacked, HEX
 * being the image id (the config's digest). A rootfs is there when it is whole: it is made under another name and renamed.
 *
 *   oci-layout, index.json, blobs/      the layout; names are in index.json
 *   partial/HEX                         half of a blob, to be gone on with
 *   rootfs/HEX/tree, config, truth.json, run   the unpacked image, its config, the verdict of the truth check, and what prepared.h says
 *   names/NAME/PLATFORM                 a symbolic link to rootfs/HEX
 *   rootfs/HEX.new.PID                  being made; the maker holds a lock on it
 */
#pragma once
#include "base/types.h"
#include "base/err.h"
#include "image/layout.h"
#include "image/manifest.h"

struct store {
        char *dir;
        struct layout layout;
};

#define AUTO_STORE __attribute__((cleanup(store_close)))

/*
 * The folder that store_place() names; with `create`, made. Whoever has it open holds a shared lock, so that nobody collects garbage
 * meanwhile.
 */
int store_open(bool create, struct store *s, struct err *e);
void store_close(struct store *s);

/* Hold it alone from now on, to remove things. -1 and *e when others work with it. */
int store_alone(const struct store *s, struct err *e);

/* The image of that name that suits the platform best: 1 and *image (the manifest's descriptor, to be freed); 0 not there; -1. */
int store_find(const struct store *s, const char *name, const struct platform *want, struct descriptor *image, struct err *e);

/*
 * What the name stands for: the index when it was pulled with --all or built, else the image that suits the platform. `said`: the user
 * wants just that platform, so an image even of an index. As store_find().
 */
int store_root(const struct store *s, const char *name, const struct platform *want, bool said, struct descriptor *root, struct err *e);

/* The whole blob, at most MANIFEST_MAX bytes. It was checked when it came. */
int store_read(const struct store *s, const struct descriptor *d, struct bytes *out, struct err *e);
