/* crossarm pull: an image into the store, unpacked. */
#include "cli/cmd.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/util.h"
#include "cli/image_cli.h"

static const char usage[] =
        "Usage: crossarm pull [OPTION...] IMAGE...\n"
        "Get images into the store (~/.local/share/crossarm/images, or CROSSARM_STORE) and unpack them, ready for `crossarm run`.\n"
        "Prints each image's name with its digest. What was interrupted goes on where it ended.\n\n" IMAGE_OPTIONS_HELP MAX_SIZE_HELP
        "      --all                   keep every platform of an index; the one of --platform is unpacked\n"
        "      --missing               do not ask the registry for what the store has, only unpack it\n"
        "      --no-unpack             only download\n"
        "      --json                  print what was pulled as JSON\n"
        "  -q, --quiet                 no progress\n"
        "  -h, --help                  this text\n\n" IMAGE_NAMES_HELP;

enum { OPT_ALL = 1024, OPT_NO_UNPACK, OPT_MISSING };

static const struct option options[] = {
        IMAGE_OPTIONS,
        { "all", no_argument, NULL, OPT_ALL },
        { "no-unpack", no_argument, NULL, OPT_NO_UNPACK },
        { "missing", no_argument, NULL, OPT_MISSING },
        { 0 },
};

static json_t *result_json(const struct store *store, const char *name, bool unpacked, const struct pulled *p)
{
        const struct resolved *r = &p->image;
        json_t *j = json_pack("{s:s, s:s, s:s, s:s, s:s}", "name", name, "digest", r->root.digest.text, "image", r->image.digest.text, "id",
                r->image_manifest.config.digest.text, "platform", platform_text(&r->image.platform).text);
        if (unpacked) {
                AUTO_FREE char *tree = format("%s/rootfs/%s/tree", store->dir, digest_hex(&r->image_manifest.config.digest));
                json_object_set_new(j, "rootfs", json_string(tree));
        }
        if (p->unpacked)
                json_object_set_new(j, "truth", verdict_json(&p->verdict));
        return j;
}

/* With --missing the store itself is the source of what it has; that of a file can have changed. */
static bool from_store(const struct ref *ref, const struct image_cli *c, const struct store *store)
{
        struct descriptor image = { 0 };
        struct err ignored;
        bool there = ref->kind == REF_REGISTRY && store_find(store, ref->name, &c->pull.platform, &image, &ignored) == 1;
        descriptor_free(&image);
        return there;
}

static int pull_one(const char *text, struct image_cli *c, const struct store *store, json_t *results)
{
        struct err e = { 0 };
        AUTO_REF struct ref ref;
        AUTO_PULLED struct pulled p = { 0 };
        if (ref_parse(text, &ref, &e) < 0)
                return image_failed(&e);
        bool missing = c->pull.keep_names;
        struct ref own = { .kind = REF_LAYOUT, .path = store->dir, .tag = ref.name, .name = ref.name };
        c->pull.keep_names = missing && from_store(&ref, c, store);
        struct source *source = source_open(c->pull.keep_names ? &own : &ref, &c->http, &e);
        int bad = !source || image_pull(source, ref.name, store, &c->pull, &p, &e) < 0;
        c->pull.keep_names = missing;
        image_progress_end(c);
        if (source)
                source->ops->close(source);
        if (bad)
                return image_failed(&e);
        image_say_notes(ref.name, &p);
        if (!platform_fit(&c->pull.platform, &p.image.image.platform))
                say_error("%s is for %s only, and was taken as it is", ref.name, platform_text(&p.image.image.platform).text);
        if (c->json)
                json_array_append_new(results, result_json(store, ref.name, !c->pull.no_unpack, &p));
        else
                printf("%s %s %s\n", ref.name, platform_text(&p.image.image.platform).text, p.image.root.digest.text);
        return 0;
}

int cmd_pull(int argc, char **argv)
{
        struct image_cli c;
        struct err e = { 0 };
        image_cli_init(&c);
        for (int o; (o = getopt_long(argc, argv, "qh", options, NULL)) != -1;) {
                int status = 0;
                switch (o) {
                case OPT_ALL: c.pull.all = true; break;
                case OPT_NO_UNPACK: c.pull.no_unpack = true; break;
                case OPT_MISSING: c.pull.keep_names = true; break;
                case 'h': fputs(usage, stdout); return 0;
                default: status = image_option(&c, "pull", o, optarg);
                }
                if (status)
                        return status;
        }
        if (optind == argc) {
                say_error("the name of an image is needed");
                return wrong_usage("pull");
        }
        int status = image_enter();
        AUTO_STORE struct store store = { .layout = { .fd = -1 } };
        AUTO_JSON json_t *results = json_array();
        if (!status && store_open(true, &store, &e) < 0)
                return image_failed(&e);
        for (int i = optind; i < argc && !status; i++)
                status = pull_one(argv[i], &c, &store, results);
        if (c.json && !status) {
                json_dumpf(results, stdout, JSON_INDENT(2));
                putchar('\n');
        }
        return status;
}
