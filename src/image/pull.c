#include "image/pull.h"

#include <stdlib.h>
#include <string.h>

#include "base/util.h"

void pulled_free(struct pulled *p)
{
        resolved_free(&p->image);
        verdict_free(&p->verdict);
        free(p->lie);
        p->lie = NULL;
}

static int put_text(const struct store *to, const struct bytes *text, struct err *e)
{
        struct descriptor d = { 0 };
        return layout_put(&to->layout, text->data, text->len, &d, e);
}

/* Layers on their way, unpacked as they come, and the manifest last: what it names is then all there. */
static int take_image(struct source *from, const struct store *to, const struct resolved *image, const struct pull_options *o, bool unpack,
        struct pulled *p, struct err *e)
{
        const struct manifest *m = &image->image_manifest;
        if (put_text(to, &image->config_text, e) < 0)
                return -1;
        struct fetch *f = fetch_start(from, &to->layout, m->items, m->count, &o->watch);
        int bad = unpack ? ready_make(to, image, f, o, p, e) : 0;
        for (size_t i = 0; !bad && i < m->count; i++)
                bad = fetch_wait(f, i, e);
        fetch_end(f);
        return bad ? -1 : put_text(to, &image->image_text, e);
}

static int take_all(struct source *from, const struct store *to, const struct resolved *root, const struct pull_options *o, struct err *e)
{
        const struct manifest *index = &root->root_manifest;
        for (size_t i = 0; i < index->count; i++) {
                AUTO_RESOLVED struct resolved one = { 0 };
                if (digest_equal(&index->items[i].digest, &root->image.digest))
                        continue;
                /* An attestation is taken as it is: its config says nothing that we read. */
                if (image_entry(from, &index->items[i], &one, e) < 0 && !index->items[i].attestation)
                        return -1;
                if (one.config_text.len ? take_image(from, to, &one, o, false, NULL, e) < 0 : !index->items[i].attestation)
                        return -1;
        }
        return put_text(to, &root->root_text, e);
}

int image_pull(struct source *from, const char *name, const struct store *to, const struct pull_options *o, struct pulled *p, struct err *e)
{
        *p = (struct pulled){ 0 };
        struct resolved *r = &p->image;
        if (image_resolve(from, &o->platform, o->platform_said, r, e) < 0 || take_image(from, to, r, o, !o->no_unpack, p, e) < 0)
                return -1;
        bool whole = o->all && r->root_manifest.index;
        if (whole && take_all(from, to, r, o, e) < 0)
                return -1;
        struct descriptor named = whole ? r->root : r->image;
        named.ref_name = (char *)name;
        if (!o->keep_names && layout_name(&to->layout, &named, e) < 0)
                return -1;
        return o->no_unpack ? 0 : ready_name(to, r, name, &o->platform, e);
}
