/* crossarm build: one Containerfile for several platforms, by buildah, and one index out. */
#include "cli/cmd.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"
#include "cli/image_cli.h"
#include "image/build.h"
#include "image/push.h"
#include "image/tree.h"

static const char usage[] =
        "Usage: crossarm build [OPTION...] CONTEXT\n"
        "Build an image from a Containerfile or Dockerfile for one platform or several, in parallel, as an ordinary user: buildah does it, "
        "in a\n"
        "namespace that has our engine. The images and, for several, their index are in the store under the first NAME.\n\n"
        "      --platform P[,P...]     for what (default linux/arm64)\n"
        "  -t, --tag NAME              its name; again for more names, to be pushed to\n"
        "  -f, --file FILE             instead of CONTEXT/Containerfile or CONTEXT/Dockerfile\n"
        "      --push                  push it to the registries of its names\n"
        "  -o, --output TO             send it there as well: oci:FOLDER, oci-archive:FILE, docker-archive:FILE\n"
        "      --build-arg NAME=VALUE, --label NAME=VALUE, --secret WHAT, --target STAGE, --no-cache   as for buildah\n"
        "      --jobs N                how many platforms at once (as many as there are processors)\n"
        "      --force                 go on with an image that lies about its platform\n"
        "      --tls-verify=false      take any certificate, or plain HTTP\n"
        "      --timeout SECONDS       give up on a registry that sends nothing for so long (60)\n"
        "      --max-size SIZE         refuse an image that unpacks to more (64G)\n"
        "      --json                  print name, digest and times as JSON\n"
        "  -q, --quiet                 only errors, and the name\n"
        "  -h, --help                  this text\n\n"
        "The exit status is 125 when a step failed, 4 when an image lies.\n";

enum { OPT_PUSH = 1024, OPT_JOBS, OPT_FORCE, OPT_PASS, OPT_NO_CACHE, PLATFORMS_MAX = 16, NAMES_MAX = 32, LIES = 4 };

static const struct option options[] = {
        IMAGE_OPTIONS,
        { "tag", required_argument, NULL, 't' },
        { "file", required_argument, NULL, 'f' },
        { "push", no_argument, NULL, OPT_PUSH },
        { "output", required_argument, NULL, 'o' },
        { "jobs", required_argument, NULL, OPT_JOBS },
        { "force", no_argument, NULL, OPT_FORCE },
        { "build-arg", required_argument, NULL, OPT_PASS },
        { "label", required_argument, NULL, OPT_PASS },
        { "secret", required_argument, NULL, OPT_PASS },
        { "target", required_argument, NULL, OPT_PASS },
        { "no-cache", no_argument, NULL, OPT_NO_CACHE },
        { 0 },
};

struct job {
        struct image_cli c;
        struct build_options build;
        struct build builds[PLATFORMS_MAX];
        size_t count;
        struct ref names[NAMES_MAX], output;
        size_t name_count;
        bool push, force, has_output;
        char *pass[2 * 64 + 1]; /* for buildah */
        size_t pass_count;
        char *file;
        struct store store;
        struct descriptor root; /* what was built: the index, or the one image */
};

static int add_platforms(struct job *j, const char *list)
{
        AUTO_FREE char *copy = format("%s", list);
        for (char *save = NULL, *p = strtok_r(copy, ",", &save); p; p = strtok_r(NULL, ",", &save)) {
                struct platform platform;
                bool twice = false;
                if (!platform_parse(p, &platform) || j->count == PLATFORMS_MAX) {
                        say_error("'%s' is no platform, or one too many; write linux/arm64, linux/amd64 ...", p);
                        return 2;
                }
                for (size_t i = 0; i < j->count; i++)
                        twice |= !strcmp(platform_text(&j->builds[i].platform).text, platform_text(&platform).text);
                if (!twice)
                        j->builds[j->count++].platform = platform;
        }
        return 0;
}

static int add_name(struct ref *to, const char *text)
{
        struct err e;
        return ref_parse(text, to, &e) < 0 ? image_failed(&e) : 0;
}

static int take_option(struct job *j, int option, int index, const char *value)
{
        switch (option) {
        case OPT_PLATFORM: return add_platforms(j, value);
        case 't':
                if (j->name_count == NAMES_MAX)
                        return wrong_usage("build");
                if (add_name(&j->names[j->name_count], value) || j->names[j->name_count].kind != REF_REGISTRY) {
                        say_error("--tag wants a name such as HOST/NAME:TAG; -o sends to files");
                        return 2;
                }
                j->name_count++;
                return 0;
        case 'f': j->build.file = value; return 0;
        case 'o': j->has_output = true; return add_name(&j->output, value);
        case OPT_PUSH: j->push = true; return 0;
        case OPT_FORCE: j->force = true; return 0;
        case OPT_JOBS:
                j->build.jobs = (u32)strtoul(value, NULL, 10);
                if (j->build.jobs)
                        return 0;
                say_error("--jobs wants a number");
                return 2;
        case OPT_NO_CACHE:
        case OPT_PASS:
                if (j->pass_count + 2 >= ARRAY_LEN(j->pass))
                        return wrong_usage("build");
                j->pass[j->pass_count++] = format(value ? "--%s=%s" : "--%s", options[index].name, value);
                return 0;
        default: return image_option(&j->c, "build", option, value);
        }
}

/* What buildah says, with the platform before it when there are several. */
static void show_line(void *arg, const struct build *b, const char *text)
{
        const struct job *j = arg;
        if (!j->c.quiet || b->status || strstr(text, "rror"))
                fprintf(stderr, j->count > 1 ? "[%s] %s\n" : "%.0s%s\n", platform_text(&b->platform).text, text);
}

static const struct build_step *same_step(const struct build *b, const char *text)
{
        for (size_t i = 0; i < b->step_count; i++)
                if (!strcmp(b->steps[i].text, text))
                        return &b->steps[i];
        return NULL;
}

static void show_step(const struct job *j, const char *text)
{
        fprintf(stderr, "%-60.60s", text);
        for (size_t k = 0; k < j->count; k++) {
                const struct build_step *s = same_step(&j->builds[k], text);
                if (s)
                        fprintf(stderr, " %13.1f s", s->seconds);
                else
                        fprintf(stderr, " %15s", "-");
        }
        fputc('\n', stderr);
}

/* A row per step, a column per platform. */
static void show_times(const struct job *j)
{
        fprintf(stderr, "\n%-60s", "time per step");
        for (size_t k = 0; k < j->count; k++)
                fprintf(stderr, " %15s", platform_text(&j->builds[k].platform).text);
        fputc('\n', stderr);
        for (size_t k = 0; k < j->count; k++)
                for (size_t i = 0; i < j->builds[k].step_count; i++) {
                        const char *text = j->builds[k].steps[i].text;
                        bool shown = false;
                        for (size_t before = 0; before < k; before++)
                                shown |= same_step(&j->builds[before], text) != NULL;
                        if (!shown)
                                show_step(j, text);
                }
        fprintf(stderr, "%-60s", "all");
        for (size_t k = 0; k < j->count; k++)
                fprintf(stderr, " %13.1f s", j->builds[k].ended - j->builds[k].started);
        fputc('\n', stderr);
}

static json_t *times_json(const struct job *j)
{
        json_t *platforms = json_array();
        for (size_t k = 0; k < j->count; k++) {
                const struct build *b = &j->builds[k];
                json_t *steps = json_array();
                for (size_t i = 0; i < b->step_count; i++) {
                        json_t *text = json_string(b->steps[i].text);
                        json_array_append_new(
                                steps, json_pack("{s:o, s:f}", "step", text ? text : json_string(""), "seconds", b->steps[i].seconds));
                }
                json_array_append_new(platforms, json_pack("{s:s, s:f, s:o}", "platform", platform_text(&b->platform).text, "seconds",
                                                         b->ended - b->started, "steps", steps));
        }
        return platforms;
}

/* One platform's image out of buildah into the store, unpacked, and judged. Its entry for the index comes back. */
static int take_image(struct job *j, struct build *b, json_t *list)
{
        struct err e = { 0 };
        AUTO_FREE char *folder = build_layout(b, &j->build);
        build_step_begin(b, "UNPACK");
        show_line(j, b, "UNPACK");
        struct ref ref = { .kind = REF_LAYOUT, .path = folder, .name = j->names[0].name };
        struct pull_options o = j->c.pull;
        AUTO_PULLED struct pulled p = { 0 };
        o.platform = b->platform;
        struct source *source = layout_source(&ref, &e);
        int bad = source ? image_pull(source, j->names[0].name, &j->store, &o, &p, &e) : -1;
        if (source)
                source->ops->close(source);
        if (bad || tree_remove(AT_FDCWD, folder) < 0)
                return image_failed(&e);
        build_step_end(b);
        image_say_notes(j->names[0].name, &p);
        const struct descriptor *d = &p.image.image;
        json_t *platform = json_pack("{s:s, s:s}", "architecture", b->platform.arch, "os", b->platform.os);
        if (b->platform.variant[0])
                json_object_set_new(platform, "variant", json_string(b->platform.variant));
        json_array_append_new(list, json_pack("{s:s, s:s, s:I, s:o}", "mediaType", d->media_type, "digest", d->digest.text, "size",
                                            (json_int_t)d->size, "platform", platform));
        descriptor_free(&j->root);
        j->root = descriptor_copy(d);
        return p.lie && !j->force ? LIES : 0;
}

static int make_index(struct job *j, json_t *list)
{
        struct err e = { 0 };
        AUTO_JSON json_t *index = json_pack("{s:i, s:s, s:O}", "schemaVersion", 2, "mediaType", TYPE_OCI_INDEX, "manifests", list);
        AUTO_BYTES struct bytes text = json_bytes(index);
        struct descriptor root = { .media_type = (char *)TYPE_OCI_INDEX, .ref_name = j->names[0].name };
        if (layout_put(&j->store.layout, text.data, text.len, &root, &e) < 0 || layout_name(&j->store.layout, &root, &e) < 0)
                return image_failed(&e);
        descriptor_free(&j->root);
        j->root = descriptor_copy(&root);
        return 0;
}

static int no_judge(void *arg, const struct platform *platform, const struct verdict *v)
{
        return 0;
}

/* It was judged when it was taken in. */
static int send(struct job *j, const struct ref *to)
{
        struct err e = { 0 };
        struct push_job push = { .from = &j->store.layout, .root = j->root, .no_check = true, .judge = no_judge };
        struct dest *dest = dest_open(to, &j->c.http, &e);
        int bad = dest ? image_push(&push, dest, &e) : -1;
        if (dest)
                dest->ops->close(dest);
        if (bad)
                return image_failed(&e);
        if (!j->c.json)
                printf("%s %s\n", to->name, j->root.digest.text);
        return 0;
}

static int build(struct job *j)
{
        struct err e = { 0 };
        AUTO_JSON json_t *list = json_array();
        int bad = build_all(j->builds, j->count, &j->build, &e), status = 0;
        for (size_t i = 0; i < j->count && !status && !bad; i++)
                status = take_image(j, &j->builds[i], list);
        if (!j->c.quiet && !j->c.json && j->builds[0].step_count)
                show_times(j);
        if (bad)
                return image_failed(&e);
        if (status == LIES)
                say_error("not named and not pushed further; --force does it all the same");
        if (!status && j->count > 1)
                status = make_index(j, list);
        for (size_t i = 0; i < j->name_count && j->push && !status; i++)
                status = send(j, &j->names[i]);
        if (!status && j->has_output)
                status = send(j, &j->output);
        if (!status && j->c.json) {
                AUTO_JSON json_t *result = json_pack("{s:s, s:s, s:O, s:o}", "name", j->names[0].name, "digest", j->root.digest.text,
                        "manifests", list, "platforms", times_json(j));
                json_dumpf(result, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(4));
                putchar('\n');
        } else if (!status && !j->push) {
                printf("%s %s\n", j->names[0].name, j->root.digest.text);
        }
        return status;
}

/* The file, when it was not said; the folder as an absolute name. */
static int find_files(struct job *j, const char *context)
{
        static const char *const usual[] = { "Containerfile", "Dockerfile" };
        j->build.context = realpath(context, NULL);
        if (!j->build.context) {
                say_error("cannot find the context %s: %s", context, strerror(errno));
                return 127;
        }
        for (size_t i = 0; i < ARRAY_LEN(usual) && !j->build.file; i++) {
                char *path = format("%s/%s", j->build.context, usual[i]);
                if (access(path, R_OK) == 0)
                        j->build.file = j->file = path;
                else
                        free(path);
        }
        if (j->build.file)
                return 0;
        say_error("%s has neither a Containerfile nor a Dockerfile; -f names one", context);
        return 127;
}

static void job_free(struct job *j)
{
        for (size_t i = 0; i < j->count; i++)
                build_free(&j->builds[i]);
        for (size_t i = 0; i < j->name_count; i++)
                ref_free(&j->names[i]);
        for (size_t i = 0; i < j->pass_count; i++)
                free(j->pass[i]);
        ref_free(&j->output);
        descriptor_free(&j->root);
        free(j->file);
        free((char *)j->build.context);
        store_close(&j->store);
}

static int prepare(struct job *j, int argc, char **argv)
{
        struct err e = { 0 };
        long processors = sysconf(_SC_NPROCESSORS_ONLN);
        if (optind != argc - 1) {
                say_error("the folder with what is to be built is needed");
                return wrong_usage("build");
        }
        int status = find_files(j, argv[optind]);
        if (!status && !j->count)
                status = add_platforms(j, "linux/arm64");
        if (!status && !j->name_count) {
                status = add_name(&j->names[0], "localhost/unnamed:latest");
                j->name_count = 1;
                if (j->push) {
                        say_error("--push needs a name: -t HOST/NAME:TAG");
                        status = 2;
                }
        }
        if (!j->build.jobs)
                j->build.jobs = processors > 1 ? (u32)processors : 1;
        j->build.uid = getuid();
        j->build.gid = getgid();
        if (!status)
                status = image_enter();
        if (!status && store_open(true, &j->store, &e) < 0)
                status = image_failed(&e);
        return status;
}

int cmd_build(int argc, char **argv)
{
        AUTO_FREE struct job *j = calloc(1, sizeof *j);
        AUTO_FREE char *engine = engine_path();
        if (!j || !engine)
                return 126;
        image_cli_init(&j->c);
        j->c.pull.watch.progress = NULL;
        j->store.layout.fd = -1;
        int status = 0, index = 0;
        for (int o; !status && (o = getopt_long(argc, argv, "t:f:o:qh", options, &index)) != -1;) {
                if (o == 'h') {
                        fputs(usage, stdout);
                        return 0;
                }
                status = take_option(j, o, index, optarg);
        }
        if (!status)
                status = prepare(j, argc, argv);
        if (!status) {
                j->build.store = &j->store;
                j->build.engine = engine;
                j->build.pass = j->pass;
                j->build.no_verify = j->c.http.no_verify;
                j->build.line = show_line;
                j->build.arg = j;
                status = build(j);
        }
        job_free(j);
        return status;
}
