#include "image/source.h"

struct source *source_open(const struct ref *ref, const struct http_options *o, struct err *e)
{
        switch (ref->kind) {
        case REF_REGISTRY: return registry_source(ref, o, e);
        case REF_LAYOUT: return layout_source(ref, e);
        case REF_OCI_ARCHIVE: return oci_archive_source(ref, e);
        case REF_DOCKER_ARCHIVE: return docker_archive_source(ref, e);
        }
        return NULL;
}
