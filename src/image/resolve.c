#include "image/resolve.h"

#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "image/hash.h"

enum { NESTED_MAX = 3 };

void resolved_free(struct resolved *r)
{
        descriptor_free(&r->root);
        descriptor_free(&r->image);
        bytes_free(&r->root_text);
        bytes_free(&r->image_text);
        bytes_free(&r->config_text);
        manifest_free(&r->root_manifest);
        manifest_free(&r->image_manifest);
        config_free(&r->config);
        *r = (struct resolved){ 0 };
}

const struct descriptor *nearest_platform(const struct manifest *index, const struct platform *want, const char **why)
{
        static const struct {
                const char *platform, *why;
        } order[] = {
                { "linux/arm64", "64-bit Arm" },
                { "linux/arm/v7", "32-bit Arm" },
                { "linux/amd64", "this machine's own" },
                { "linux/386", "32-bit x86, which this machine runs" },
        };
        for (size_t i = 0; i < ARRAY_LEN(order); i++) {
                struct platform p;
                platform_parse(order[i].platform, &p);
                const struct descriptor *d = platform_fit(want, &p) ? NULL : manifest_choose(index, &p);
                *why = order[i].why;
                if (d)
                        return d;
        }
        *why = "another processor's";
        for (size_t i = 0; i < index->count; i++)
                if (index->items[i].platform.os[0] && !index->items[i].attestation)
                        return &index->items[i];
        return NULL;
}

static int lacks(const struct source *s, const struct manifest *index, const struct platform *want, struct err *e)
{
        const char *why;
        const struct descriptor *near = nearest_platform(index, want, &why);
        AUTO_FREE char *all = manifest_platforms(index);
        if (!near)
                return err_set(e, 126, "%.150s has no %s: its index names no platform at all", s->name, platform_text(want).text);
        return err_set(e, 126, "%.150s has no %s, only %.150s; the nearest is %s (%s), which --platform %s takes", s->name,
                platform_text(want).text, all, platform_text(&near->platform).text, why, platform_text(&near->platform).text);
}

static int load(
        struct source *s, const struct descriptor *which, struct bytes *text, struct manifest *m, struct descriptor *d, struct err *e)
{
        char type[128] = "";
        if (s->ops->manifest(s, which, text, type, e) < 0)
                return -1;
        AUTO_FREE char *what = format("the manifest of %.200s", s->name);
        if (manifest_parse(text->data, text->len, type, what, m, e) < 0)
                return -1;
        *d = (struct descriptor){ .media_type = format("%s", m->media_type), .size = text->len };
        d->digest = which ? which->digest : hash_of(text->data, text->len);
        if (which)
                d->platform = which->platform;
        return 0;
}

int image_root(struct source *s, struct resolved *r, struct err *e)
{
        *r = (struct resolved){ 0 };
        return load(s, NULL, &r->root_text, &r->root_manifest, &r->root, e);
}

static int load_config(struct source *s, struct resolved *r, struct err *e)
{
        const struct descriptor *c = &r->image_manifest.config;
        AUTO_FREE char *what = format("the config %.19s of %.200s", c->digest.text, s->name);
        /* An artifact (a chart, a signature) has a manifest as well, and nothing to run. */
        if (*c->media_type && !strstr(c->media_type, "image.config") && !strstr(c->media_type, "container.image"))
                return err_set(e, 126, "%.200s is no image of a container: its config is of the type %.100s", s->name, c->media_type);
        if (source_small(s, c, &r->config_text, e) < 0 || config_parse(r->config_text.data, r->config_text.len, what, &r->config, e) < 0)
                return -1;
        if (r->config.layer_count != r->image_manifest.count)
                return err_set(e, 126, "%.200s is damaged: its manifest has %zu layers and its config %zu", s->name,
                        r->image_manifest.count, r->config.layer_count);
        if (!r->image.platform.os[0])
                r->image.platform = r->config.platform;
        return 0;
}

int image_entry(struct source *s, const struct descriptor *d, struct resolved *r, struct err *e)
{
        *r = (struct resolved){ 0 };
        if (load(s, d, &r->image_text, &r->image_manifest, &r->image, e) < 0)
                return -1;
        if (r->image_manifest.index)
                return err_set(e, 126, "the index of %.200s has another index in it, for %s", s->name, platform_text(&d->platform).text);
        return load_config(s, r, e);
}

int image_resolve(struct source *s, const struct platform *want, bool said, struct resolved *r, struct err *e)
{
        if (image_root(s, r, e) < 0)
                return -1;
        r->image = descriptor_copy(&r->root);
        manifest_free(&r->image_manifest);
        bytes_add(&r->image_text, r->root_text.data, r->root_text.len);
        if (manifest_parse(r->image_text.data, r->image_text.len, r->root.media_type, s->name, &r->image_manifest, e) < 0)
                return -1;
        bool chosen = false;
        for (int depth = 0; r->image_manifest.index; depth++) {
                const struct descriptor *d = manifest_choose(&r->image_manifest, want);
                if (!d && r->image_manifest.count == 1 && !r->image_manifest.items[0].platform.os[0])
                        d = &r->image_manifest.items[0]; /* an index that says nothing of its one image */
                if (!d)
                        return lacks(s, &r->image_manifest, want, e);
                if (depth == NESTED_MAX)
                        return err_set(e, 126, "%.200s is an index of an index of an index; not followed", s->name);
                chosen = d->platform.os[0] != 0;
                struct descriptor next = descriptor_copy(d);
                bytes_free(&r->image_text);
                manifest_free(&r->image_manifest);
                descriptor_free(&r->image);
                int bad = load(s, &next, &r->image_text, &r->image_manifest, &r->image, e);
                descriptor_free(&next);
                if (bad)
                        return -1;
        }
        if (load_config(s, r, e) < 0)
                return -1;
        if (said && !chosen && !platform_fit(want, &r->config.platform))
                return err_set(e, 126, "%.200s is for %s, not for %s; --platform %s takes it", s->name,
                        platform_text(&r->config.platform).text, platform_text(want).text, platform_text(&r->config.platform).text);
        return 0;
}
