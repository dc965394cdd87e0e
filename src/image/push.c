#include "image/push.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"
#include "image/unpack.h"

static int read_blob(const struct layout *l, const struct descriptor *d, struct bytes *out, struct err *e)
{
        struct store as_store = { .dir = l->dir, .layout = *l };
        return store_read(&as_store, d, out, e);
}

static int load(const struct layout *l, const struct descriptor *d, struct bytes *text, struct manifest *m, struct err *e)
{
        return read_blob(l, d, text, e) < 0 ? -1 : manifest_parse(text->data, text->len, d->media_type, d->digest.text, m, e);
}

/* The truth about one image. The platform is what the index says, else the config. */
static int judge_image(struct push_job *job, const struct descriptor *image, struct err *e)
{
        AUTO_BYTES struct bytes text = { 0 }, config_text = { 0 };
        AUTO_MANIFEST struct manifest m = { 0 };
        AUTO_CONFIG struct image_config c = { 0 };
        AUTO_VERDICT struct verdict v = { 0 };
        if (load(job->from, image, &text, &m, e) < 0)
                return -1;
        if (m.index || read_blob(job->from, &m.config, &config_text, e) < 0 ||
                config_parse(config_text.data, config_text.len, image->digest.text, &c, e) < 0)
                return m.index ? err_set(e, 126, "an index has another index in it; not pushed") : -1;
        const struct platform *said = image->platform.os[0] ? &image->platform : &c.platform;
        struct unpack u = { .root = -1, .left = job->max_size, .entries = job->max_files, .truth = truth_new() };
        int bad = 0;
        for (size_t i = 0; i < m.count && !bad; i++) {
                struct digest diff_id;
                AUTO_CLOSE int fd = layout_blob(job->from, &m.items[i], e);
                bad = fd < 0 ? -1 : unpack_survey(&u, fd, m.items[i].digest.text, &diff_id, e);
        }
        if (!bad)
                truth_judge(u.truth, said, &v);
        truth_free(u.truth);
        if (!bad)
                job->refused = job->judge(job->arg, said, &v);
        return bad || job->refused ? -1 : 0;
}

static int send_image(struct push_job *job, const struct descriptor *image, struct dest *to, bool root, struct err *e)
{
        AUTO_BYTES struct bytes text = { 0 };
        AUTO_MANIFEST struct manifest m = { 0 };
        if (load(job->from, image, &text, &m, e) < 0)
                return -1;
        struct descriptor named = *image;
        named.media_type = m.media_type;
        for (size_t i = 0; i <= m.count; i++) {
                struct descriptor blob = i < m.count ? m.items[i] : m.config;
                AUTO_CLOSE int fd = layout_blob(job->from, &blob, e);
                if (i == m.count && !*blob.media_type)
                        blob.media_type = (char *)TYPE_OCI_CONFIG;
                if (fd < 0 || to->ops->blob(to, &blob, fd, e) < 0)
                        return -1;
        }
        return to->ops->manifest(to, &named, &text, root, e);
}

/* The images of the index, or the one. */
static int each_image(struct push_job *job, const struct manifest *index, struct dest *to, struct err *e)
{
        for (size_t i = 0; i < index->count; i++) {
                const struct descriptor *d = &index->items[i];
                if (!layout_has(job->from, d))
                        return err_set(e, 126, "the image for %s of the index is not in %s; `crossarm pull --all` gets them all",
                                d->platform.os[0] ? platform_text(&d->platform).text : d->digest.text, job->from->dir);
                if (to ? send_image(job, d, to, false, e) < 0 : !d->attestation && judge_image(job, d, e) < 0)
                        return -1;
        }
        return 0;
}

int image_push(struct push_job *job, struct dest *to, struct err *e)
{
        AUTO_BYTES struct bytes text = { 0 };
        AUTO_MANIFEST struct manifest m = { 0 };
        if (load(job->from, &job->root, &text, &m, e) < 0)
                return -1;
        if (m.index && to->one_image)
                return err_set(e, 126, "a docker archive holds one image and no index; say which by --platform");
        if (!m.index) {
                if ((!job->no_check && judge_image(job, &job->root, e) < 0) || send_image(job, &job->root, to, true, e) < 0)
                        return -1;
                return to->ops->finish(to, e);
        }
        struct descriptor named = job->root;
        named.media_type = m.media_type;
        if ((!job->no_check && each_image(job, &m, NULL, e) < 0) || each_image(job, &m, to, e) < 0 ||
                to->ops->manifest(to, &named, &text, true, e) < 0)
                return -1;
        return to->ops->finish(to, e);
}
