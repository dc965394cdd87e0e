/* From an image's name to the one manifest that suits a platform. */
#pragma once
#include "base/types.h"
#include "base/err.h"
#include "image/config.h"
#include "image/source.h"

struct resolved {
        struct descriptor root; /* what the name stands for: an index or an image */
        struct bytes root_text;
        struct manifest root_manifest;
        struct descriptor image; /* the image; the same as root when there is no index. Its platform is what the index or the config says */
        struct bytes image_text;
        struct manifest image_manifest;
        struct bytes config_text;
        struct image_config config;
};

#define AUTO_RESOLVED __attribute__((cleanup(resolved_free)))

/*
 * `said`: the user asked for just this platform, so that a single image of another one is refused. Without it the single image is taken. An
 * index without the platform is refused in either case, naming what there is and the nearest choice.
 */
int image_resolve(struct source *s, const struct platform *want, bool said, struct resolved *r, struct err *e);

/* Only root, root_text and root_manifest. */
int image_root(struct source *s, struct resolved *r, struct err *e);

/* Image, config and so on of one entry of the index in r->root_manifest, into another resolved. */
int image_entry(struct source *s, const struct descriptor *d, struct resolved *r, struct err *e);
void resolved_free(struct resolved *r);

/* "linux/arm/v7 (32-bit Arm)": what of an index comes nearest to a platform it lacks; NULL when there is nothing. */
const struct descriptor *nearest_platform(const struct manifest *index, const struct platform *want, const char **why);
