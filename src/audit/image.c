#include "audit/image.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "audit/judge.h"
#include "base/util.h"

/*
 * The blobs were read before anybody knew what they are for: layers have become parts, JSON texts documents. Here they are found by their
 * names, "blobs/sha256/HEX" in a layout, any path in docker's manifest.json.
 */
struct images {
        struct artefact *a;
        char *prefix; /* of the folder the layout lies in, with its slash */
        u32 count;
        bool arm64; /* an index has an entry for arm64 Linux */
};

enum { IMAGES_MAX = 256, NESTED_MAX = 4 };

static const struct document *document(const struct images *im, const char *path)
{
        AUTO_FREE char *whole = format("%s%s", im->prefix, path);
        for (size_t i = 0; i < im->a->document_count; i++)
                if (!strcmp(im->a->documents[i].path, whole))
                        return &im->a->documents[i];
        return NULL;
}

static struct artefact *layer(const struct images *im, const char *path)
{
        AUTO_FREE char *whole = format("%s%s", im->prefix, path);
        for (size_t i = 0; i < im->a->part_count; i++)
                if (!strcmp(im->a->parts[i]->path, whole))
                        return im->a->parts[i];
        return NULL;
}

static const char *text_of(const json_t *o, const char *key)
{
        const char *s = json_string_value(json_object_get(o, key));
        return s ? s : "";
}

/* "sha256:HEX" -> "blobs/sha256/HEX" */
static char *blob_path(const json_t *descriptor)
{
        const char *digest = text_of(descriptor, "digest"), *colon = strchr(digest, ':');
        return colon ? format("blobs/%.*s/%s", (int)(colon - digest), digest, colon + 1) : format("%s", "");
}

static json_t *load(const struct images *im, const char *path)
{
        const struct document *d = document(im, path);
        return d ? json_loadb(d->text, d->len, 0, NULL) : NULL;
}

/* ---- layers on top of each other ---- */

static bool below(const char *path, const char *dir, size_t len)
{
        return !strncmp(path, dir, len) && (!path[len] || path[len] == '/' || !len);
}

/* A whiteout of an upper layer: ".wh.NAME" hides NAME, ".wh..wh..opq" all that the folder had. */
static bool hidden_by(const struct artefact *upper, const char *path)
{
        for (size_t i = 0; i < upper->hidden_count; i++) {
                const char *h = upper->hidden[i], *slash = strrchr(h, '/');
                size_t dir = slash ? (size_t)(slash - h) + 1 : 0;
                if (!strcmp(h + dir, ".wh..wh..opq")) {
                        if (below(path, h, dir ? dir - 1 : 0))
                                return true;
                        continue;
                }
                AUTO_FREE char *name = format("%.*s%s", (int)dir, h, h + dir + strlen(".wh."));
                if (below(path, name, strlen(name)))
                        return true;
        }
        for (size_t i = 0; i < upper->native_count; i++)
                if (!strcmp(upper->natives[i].path, path))
                        return true;
        return false;
}

static char *copied(const char *s)
{
        return s ? format("%s", s) : NULL;
}

static char *copied_list(const char *list)
{
        size_t len = 0;
        while (list && list[len])
                len += strlen(list + len) + 1;
        char *c = list ? malloc(len + 1) : NULL;
        if (c)
                memcpy(c, list, len + 1);
        return c;
}

static void add_layer(struct artefact *image, struct artefact **layers, size_t count, size_t at)
{
        const struct artefact *l = layers[at];
        for (size_t i = 0; i < l->native_count; i++) {
                bool gone = false;
                for (size_t up = at + 1; up < count && !gone; up++)
                        gone = layers[up] && hidden_by(layers[up], l->natives[i].path);
                if (gone)
                        continue;
                struct native *n = artefact_native(image, l->natives[i].path);
                char *path = n->path;
                *n = l->natives[i];
                n->path = path;
                n->interpreter = copied(n->interpreter);
                n->soname = copied(n->soname);
                n->needed = copied_list(n->needed);
        }
        for (size_t i = 0; i < l->claim_count; i++)
                if (*l->claims[i].dir) {
                        struct claim *c = artefact_claim(image, l->claims[i].dir, copied(l->claims[i].source));
                        c->machine = l->claims[i].machine;
                        c->system = l->claims[i].system;
                        c->libc = l->claims[i].libc;
                        c->any = l->claims[i].any;
                }
        image->files += l->files;
}

/* ---- one image ---- */

struct platform {
        enum machine machine;
        enum system system;
        char text[96];
};

static struct platform platform_of(const json_t *o)
{
        struct platform p = { 0 };
        const char *arch = text_of(o, "architecture"), *os = text_of(o, "os");
        p.machine = machine_of_word(arch);
        p.system = system_of_word(os);
        snprintf(p.text, sizeof p.text, "%.40s/%.40s", os, arch);
        return p;
}

/* Engines choose by this tag, and the files speak for themselves: most of the programs decide. */
static void judge_config(struct artefact *image, const struct platform *config, const struct platform *index)
{
        u32 count[MACHINE_COUNT] = { 0 }, all = 0;
        const struct native *foreign = NULL;
        for (size_t i = 0; i < image->native_count; i++) {
                const struct native *n = &image->natives[i];
                if (n->system != SYSTEM_LINUX || n->role == ELF_ROLE_OBJECT || harmless_of(n->path) || !machine_is_host(n->machine))
                        continue;
                count[n->machine]++;
                all++;
                if (!foreign && !machine_runs(config->machine, n->machine))
                        foreign = n;
        }
        u32 right = 0;
        for (int m = 1; m < MACHINE_COUNT; m++)
                right += machine_runs(config->machine, m) ? count[m] : 0;
        if (config->machine && foreign && all - right > right)
                artefact_find(image, RULE_IMAGE_LIES, foreign->path,
                        format("the config says %s; %u of %u programs and libraries are for others: %s (%s)", config->text, all - right,
                                all, foreign->path, machine_name(foreign->machine)));
        if (index->machine && config->machine && index->machine != config->machine)
                artefact_find(image, RULE_INDEX_LIES, "", format("the index says %s, the config says %s", index->text, config->text));
}

static void note_claim(struct artefact *image, const struct platform *p, const char *where)
{
        struct claim *c = artefact_claim(image, "", format("%s: %s", where, p->text));
        c->machine = p->machine;
        c->system = p->system;
}

static void build_image(
        struct images *im, const char *name, const json_t *config, struct artefact **layers, size_t count, const struct platform *index)
{
        struct platform said = platform_of(config);
        AUTO_FREE char *path = format("%s%s%s", im->prefix, name, "");
        struct artefact *image = artefact_part(im->a, path, "image");
        if (said.machine)
                note_claim(image, &said, "image config");
        for (size_t i = 0; i < count; i++) {
                if (!layers[i]) {
                        artefact_error(image, "", "a layer of this image is not here");
                        continue;
                }
                layers[i]->used = true;
                add_layer(image, layers, count, i);
        }
        im->count++;
        judge_config(image, &said, index);
        im->arm64 |= said.machine == MACHINE_ARM64 && said.system == SYSTEM_LINUX;
        image->other_platform = said.machine != MACHINE_ARM64;
}

static void image_of_manifest(struct images *im, const json_t *manifest, const char *name, const struct platform *index)
{
        AUTO_FREE char *config_path = blob_path(json_object_get(manifest, "config"));
        const json_t *list = json_object_get(manifest, "layers");
        struct artefact *layers[256];
        size_t count = json_array_size(list) < ARRAY_LEN(layers) ? json_array_size(list) : ARRAY_LEN(layers);
        json_t *config = load(im, config_path);
        for (size_t i = 0; i < count; i++) {
                AUTO_FREE char *path = blob_path(json_array_get(list, i));
                layers[i] = layer(im, path);
        }
        build_image(im, name, config, layers, count, index);
        json_decref(config);
}

static bool is_attestation(const json_t *descriptor)
{
        return json_object_get(json_object_get(descriptor, "annotations"), "vnd.docker.reference.type") != NULL;
}

static void images_of_index(struct images *im, const json_t *index, const char *name, int depth)
{
        const json_t *list = json_object_get(index, "manifests");
        for (size_t i = 0; i < json_array_size(list) && im->count < IMAGES_MAX; i++) {
                const json_t *d = json_array_get(list, i);
                AUTO_FREE char *path = blob_path(d);
                struct platform p = platform_of(json_object_get(d, "platform"));
                const char *ref = text_of(json_object_get(d, "annotations"), "org.opencontainers.image.ref.name");
                AUTO_FREE char *called = format("%s%s%s",
                        *ref    ? ref
                        : *name ? name
                                : "image",
                        p.machine ? " " : "", p.machine ? p.text : "");
                json_t *m = is_attestation(d) ? NULL : load(im, path);
                if (json_object_get(m, "manifests") && depth < NESTED_MAX)
                        images_of_index(im, m, *ref ? ref : name, depth + 1);
                else if (json_object_get(m, "layers"))
                        image_of_manifest(im, m, called, &p);
                json_decref(m);
        }
}

/* docker save: a list of images, each with paths. */
static void images_of_docker(struct images *im, const json_t *list)
{
        for (size_t i = 0; i < json_array_size(list) && im->count < IMAGES_MAX; i++) {
                const json_t *entry = json_array_get(list, i), *paths = json_object_get(entry, "Layers");
                const char *tag = json_string_value(json_array_get(json_object_get(entry, "RepoTags"), 0));
                struct artefact *layers[256];
                size_t count = json_array_size(paths) < ARRAY_LEN(layers) ? json_array_size(paths) : ARRAY_LEN(layers);
                for (size_t k = 0; k < count; k++) {
                        const char *path = json_string_value(json_array_get(paths, k));
                        layers[k] = path ? layer(im, path) : NULL;
                }
                json_t *config = load(im, text_of(entry, "Config"));
                build_image(im, tag ? tag : "image", config, layers, count, &(struct platform){ 0 });
                json_decref(config);
        }
}

static bool ends(const char *s, const char *suffix)
{
        size_t n = strlen(s), k = strlen(suffix);
        return n >= k && !strcmp(s + n - k, suffix) && (n == k || s[n - k - 1] == '/');
}

void image_assemble(struct artefact *a)
{
        for (size_t i = 0; i < a->part_count; i++)
                image_assemble(a->parts[i]);
        size_t before = a->part_count;
        bool arm64 = a->has_arm64_entry;
        u32 count = 0;
        for (size_t i = 0; i < a->document_count; i++) {
                const struct document *d = &a->documents[i];
                bool index = ends(d->path, "index.json"), docker = ends(d->path, "manifest.json");
                size_t base = strlen(d->path) - strlen(index ? "index.json" : "manifest.json");
                if (!index && !docker)
                        continue;
                struct images im = { .a = a, .prefix = format("%.*s", (int)base, d->path) };
                json_t *root = json_loadb(d->text, d->len, 0, NULL);
                if (index && document(&im, "oci-layout"))
                        images_of_index(&im, root, "", 0);
                else if (docker && json_is_array(root) && !document(&im, "oci-layout"))
                        images_of_docker(&im, root);
                json_decref(root);
                arm64 |= im.arm64;
                count += im.count;
                free(im.prefix);
        }
        if (count && strcmp(a->type, "registry image"))
                a->type = !strcmp(a->type, "directory") ? "image layout" : "image archive";
        /* Beside an image for arm64 the others are not in the way of anybody. */
        for (size_t i = before; i < a->part_count; i++)
                a->parts[i]->other_platform &= arm64;
}

bool image_judge_index(struct artefact *a, const char *text, size_t len)
{
        json_t *root = json_loadb(text, len, 0, NULL);
        const json_t *list = json_object_get(root, "manifests");
        bool arm64 = false, any = false;
        char *names = format("%s", "");
        for (size_t i = 0; i < json_array_size(list); i++) {
                const json_t *platform = json_object_get(json_array_get(list, i), "platform");
                struct platform p = platform_of(platform);
                if (!json_is_object(platform) || is_attestation(json_array_get(list, i)))
                        continue;
                char *longer = format("%s%s%s", names, any ? ", " : "", p.text);
                free(names);
                names = longer;
                any = true;
                arm64 |= p.machine == MACHINE_ARM64 && p.system == SYSTEM_LINUX;
        }
        if (any && !arm64)
                artefact_find(a, RULE_NO_ARM64_IMAGE, "", format("it has %s", names));
        if (any) {
                a->type = strcmp(a->type, "file") ? a->type : "image index";
                struct claim *c = artefact_claim(a, "", format("index: %s", names));
                c->machine = MACHINE_NONE;
        }
        a->has_arm64_entry = arm64;
        free(names);
        json_decref(root);
        return any;
}
