/* crossarm push: an image from the store, or a file, to a registry, a layout or an archive. */
#include "cli/cmd.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/util.h"
#include "cli/image_cli.h"
#include "image/push.h"

static const char usage[] =
        "Usage: crossarm push [OPTION...] IMAGE [TO]\n"
        "Send an image of the store, or one in a layout or archive, to TO: a registry, a layout or an archive. Without TO it goes to\n"
        "the registry of its name. Before that its programs are compared with what it says it is for.\n\n" IMAGE_OPTIONS_HELP
        "      --force                 push an image that lies as well\n" MAX_SIZE_HELP
        "      --json                  print what was pushed as JSON\n"
        "  -q, --quiet                 no progress\n"
        "  -h, --help                  this text\n\n"
        "The exit status is 4 when an image lies and was not pushed.\n" IMAGE_NAMES_HELP;

enum { OPT_FORCE = 1024, LIES = 4 };

static const struct option options[] = {
        IMAGE_OPTIONS,
        { "force", no_argument, NULL, OPT_FORCE },
        { 0 },
};

struct push {
        const struct image_cli *c;
        const char *name;
        bool force;
};

static int judge(void *arg, const struct platform *platform, const struct verdict *v)
{
        const struct push *p = arg;
        AUTO_FREE char *lie = verdict_sentence(v);
        if (lie)
                say_error("%s %s", p->name, lie);
        return lie && !p->force ? LIES : 0;
}

/* What is in a file is taken into the store first, so that all pushes go the same way. */
static int take_in(const struct ref *from, const struct image_cli *c, const struct store *store, struct err *e)
{
        struct pull_options o = c->pull;
        struct pulled p = { 0 };
        o.no_unpack = true;
        o.all = !c->pull.platform_said;
        struct source *source = source_open(from, &c->http, e);
        int bad = source ? image_pull(source, from->name, store, &o, &p, e) : -1;
        if (source)
                source->ops->close(source);
        pulled_free(&p);
        return bad;
}

static void print_result(const char *name, const char *digest)
{
        AUTO_JSON json_t *j = json_pack("{s:s, s:s}", "name", name, "digest", digest);
        json_dumpf(j, stdout, JSON_INDENT(2));
        putchar('\n');
}

static int push(const struct ref *from, const struct ref *to, const struct push *p, const struct store *store)
{
        struct err e = { 0 };
        struct push_job job = {
                .from = &store->layout, .max_size = p->c->pull.max_size, .max_files = p->c->pull.max_files, .judge = judge, .arg = (void *)p
        };
        if (from->kind != REF_REGISTRY && take_in(from, p->c, store, &e) < 0)
                return image_failed(&e);
        int found = store_root(store, from->name, &p->c->pull.platform, p->c->pull.platform_said, &job.root, &e);
        if (found < 0)
                return image_failed(&e);
        if (!found) {
                say_error("the store has no %s for %s; `crossarm pull` or `crossarm build` brings it there", from->name,
                        platform_text(&p->c->pull.platform).text);
                return 127;
        }
        struct dest *dest = dest_open(to, &p->c->http, &e);
        int bad = dest ? image_push(&job, dest, &e) : -1;
        if (dest)
                dest->ops->close(dest);
        int status = 0;
        if (job.refused)
                say_error("not pushed; --force pushes it all the same");
        if (bad)
                status = job.refused ? job.refused : image_failed(&e);
        else if (p->c->json)
                print_result(to->name, job.root.digest.text);
        else
                printf("%s %s\n", to->name, job.root.digest.text);
        descriptor_free(&job.root);
        return status;
}

int cmd_push(int argc, char **argv)
{
        struct image_cli c;
        struct err e = { 0 };
        struct push p = { .c = &c };
        image_cli_init(&c);
        for (int o; (o = getopt_long(argc, argv, "qh", options, NULL)) != -1;) {
                int status = 0;
                switch (o) {
                case OPT_FORCE: p.force = true; break;
                case 'h': fputs(usage, stdout); return 0;
                default: status = image_option(&c, "push", o, optarg);
                }
                if (status)
                        return status;
        }
        if (argc - optind < 1 || argc - optind > 2) {
                say_error("the name of an image is needed, and where it goes");
                return wrong_usage("push");
        }
        AUTO_REF struct ref from = { 0 }, to = { 0 };
        if (ref_parse(argv[optind], &from, &e) < 0 || ref_parse(argv[argc - 1], &to, &e) < 0)
                return image_failed(&e);
        if (optind + 1 == argc && from.kind != REF_REGISTRY) {
                say_error("where shall %s go? A second name is needed", argv[optind]);
                return wrong_usage("push");
        }
        AUTO_STORE struct store store = { .layout = { .fd = -1 } };
        if (store_open(true, &store, &e) < 0)
                return image_failed(&e);
        p.name = from.name;
        int status = push(&from, &to, &p, &store);
        image_progress_end(&c);
        return status;
}
