#include "image/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"
#include "image/prepared.h"

static int make_folders(const char *path)
{
        AUTO_FREE char *part = format("%s", path);
        for (char *c = part + 1;; c++) {
                if (*c && *c != '/')
                        continue;
                char was = *c;
                *c = 0;
                if (mkdir(part, 0700) < 0 && errno != EEXIST)
                        return -1;
                if (!(*c = was))
                        return 0;
        }
}

int store_open(bool create, struct store *s, struct err *e)
{
        *s = (struct store){ .dir = store_place(), .layout = { .fd = -1 } };
        if (create && make_folders(s->dir) < 0)
                err_set(e, 126, "cannot make the folder %s for images: %s; name another one with CROSSARM_STORE", s->dir, strerror(errno));
        else
                layout_open(s->dir, create, &s->layout, e);
        s->layout.resume = true;
        if (s->layout.dir) {
                flock(s->layout.fd, LOCK_SH); /* a file system without locks has no garbage collection at the same time either */
                return 0;
        }
        store_close(s);
        return -1;
}

int store_alone(const struct store *s, struct err *e)
{
        if (flock(s->layout.fd, LOCK_EX | LOCK_NB) == 0)
                return 0;
        return err_set(
                e, 126, "others are pulling into or building in %s just now: %s; try again when they have ended", s->dir, strerror(errno));
}

void store_close(struct store *s)
{
        layout_close(&s->layout);
        free(s->dir);
        s->dir = NULL;
}

int store_read(const struct store *s, const struct descriptor *d, struct bytes *out, struct err *e)
{
        if (d->size > MANIFEST_MAX)
                return err_set(e, 126, "%s is too large for a manifest or a config: %lu bytes", d->digest.text, d->size);
        AUTO_CLOSE int fd = layout_blob(&s->layout, d, e);
        char piece[8192];
        ssize_t n = -1;
        while (fd >= 0 && (n = read(fd, piece, sizeof piece)) > 0)
                bytes_add(out, piece, (size_t)n);
        if (fd >= 0 && n < 0)
                return err_set(e, 126, "cannot read %s in %s: %s", d->digest.text, s->dir, strerror(errno));
        return fd < 0 ? -1 : 0;
}

/* The image of an index that is in the store. */
static int look_into(
        const struct store *s, const struct descriptor *index, const struct platform *want, struct descriptor *image, struct err *e)
{
        AUTO_BYTES struct bytes text = { 0 };
        AUTO_MANIFEST struct manifest m = { 0 };
        if (store_read(s, index, &text, e) < 0 || manifest_parse(text.data, text.len, index->media_type, index->digest.text, &m, e) < 0)
                return -1;
        const struct descriptor *d = manifest_choose(&m, want);
        if (!d || !layout_has(&s->layout, d))
                return 0;
        *image = descriptor_copy(d);
        return 1;
}

int store_find(const struct store *s, const char *name, const struct platform *want, struct descriptor *image, struct err *e)
{
        AUTO_MANIFEST struct manifest names = { 0 };
        const struct descriptor *best = NULL, *index = NULL;
        int best_fit = 0;
        if (layout_index(&s->layout, &names, e) < 0)
                return -1;
        for (size_t i = 0; i < names.count; i++) {
                const struct descriptor *d = &names.items[i];
                if (!d->ref_name || strcmp(d->ref_name, name))
                        continue;
                int fit = platform_fit(want, &d->platform);
                if (is_index_type(d->media_type))
                        index = d;
                if (fit > best_fit) {
                        best = d;
                        best_fit = fit;
                }
        }
        if (index) {
                int found = look_into(s, index, want, image, e);
                if (found)
                        return found;
        }
        if (!best)
                return 0;
        *image = descriptor_copy(best);
        return 1;
}

int store_root(const struct store *s, const char *name, const struct platform *want, bool said, struct descriptor *root, struct err *e)
{
        AUTO_MANIFEST struct manifest names = { 0 };
        if (said)
                return store_find(s, name, want, root, e);
        if (layout_index(&s->layout, &names, e) < 0)
                return -1;
        for (size_t i = 0; i < names.count; i++) {
                const struct descriptor *d = &names.items[i];
                if (d->ref_name && !strcmp(d->ref_name, name) && is_index_type(d->media_type)) {
                        *root = descriptor_copy(d);
                        return 1;
                }
        }
        return store_find(s, name, want, root, e);
}
