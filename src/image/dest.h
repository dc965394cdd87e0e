/* Where an image goes: a registry, a layout, an archive. Blobs first, then manifests, the root last: nobody sees half an image. */
#pragma once
#include "base/types.h"
#include "base/err.h"
#include "image/bytes.h"
#include "image/config.h"
#include "image/http.h"
#include "image/manifest.h"
#include "image/ref.h"

struct dest;

struct dest_ops {
        /* A blob as the file open at fd; one that is there already is not sent again. */
        int (*blob)(struct dest *d, const struct descriptor *what, int fd, struct err *e);
        /* A manifest; `root` is what gets the name. Images of an index come before it. */
        int (*manifest)(struct dest *d, const struct descriptor *what, const struct bytes *text, bool root, struct err *e);
        /* All is there: make it so. */
        int (*finish)(struct dest *d, struct err *e);
        /* Free it; what was not finished is taken away. */
        void (*close)(struct dest *d);
};

struct dest {
        const struct dest_ops *ops;
        bool one_image; /* takes no index */
};

/* One of these by ref->kind; `ref` has to outlive it. NULL and *e. */
struct dest *dest_open(const struct ref *ref, const struct http_options *o, struct err *e);

struct dest *registry_dest(const struct ref *ref, const struct http_options *o, struct err *e);
struct dest *layout_dest(const struct ref *ref, struct err *e);
struct dest *oci_archive_dest(const struct ref *ref, struct err *e);
struct dest *docker_archive_dest(const struct ref *ref, struct err *e);
