/* An image from where its blobs are files (the store, a layout) to somewhere else. */
#pragma once
#include "base/types.h"
#include "base/err.h"
#include "image/dest.h"
#include "image/pull.h"

/* What of a layout is to be sent: `root` and all it names, but for images of an index that the layout does not have. */
struct push_job {
        const struct layout *from;
        struct descriptor root;
        u64 max_size; /* for the truth check */
        u32 max_files;
        bool no_check;
        /* Each image is judged before anything is sent: called with the verdict. Anything but 0 ends the push with that exit status. */
        int (*judge)(void *arg, const struct platform *platform, const struct verdict *v);
        void *arg;
        int refused; /* what judge() said */
};

int image_push(struct push_job *job, struct dest *to, struct err *e);
