/* Where an image comes from: a registry, a layout, an archive. */
#pragma once
#include "base/types.h"
#include "base/err.h"
#include "image/bytes.h"
#include "image/http.h"
#include "image/layout.h"
#include "image/ref.h"

struct source;

struct source_ops {
        /* The manifest `which`, or what the image's name stands for when it is NULL. Checked against `which`. */
        int (*manifest)(struct source *s, const struct descriptor *which, struct bytes *out, char type[128], struct err *e);
        /* Write the blob w->want from w->done on. Several threads may do this at once. */
        int (*blob)(struct source *s, struct blob_writer *w, struct err *e);
        void (*close)(struct source *s);
};

struct source {
        const struct source_ops *ops;
        const char *name; /* for messages */
};

/* One of these by ref->kind; `ref` has to outlive it. NULL and *e. */
struct source *source_open(const struct ref *ref, const struct http_options *o, struct err *e);

struct source *registry_source(const struct ref *ref, const struct http_options *o, struct err *e);
struct source *layout_source(const struct ref *ref, struct err *e);
struct source *oci_archive_source(const struct ref *ref, struct err *e);
struct source *docker_archive_source(const struct ref *ref, struct err *e);

/* A small blob into memory, its digest checked. */
int source_small(struct source *s, const struct descriptor *d, struct bytes *out, struct err *e);
