#include "image/dest.h"

#include <stddef.h>

struct dest *dest_open(const struct ref *ref, const struct http_options *o, struct err *e)
{
        switch (ref->kind) {
        case REF_REGISTRY: return registry_dest(ref, o, e);
        case REF_LAYOUT: return layout_dest(ref, e);
        case REF_OCI_ARCHIVE: return oci_archive_dest(ref, e);
        case REF_DOCKER_ARCHIVE: return docker_archive_dest(ref, e);
        }
        return NULL;
}
