/* An image's config: what to run and how (OCI image specification, config.md). */
#pragma once
#include "base/types.h"
#include "base/err.h"
#include "image/digest.h"
#include "image/platform.h"

struct image_config {
        struct platform platform;
        char **entrypoint, **cmd, **env, **volumes;   /* NULL-terminated; NULL when not said */
        char *workdir, *user, *created, *stop_signal; /* "" when not said */
        struct digest *diff_ids;                      /* digests of the uncompressed layers */
        size_t layer_count;
};

#define AUTO_CONFIG __attribute__((cleanup(config_free)))

int config_parse(const char *data, size_t len, const char *what, struct image_config *c, struct err *e);
void config_free(struct image_config *c);
