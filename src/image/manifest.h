/* Manifests: an index of images by platform, or one image's config and layers. OCI's and docker's (v2 schema 2) forms. */
#pragma once
#include "base/types.h"
#include "base/err.h"
#include "image/digest.h"
#include "image/platform.h"

#define TYPE_OCI_INDEX       "application/vnd.oci.image.index.v1+json"
#define TYPE_OCI_MANIFEST    "application/vnd.oci.image.manifest.v1+json"
#define TYPE_OCI_CONFIG      "application/vnd.oci.image.config.v1+json"
#define TYPE_OCI_LAYER       "application/vnd.oci.image.layer.v1.tar"
#define TYPE_DOCKER_INDEX    "application/vnd.docker.distribution.manifest.list.v2+json"
#define TYPE_DOCKER_MANIFEST "application/vnd.docker.distribution.manifest.v2+json"

#define REF_NAME "org.opencontainers.image.ref.name"

enum { MANIFEST_MAX = 4 << 20 }; /* bytes: what registries take, too */

struct descriptor {
        char *media_type; /* "" when it is not said */
        struct digest digest;
        u64 size;
        struct platform platform; /* os "" when it is not said */
        char *ref_name;           /* annotation org.opencontainers.image.ref.name, or NULL */
        bool attestation;         /* BuildKit's statements about another image: nothing to run */
};

struct manifest {
        bool index;
        char *media_type;
        struct descriptor config; /* of an image */
        struct descriptor *items; /* an index's manifests, an image's layers */
        size_t count;
};

#define AUTO_MANIFEST __attribute__((cleanup(manifest_free)))

/* `what` names it for the sentence; `media_type` is what the transport said, used when the text itself says nothing. May be "". */
int manifest_parse(const char *data, size_t len, const char *media_type, const char *what, struct manifest *m, struct err *e);
void manifest_free(struct manifest *m);

void descriptor_free(struct descriptor *d);
struct descriptor descriptor_copy(const struct descriptor *d);

bool is_index_type(const char *media_type);
bool is_manifest_type(const char *media_type);

/* The item of an index that suits best; NULL when none does. */
const struct descriptor *manifest_choose(const struct manifest *index, const struct platform *want);

/* "linux/amd64, linux/arm/v7": the platforms of an index, malloced. "none" when there are none. */
char *manifest_platforms(const struct manifest *index);
