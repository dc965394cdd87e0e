/* crossarm image: what the store has, and getting rid of it. */
#include "cli/cmd.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/util.h"
#include "cli/image_cli.h"
#include "cli/run_file.h"
#include "image/garbage.h"
#include "image/ref.h"
#include "image/tree.h"

static const char usage[] =
        "Usage: crossarm image list [--json]\n"
        "       crossarm image remove [--platform OS/ARCH] NAME...\n"
        "       crossarm image remove --container NAME...\n"
        "       crossarm image prune [--caches]\n"
        "Show what the store (~/.local/share/crossarm/images, or CROSSARM_STORE) has, and remove it.\n\n"
        "Actions:\n"
        "  list     images with their platforms and what they take on disk, containers of `run --name`, caches\n"
        "  remove   an image, or a container; what no other image needs goes, too\n"
        "  prune    what no image or container needs: images whose name a newer one has, downloads that were broken off\n\n"
        "      --platform P   only what the name has for that platform\n"
        "      --container    NAME is a container\n"
        "      --caches       the caches as well: of `crossarm build`, and the trees that `crossarm run FILE` has unpacked\n"
        "      --json         print the list as JSON\n"
        "  -h, --help         this text\n";

enum { OPT_CONTAINER = 256, OPT_CACHES };

static const struct option options[] = {
        { "platform", required_argument, NULL, OPT_PLATFORM },
        { "container", no_argument, NULL, OPT_CONTAINER },
        { "caches", no_argument, NULL, OPT_CACHES },
        { "json", no_argument, NULL, OPT_JSON },
        { "help", no_argument, NULL, 'h' },
        { 0 },
};

struct request {
        struct store store;
        struct platform platform;
        bool one_platform, container, caches;
        bool json;
        json_t *list; /* the one at hand, with --json */
};

/* ---- list ---- */

/* An image's row: its own blobs and its tree; what it shares with others counts for each. */
static void list_image(struct request *q, const char *name, const struct descriptor *d)
{
        AUTO_BYTES struct bytes text = { 0 };
        AUTO_MANIFEST struct manifest m = { 0 };
        struct err ignored;
        bool whole = store_read(&q->store, d, &text, &ignored) == 0 &&
                     manifest_parse(text.data, text.len, d->media_type, d->digest.text, &m, &ignored) == 0;
        const char *platform = d->platform.os[0] ? platform_text(&d->platform).text : "-";
        AUTO_FREE char *tree = format("rootfs/%s", whole ? digest_hex(&m.config.digest) : "-");
        u64 bytes = tree_usage(q->store.layout.fd, tree);
        bool unpacked = bytes > 0;
        for (size_t i = 0; whole && i < m.count; i++)
                bytes += layout_has(&q->store.layout, &m.items[i]) ? m.items[i].size : 0;
        if (q->list)
                json_array_append_new(
                        q->list, json_pack("{s:s, s:s, s:s, s:s, s:I, s:b}", "name", name, "platform", platform, "digest", d->digest.text,
                                         "id", whole ? m.config.digest.text : "", "bytes", (json_int_t)bytes, "unpacked", unpacked));
        else
                printf("%-44s %-14s %-12.12s %9.1f MB%s\n", name, platform, whole ? digest_hex(&m.config.digest) : "damaged",
                        (double)bytes / 1e6, unpacked ? "" : "  not unpacked");
}

static void list_name(struct request *q, const struct descriptor *d)
{
        AUTO_BYTES struct bytes text = { 0 };
        AUTO_MANIFEST struct manifest m = { 0 };
        struct err ignored;
        if (!is_index_type(d->media_type)) {
                list_image(q, d->ref_name, d);
                return;
        }
        if (store_read(&q->store, d, &text, &ignored) == 0)
                manifest_parse(text.data, text.len, d->media_type, d->digest.text, &m, &ignored);
        for (size_t i = 0; i < m.count; i++)
                if (!m.items[i].attestation && layout_has(&q->store.layout, &m.items[i]))
                        list_image(q, d->ref_name, &m.items[i]);
}

static int list_container(int at, const char *name, const void *arg)
{
        struct request *q = *(struct request *const *)arg;
        AUTO_FREE char *path = format("%s/image", name);
        AUTO_FREE char *id = *name == '.' ? NULL : read_text(at, path, 200);
        if (!id)
                return 0;
        u64 bytes = tree_usage(at, name);
        if (q->list)
                json_array_append_new(q->list, json_pack("{s:s, s:s, s:I}", "name", name, "image", id, "bytes", (json_int_t)bytes));
        else
                printf("%-44s %-14s %-12.12s %9.1f MB\n", name, "(container)", id, (double)bytes / 1e6);
        return 0;
}

static void list_containers(struct request *q)
{
        int fd = openat(q->store.layout.fd, "containers", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd >= 0)
                tree_each(fd, list_container, &q);
}

static int act_list(struct request *q, char **names)
{
        struct err e = { 0 };
        struct garbage g = { 0 };
        AUTO_MANIFEST struct manifest m = { 0 };
        AUTO_FREE char *cache = run_file_cache();
        if (names[0]) {
                say_error("list takes no name");
                return wrong_usage("image");
        }
        if (layout_index(&q->store.layout, &m, &e) < 0 || garbage_collect(&q->store, false, &g, &e) < 0)
                return image_failed(&e);
        u64 builds = tree_usage(q->store.layout.fd, "build"), files = cache ? tree_usage(AT_FDCWD, cache) : 0;
        AUTO_JSON json_t *images = q->json ? json_array() : NULL, *containers = q->json ? json_array() : NULL;
        if (!q->json)
                printf("%-44s %-14s %-12s %12s\n", "IMAGE", "PLATFORM", "ID", "ON DISK");
        q->list = images;
        for (size_t i = 0; i < m.count; i++)
                if (m.items[i].ref_name)
                        list_name(q, &m.items[i]);
        q->list = containers;
        list_containers(q);
        if (images) {
                AUTO_JSON json_t *all = json_pack("{s:O, s:O, s:{s:I, s:I, s:I}}", "images", images, "containers", containers, "caches",
                        "unneeded", (json_int_t)g.bytes, "builds", (json_int_t)builds, "files", (json_int_t)files);
                json_dumpf(all, stdout, JSON_INDENT(2));
                putchar('\n');
                return 0;
        }
        if (g.bytes)
                printf("%.1f MB are needed by none of them: `crossarm image prune`\n", (double)g.bytes / 1e6);
        if (builds + files > 1000000)
                printf("%.1f MB are caches of builds, %.1f MB of unpacked files: `crossarm image prune --caches`\n", (double)builds / 1e6,
                        (double)files / 1e6);
        return 0;
}

/* ---- remove and prune ---- */

static void say_garbage(const struct garbage *g)
{
        printf("%.1f MB freed\n", (double)g->bytes / 1e6);
        if (g->in_use)
                say_error("trees in use just now: %u; they stay, and `crossarm image prune` removes them later", g->in_use);
}

static int remove_one(struct request *q, const char *text, struct garbage *g)
{
        struct err e = { 0 };
        AUTO_REF struct ref ref = { 0 };
        if (q->container) {
                u64 bytes = 0;
                int bad = garbage_container(&q->store, text, &bytes, &e);
                g->bytes += bytes;
                return bad ? image_failed(&e) : 0;
        }
        if (ref_parse(text, &ref, &e) < 0 || garbage_unname(&q->store, ref.name, q->one_platform ? &q->platform : NULL, &e) < 0)
                return image_failed(&e);
        return 0;
}

static int act_remove(struct request *q, char **names)
{
        struct err e = { 0 };
        struct garbage g = { 0 };
        int status = 0;
        if (!names[0]) {
                say_error("remove wants a name; `crossarm image list` shows them");
                return wrong_usage("image");
        }
        if (store_alone(&q->store, &e) < 0)
                return image_failed(&e);
        for (; names[0] && !status; names++)
                status = remove_one(q, names[0], &g);
        if (garbage_collect(&q->store, true, &g, &e) < 0)
                return image_failed(&e);
        say_garbage(&g);
        return status;
}

/* The trees of files, unless a program runs in one of them. */
static int remove_trees(struct garbage *g)
{
        AUTO_FREE char *folder = run_file_cache();
        AUTO_CLOSE int at = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
        AUTO_CLOSE int lock = at < 0 ? -1 : openat(at, RUN_FILE_LOCK, O_RDONLY | O_CREAT | O_CLOEXEC, 0600);
        if (lock < 0)
                return at < 0 ? 0 : -1;
        DIR *d = fdopendir(dup(at));
        int bad = d ? 0 : -1;
        bool used = flock(lock, LOCK_EX | LOCK_NB) < 0;
        for (struct dirent *entry; !bad && (entry = readdir(d));) {
                if (*entry->d_name == '.')
                        continue;
                g->in_use += used;
                g->bytes += used ? 0 : tree_usage(at, entry->d_name);
                bad = used ? 0 : tree_remove(at, entry->d_name);
        }
        if (d)
                closedir(d);
        return bad;
}

static int act_prune(struct request *q, char **names)
{
        struct err e = { 0 };
        struct garbage g = { 0 };
        if (names[0]) {
                say_error("prune takes no name; remove does");
                return wrong_usage("image");
        }
        if (store_alone(&q->store, &e) < 0 || garbage_collect(&q->store, true, &g, &e) < 0)
                return image_failed(&e);
        if (q->caches) {
                g.bytes += tree_usage(q->store.layout.fd, "build");
                if (tree_remove(q->store.layout.fd, "build") < 0 || remove_trees(&g) < 0) {
                        say_error("cannot remove the caches: %s", strerror(errno));
                        return 126;
                }
        }
        say_garbage(&g);
        return 0;
}

/* ---- the command line ---- */

static int dispatch(struct request *q, char **words)
{
        static const struct {
                const char *name;
                int (*act)(struct request *q, char **names);
        } actions[] = { { "list", act_list }, { "remove", act_remove }, { "prune", act_prune } };
        struct err e = { 0 };
        for (size_t i = 0; words[0] && i < ARRAY_LEN(actions); i++) {
                if (strcmp(words[0], actions[i].name))
                        continue;
                int status = image_enter();
                if (!status && store_open(true, &q->store, &e) < 0)
                        status = image_failed(&e);
                return status ? status : actions[i].act(q, words + 1);
        }
        if (words[0])
                say_error("there is no action '%s'", words[0]);
        else
                say_error("an action is needed: list, remove or prune");
        return wrong_usage("image");
}

int cmd_image(int argc, char **argv)
{
        struct request q = { .store = { .layout = { .fd = -1 } } };
        int status = 0;
        for (int o; !status && (o = getopt_long(argc, argv, "h", options, NULL)) != -1;) {
                switch (o) {
                case OPT_PLATFORM:
                        q.one_platform = true;
                        if (!platform_parse(optarg, &q.platform)) {
                                say_error("'%s' is no platform; write linux/arm64, linux/amd64 ...", optarg);
                                status = 2;
                        }
                        break;
                case OPT_CONTAINER: q.container = true; break;
                case OPT_CACHES: q.caches = true; break;
                case OPT_JSON: q.json = true; break;
                case 'h': fputs(usage, stdout); return 0;
                default: status = wrong_usage("image");
                }
        }
        if (!status)
                status = dispatch(&q, argv + optind);
        store_close(&q.store);
        return status;
}
