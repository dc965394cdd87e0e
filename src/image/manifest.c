#include "image/manifest.h"

#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "image/json.h"

enum { ITEMS_MAX = 4096 };

void descriptor_free(struct descriptor *d)
{
        free(d->media_type);
        free(d->ref_name);
        *d = (struct descriptor){ 0 };
}

struct descriptor descriptor_copy(const struct descriptor *d)
{
        struct descriptor copy = *d;
        copy.media_type = format("%s", d->media_type ? d->media_type : "");
        copy.ref_name = d->ref_name ? format("%s", d->ref_name) : NULL;
        return copy;
}

void manifest_free(struct manifest *m)
{
        for (size_t i = 0; i < m->count; i++)
                descriptor_free(&m->items[i]);
        free(m->items);
        free(m->media_type);
        descriptor_free(&m->config);
        *m = (struct manifest){ 0 };
}

bool is_index_type(const char *type)
{
        return !strcmp(type, TYPE_OCI_INDEX) || !strcmp(type, TYPE_DOCKER_INDEX);
}

bool is_manifest_type(const char *type)
{
        return !strcmp(type, TYPE_OCI_MANIFEST) || !strcmp(type, TYPE_DOCKER_MANIFEST);
}

static int parse_descriptor(const json_t *j, const char *what, struct descriptor *d, struct err *e)
{
        const json_t *platform = json_object_get(j, "platform"), *notes = json_object_get(j, "annotations");
        const char *name = json_text(notes, REF_NAME);
        if (!json_is_object(j))
                return err_set(e, 126, "%s is damaged: where a blob should be named there is something else", what);
        if (!digest_parse(json_text(j, "digest"), &d->digest))
                return err_set(e, 126, "%s is damaged: it names a blob by the digest '%.80s', which is none", what, json_text(j, "digest"));
        if (!json_u64(j, "size", &d->size) || d->size > INT64_MAX / 2)
                return err_set(e, 126, "%s is damaged: the blob %.24s has no valid size", what, d->digest.text);
        d->media_type = format("%s", json_text(j, "mediaType"));
        d->ref_name = *name ? format("%s", name) : NULL;
        if (json_is_object(platform) && *json_text(platform, "os"))
                d->platform = platform_make(json_text(platform, "os"), json_text(platform, "architecture"), json_text(platform, "variant"));
        d->attestation = json_object_get(notes, "vnd.docker.reference.type") != NULL || !strcmp(d->platform.os, "unknown");
        return 0;
}

static int parse_items(const json_t *list, const char *what, struct manifest *m, struct err *e)
{
        size_t count = json_array_size(list);
        if (count > ITEMS_MAX)
                return err_set(e, 126, "%s names %zu blobs; more than %d are not taken", what, count, ITEMS_MAX);
        m->items = calloc(count + 1, sizeof *m->items);
        if (!m->items)
                abort();
        for (; m->count < count; m->count++)
                if (parse_descriptor(json_array_get(list, m->count), what, &m->items[m->count], e) < 0) {
                        m->count++;
                        return -1;
                }
        return 0;
}

int manifest_parse(const char *data, size_t len, const char *media_type, const char *what, struct manifest *m, struct err *e)
{
        *m = (struct manifest){ 0 };
        if (len > MANIFEST_MAX)
                return err_set(e, 126, "%s is too large: %zu bytes", what, len);
        AUTO_JSON json_t *j = json_object_of(data, len, what, e);
        if (!j)
                return -1;
        const char *said = json_text(j, "mediaType");
        const json_t *manifests = json_object_get(j, "manifests"), *layers = json_object_get(j, "layers");
        u64 version = 2;
        json_u64(j, "schemaVersion", &version);
        if (version == 1 || json_object_get(j, "fsLayers"))
                return err_set(e, 126,
                        "%s is of docker's old schema 1, which nobody makes any more; pull and push it again with a newer docker", what);
        m->index = json_is_array(manifests);
        m->media_type = format("%s", *said                          ? said
                                     : m->index                     ? TYPE_OCI_INDEX
                                     : is_manifest_type(media_type) ? media_type
                                                                    : TYPE_OCI_MANIFEST);
        /* The same bytes must not mean two things (CVE-2021-41190). */
        bool torn = (m->index && (layers || json_object_get(j, "config"))) || (*said && m->index != is_index_type(said)) ||
                    (*media_type && (is_index_type(media_type) || is_manifest_type(media_type)) && m->index != is_index_type(media_type));
        int bad = 0;
        if (torn)
                bad = err_set(e, 126, "%s contradicts itself: it is an index and an image at once", what);
        else if (m->index)
                bad = parse_items(manifests, what, m, e);
        else if (!json_is_array(layers) || !json_object_get(j, "config"))
                bad = err_set(e, 126, "%s is neither an index nor an image: it has no list of manifests and no config with layers", what);
        else
                bad = parse_descriptor(json_object_get(j, "config"), what, &m->config, e) < 0 || parse_items(layers, what, m, e) < 0 ? -1
                                                                                                                                     : 0;
        if (bad)
                manifest_free(m);
        return bad;
}

const struct descriptor *manifest_choose(const struct manifest *index, const struct platform *want)
{
        const struct descriptor *best = NULL;
        int best_fit = 0;
        for (size_t i = 0; i < index->count; i++) {
                const struct descriptor *d = &index->items[i];
                int fit = d->attestation ? 0 : platform_fit(want, &d->platform);
                if (fit > best_fit) {
                        best = d;
                        best_fit = fit;
                }
        }
        return best;
}

char *manifest_platforms(const struct manifest *index)
{
        char *all = format("%s", "");
        for (size_t i = 0; i < index->count; i++) {
                const struct descriptor *d = &index->items[i];
                if (d->attestation || !d->platform.os[0])
                        continue;
                char *longer = format("%s%s%s", all, *all ? ", " : "", platform_text(&d->platform).text);
                free(all);
                all = longer;
        }
        if (*all)
                return all;
        free(all);
        return format("none");
}
