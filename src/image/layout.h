/*
 * A folder in OCI image layout (image-layout.md): blobs by their digests, index.json with the names. Our store is one, too.
 * A blob is in its place only when it is whole and its digest was checked, so a crash at any moment leaves nothing wrong behind.
 */
#pragma once
#include "base/types.h"
#include "base/err.h"
#include "image/bytes.h"
#include "image/manifest.h"

struct layout {
        char *dir;
        int fd;
        bool resume; /* keep what is half there under partial/, so that the next attempt goes on from it */
};

#define AUTO_LAYOUT __attribute__((cleanup(layout_close)))

/* Open it; with `create`, make it (the folder above has to be there). */
int layout_open(const char *dir, bool create, struct layout *l, struct err *e);
void layout_close(struct layout *l);

int layout_index(const struct layout *l, struct manifest *index, struct err *e);

/* A blob of the right size is there. */
bool layout_has(const struct layout *l, const struct descriptor *d);

/* The file of a blob, which has to have the descriptor's size; -1 and *e. The caller closes it. */
int layout_blob(const struct layout *l, const struct descriptor *d, struct err *e);

/* A blob that was found to be damaged is put away. */
void layout_forget(const struct layout *l, const struct digest *d);

/*
 * Give `root` its name (root->ref_name; NULL for none), taken away from what had it for the same platform, and between an image and an
 * index from whatever had it: the name stands for the newest thing.
 */
int layout_name(const struct layout *l, const struct descriptor *root, struct err *e);

/* Take the name away from all that has it; with `only`, from the image for that platform alone. How many had it, or -1 and *e. */
int layout_unname(const struct layout *l, const char *name, const struct platform *only, struct err *e);

/* One blob on its way into a layout. */
struct blob_writer {
        const struct layout *layout;
        struct descriptor want; /* digest and size */
        struct hash *hash;
        int fd;
        u64 done; /* bytes that are there */
        bool named;
        bool (*progress)(void *arg, u64 done); /* may be NULL; false ends it */
        void *arg;
};

/* 0: write it, from w->done on. 1: it is there already. -1 and *e. */
int blob_begin(const struct layout *l, const struct descriptor *want, struct blob_writer *w, struct err *e);
int blob_add(struct blob_writer *w, const void *data, size_t len, struct err *e);

/* Start again from nothing: what came cannot be gone on with. */
int blob_restart(struct blob_writer *w, struct err *e);

/* Check size and digest, and put the blob in its place. Wrong ones are thrown away. */
int blob_end(struct blob_writer *w, struct err *e);

/* Give up for now. */
void blob_stop(struct blob_writer *w);

/* A whole blob from memory; `d` gets digest and size. */
int layout_put(const struct layout *l, const void *data, size_t len, struct descriptor *d, struct err *e);
