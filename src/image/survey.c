#include "image/survey.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"
#include "image/hash.h"
#include "image/scratch.h"

static int survey_layer(struct source *s, const struct descriptor *d, struct unpack *u, struct err *e)
{
        AUTO_CLOSE int fd = scratch_file_open(e);
        if (fd < 0)
                return -1;
        struct layout nowhere = { .dir = "a temporary file", .fd = -1 };
        struct blob_writer w = { .layout = &nowhere, .want = *d, .hash = hash_new(digest_algorithm(&d->digest)), .fd = fd };
        int bad = s->ops->blob(s, &w, e);
        struct digest got = hash_end(w.hash), diff_id;
        if (!bad && !digest_equal(&got, &d->digest))
                bad = err_set(e, 126, "the blob %s came with the wrong content: its digest is %s", d->digest.text, got.text);
        if (bad || lseek(fd, 0, SEEK_SET) < 0)
                return -1;
        return unpack_survey(u, fd, d->digest.text, &diff_id, e);
}

int image_survey(struct source *s, const struct resolved *image, const struct pull_options *o, struct verdict *v, struct err *e)
{
        struct unpack u = { .root = -1, .left = o->max_size, .entries = o->max_files, .truth = truth_new() };
        int bad = 0;
        for (size_t i = 0; i < image->image_manifest.count && !bad; i++)
                bad = survey_layer(s, &image->image_manifest.items[i], &u, e);
        if (!bad)
                truth_judge(u.truth, &image->image.platform, v);
        truth_free(u.truth);
        return bad;
}
