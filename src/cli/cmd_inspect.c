/* crossarm inspect: what an image has, without pulling it. */
#include "cli/cmd.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/util.h"
#include "cli/image_cli.h"
#include "image/survey.h"

static const char usage[] =
        "Usage: crossarm inspect [OPTION...] IMAGE\n"
        "Show an image: its platforms with their digests and sizes, and what the one of --platform runs. Only manifests and the\n"
        "config are read.\n\n" IMAGE_OPTIONS_HELP
        "      --local                 look at what the store has under that name, and ask no registry\n"
        "      --truth                 read the layers as well, and tell what machine the programs are for\n" MAX_SIZE_HELP
        "      --json                  print it as JSON\n"
        "  -q, --quiet                 no progress\n"
        "  -h, --help                  this text\n\n"
        "The exit status is 3 when the image does not have the platform, 4 when --truth finds a lie.\n" IMAGE_NAMES_HELP;

enum { OPT_TRUTH = 1024, OPT_LOCAL, NO_PLATFORM = 3, LIES = 4 };

static const struct option options[] = {
        IMAGE_OPTIONS,
        { "truth", no_argument, NULL, OPT_TRUTH },
        { "local", no_argument, NULL, OPT_LOCAL },
        { 0 },
};

static json_t *texts_json(char **texts)
{
        json_t *list = json_array();
        for (; texts && *texts; texts++)
                json_array_append_new(list, json_string(*texts));
        return list;
}

static json_t *index_json(const struct manifest *index)
{
        json_t *list = json_array();
        for (size_t i = 0; i < index->count; i++) {
                const struct descriptor *d = &index->items[i];
                const char *platform = d->platform.os[0] ? platform_text(&d->platform).text : "";
                if (!d->attestation)
                        json_array_append_new(list,
                                json_pack("{s:s, s:s, s:I}", "platform", platform, "digest", d->digest.text, "size", (json_int_t)d->size));
        }
        return list;
}

static u64 layer_bytes(const struct manifest *image)
{
        u64 sum = 0;
        for (size_t i = 0; i < image->count; i++)
                sum += image->items[i].size;
        return sum;
}

static json_t *image_json(const struct resolved *r)
{
        const struct image_config *c = &r->config;
        json_t *layers = json_array();
        for (size_t i = 0; i < r->image_manifest.count; i++) {
                const struct descriptor *d = &r->image_manifest.items[i];
                json_array_append_new(layers,
                        json_pack("{s:s, s:s, s:I}", "digest", d->digest.text, "mediaType", d->media_type, "size", (json_int_t)d->size));
        }
        return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:I, s:o}", "digest", r->image.digest.text, "id",
                r->image_manifest.config.digest.text, "platform", platform_text(&r->image.platform).text, "created", c->created, "user",
                c->user, "workdir", c->workdir, "entrypoint", texts_json(c->entrypoint), "cmd", texts_json(c->cmd), "env",
                texts_json(c->env), "volumes", texts_json(c->volumes), "size", (json_int_t)layer_bytes(&r->image_manifest), "layers",
                layers);
}

static void print_words(const char *what, char **words)
{
        if (!words || !*words)
                return;
        printf("  %-11s", what);
        for (; *words; words++)
                printf("%s%s", *words, words[1] ? " " : "\n");
}

static void print_word(const char *what, const char *word)
{
        if (*word)
                printf("  %-11s%s\n", what, word);
}

static void print_index(const struct manifest *index)
{
        puts("Platforms:");
        for (size_t i = 0; i < index->count; i++) {
                const struct descriptor *d = &index->items[i];
                if (!d->attestation)
                        printf("  %-18s %s\n", d->platform.os[0] ? platform_text(&d->platform).text : "(not said)", d->digest.text);
        }
}

static void print_image(const struct resolved *r)
{
        const struct image_config *c = &r->config;
        printf("Image for %s:\n", platform_text(&r->image.platform).text);
        print_word("digest", r->image.digest.text);
        print_word("id", r->image_manifest.config.digest.text);
        print_word("created", c->created);
        printf("  %-11s%.1f MB in %zu layers\n", "size", (double)layer_bytes(&r->image_manifest) / 1e6, r->image_manifest.count);
        print_words("entrypoint", c->entrypoint);
        print_words("cmd", c->cmd);
        print_word("user", c->user);
        print_word("workdir", c->workdir);
        print_words("volumes", c->volumes);
        for (char **e = c->env; e && *e; e++)
                printf("  %-11s%s\n", e == c->env ? "env" : "", *e);
}

static void print_verdict(const struct verdict *v)
{
        AUTO_FREE char *lie = verdict_sentence(v);
        printf("Programs and libraries:");
        for (u32 i = 0; i < v->machines; i++)
                printf(" %u %s%s", v->count[i].files, platform_machine_name(v->count[i].machine).text, i + 1 < v->machines ? "," : "");
        puts(v->machines ? "" : " none");
        if (lie)
                printf("The image %s\n", lie);
        else if (v->offenders)
                printf("Some are not for %s: %s%s\n", platform_text(&v->said).text, v->offender[0], v->offenders > 1 ? ", ..." : "");
}

static int show(struct source *source, const struct ref *ref, struct image_cli *c, bool truth)
{
        struct err e = { 0 };
        AUTO_RESOLVED struct resolved r = { 0 };
        AUTO_JSON json_t *j = json_pack("{s:s}", "name", ref->name);
        bool resolved = image_resolve(source, &c->pull.platform, c->pull.platform_said, &r, &e) == 0;
        /* An index without the platform is a result, too: it is shown, and then said. */
        if (!resolved && !r.root_manifest.index)
                return image_failed(&e);
        int status = resolved ? 0 : NO_PLATFORM;
        json_object_set_new(j, "digest", json_string(r.root.digest.text));
        json_object_set_new(j, "mediaType", json_string(r.root.media_type));
        if (!c->json)
                printf("%s\n  %-11s%s\n  %-11s%s\n", ref->name, "digest", r.root.digest.text, "type", r.root.media_type);
        if (r.root_manifest.index) {
                json_object_set_new(j, "platforms", index_json(&r.root_manifest));
                if (!c->json)
                        print_index(&r.root_manifest);
        }
        if (resolved) {
                json_object_set_new(j, "image", image_json(&r));
                if (!c->json)
                        print_image(&r);
        }
        if (resolved && truth) {
                AUTO_VERDICT struct verdict v = { 0 };
                struct err why = { 0 };
                if (image_survey(source, &r, &c->pull, &v, &why) < 0)
                        return image_failed(&why);
                image_progress_end(c);
                json_object_set_new(j, "truth", verdict_json(&v));
                if (!c->json)
                        print_verdict(&v);
                status = v.lies ? LIES : 0;
        }
        if (c->json) {
                json_dumpf(j, stdout, JSON_INDENT(2));
                putchar('\n');
        }
        fflush(stdout);
        if (!resolved)
                say_error("%s", e.text);
        return status;
}

int cmd_inspect(int argc, char **argv)
{
        struct image_cli c;
        struct err e = { 0 };
        bool truth = false, local = false;
        image_cli_init(&c);
        for (int o; (o = getopt_long(argc, argv, "qh", options, NULL)) != -1;) {
                int status = 0;
                switch (o) {
                case OPT_TRUTH: truth = true; break;
                case OPT_LOCAL: local = true; break;
                case 'h': fputs(usage, stdout); return 0;
                default: status = image_option(&c, "inspect", o, optarg);
                }
                if (status)
                        return status;
        }
        if (optind != argc - 1) {
                say_error("the name of one image is needed");
                return wrong_usage("inspect");
        }
        AUTO_REF struct ref ref;
        if (ref_parse(argv[optind], &ref, &e) < 0)
                return image_failed(&e);
        AUTO_STORE struct store store = { .layout = { .fd = -1 } };
        if (local && store_open(false, &store, &e) < 0)
                return image_failed(&e);
        struct ref own = { .kind = REF_LAYOUT, .path = store.dir, .tag = ref.name, .name = ref.name };
        struct source *source = source_open(local ? &own : &ref, &c.http, &e);
        if (!source)
                return image_failed(&e);
        int status = show(source, &ref, &c, truth);
        source->ops->close(source);
        return status;
}
