#include "image/garbage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"
#include "image/bytes.h"
#include "image/prepared.h"
#include "image/tree.h"

/* What is needed: digests of blobs, and the ids of images whose trees are. */
struct needed {
        struct digest *items;
        size_t count;
};

struct sweep {
        const struct store *store;
        struct needed *blobs, *trees;
        const char *algorithm; /* of the blobs at hand */
        bool remove;
        struct garbage *g;
        struct err *e;
};

static bool is_needed(const struct needed *n, const struct digest *d)
{
        for (size_t i = 0; i < n->count; i++)
                if (digest_equal(&n->items[i], d))
                        return true;
        return false;
}

/* False when it was there. */
static bool need(struct needed *n, const struct digest *d)
{
        if (is_needed(n, d))
                return false;
        n->items = grow(n->items, n->count, sizeof *n->items);
        n->items[n->count++] = *d;
        return true;
}

/* ---- what is needed ---- */

/* A manifest that is damaged or not there leads to nothing: its image cannot be used either. */
static void need_manifest(struct sweep *s, const struct descriptor *d)
{
        AUTO_BYTES struct bytes text = { 0 };
        AUTO_MANIFEST struct manifest m = { 0 };
        struct err ignored;
        if (!need(s->blobs, &d->digest) || store_read(s->store, d, &text, &ignored) < 0 ||
                manifest_parse(text.data, text.len, d->media_type, d->digest.text, &m, &ignored) < 0)
                return;
        if (!m.index) {
                need(s->blobs, &m.config.digest);
                need(s->trees, &m.config.digest);
        }
        for (size_t i = 0; i < m.count; i++)
                if (m.index)
                        need_manifest(s, &m.items[i]);
                else
                        need(s->blobs, &m.items[i].digest);
}

/* A tree is named by the hex of its image's id. */
static bool digest_of_id(const char *id, struct digest *d)
{
        AUTO_FREE char *text = format("%s:%s", strlen(id) == 128 ? "sha512" : "sha256", id);
        return digest_parse(text, d);
}

static void need_tree(struct sweep *s, const char *id)
{
        struct digest d;
        if (digest_of_id(id, &d))
                need(s->trees, &d);
}

/* names/.../PLATFORM, a link to rootfs/ID; one that leads nowhere goes. */
static int need_link(int at, const char *name, const void *arg)
{
        struct sweep *s = *(struct sweep *const *)arg;
        struct stat st;
        char to[4096];
        if (fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return 0;
        if (S_ISDIR(st.st_mode)) {
                int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
                if (fd >= 0)
                        tree_each(fd, need_link, arg);
                if (s->remove)
                        unlinkat(at, name, AT_REMOVEDIR); /* when it is empty */
                return 0;
        }
        ssize_t n = readlinkat(at, name, to, sizeof to - 1);
        to[n < 0 ? 0 : n] = 0;
        const char *slash = strrchr(to, '/');
        if (fstatat(at, name, &st, 0) == 0 && slash)
                need_tree(s, slash + 1);
        else if (s->remove)
                unlinkat(at, name, 0);
        return 0;
}

static int need_container(int at, const char *name, const void *arg)
{
        AUTO_FREE char *path = format("%s/image", name);
        AUTO_FREE char *id = *name == '.' ? NULL : read_text(at, path, 200);
        if (id)
                need_tree(*(struct sweep *const *)arg, id);
        return 0;
}

/* ---- what is not ---- */

static int sweep_blob(int at, const char *name, const void *arg)
{
        struct sweep *s = *(struct sweep *const *)arg;
        AUTO_FREE char *text = format("%s:%.128s", s->algorithm, name);
        struct digest d;
        if (digest_parse(text, &d) && is_needed(s->blobs, &d))
                return 0;
        s->g->bytes += tree_usage(at, name);
        s->g->blobs++;
        if (!s->remove || unlinkat(at, name, 0) == 0)
                return 0;
        return err_set(s->e, 126, "cannot remove the blob %s of %s: %s", name, s->store->dir, strerror(errno));
}

static int sweep_partial(int at, const char *name, const void *arg)
{
        struct sweep *s = *(struct sweep *const *)arg;
        s->g->bytes += tree_usage(at, name);
        s->g->blobs++;
        if (!s->remove || tree_remove(at, name) == 0)
                return 0;
        return err_set(s->e, 126, "cannot remove %s in %s: %s", name, s->store->dir, strerror(errno));
}

/* Away under a name that says what it is, so that one that is half gone is never taken for whole. */
static int remove_whole(int at, const char *name, const char *gone)
{
        if (strcmp(name, gone) && renameat(at, name, at, gone) < 0)
                return -1;
        return tree_remove(at, gone);
}

static int sweep_tree(int at, const char *name, const void *arg)
{
        struct sweep *s = *(struct sweep *const *)arg;
        AUTO_FREE char *gone = format("%.*s.new.%d", (int)strcspn(name, "."), name, getpid());
        struct digest d;
        if (digest_of_id(name, &d) && is_needed(s->trees, &d))
                return 0;
        AUTO_CLOSE int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0 || flock(fd, (s->remove ? LOCK_EX : LOCK_SH) | LOCK_NB) < 0) {
                s->g->in_use++;
                return 0;
        }
        s->g->bytes += tree_usage(at, name);
        s->g->trees++;
        if (!s->remove || remove_whole(at, name, gone) == 0)
                return 0;
        return err_set(s->e, 126, "cannot remove the tree %s of %s: %s", name, s->store->dir, strerror(errno));
}

static int sweep_container(int at, const char *name, const void *arg)
{
        return *name == '.' ? sweep_partial(at, name, arg) : 0;
}

/* ---- all of it ---- */

static int each(struct sweep *s, const char *folder, int (*entry)(int at, const char *name, const void *arg))
{
        int fd = openat(s->store->layout.fd, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        int bad = fd < 0 ? (errno == ENOENT ? 0 : -1) : tree_each(fd, entry, &s);
        if (bad && !s->e->text[0])
                err_set(s->e, 126, "cannot read the folder %s of %s: %s", folder, s->store->dir, strerror(errno));
        return bad;
}

static int sweep_blobs(struct sweep *s)
{
        static const char *const algorithms[] = { "sha256", "sha512" };
        for (size_t i = 0; i < ARRAY_LEN(algorithms); i++) {
                AUTO_FREE char *folder = format("blobs/%s", algorithms[i]);
                s->algorithm = algorithms[i];
                if (each(s, folder, sweep_blob) < 0)
                        return -1;
        }
        return 0;
}

int garbage_collect(const struct store *store, bool remove, struct garbage *g, struct err *e)
{
        struct needed blobs = { 0 }, trees = { 0 };
        struct sweep s = { .store = store, .blobs = &blobs, .trees = &trees, .remove = remove, .g = g, .e = e };
        AUTO_MANIFEST struct manifest names = { 0 };
        e->text[0] = 0;
        int bad = layout_index(&store->layout, &names, e);
        for (size_t i = 0; !bad && i < names.count; i++)
                need_manifest(&s, &names.items[i]);
        bad = bad || each(&s, "names", need_link) < 0 || each(&s, "containers", need_container) < 0 || sweep_blobs(&s) < 0 ||
              each(&s, "partial", sweep_partial) < 0 || each(&s, "rootfs", sweep_tree) < 0 || each(&s, "containers", sweep_container) < 0;
        free(blobs.items);
        free(trees.items);
        return bad ? -1 : 0;
}

static int remove_link(int at, const char *name, const void *arg)
{
        struct stat st;
        return fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode) ? unlinkat(at, name, 0) : 0;
}

int garbage_unname(const struct store *s, const char *name, const struct platform *only, struct err *e)
{
        struct platform any;
        int count = layout_unname(&s->layout, name, only, e);
        if (count < 0)
                return -1;
        platform_parse("linux/arm64", &any);
        AUTO_FREE char *link = prepared_path(name, only ? only : &any);
        int bad = 0;
        if (only) {
                bad = unlinkat(s->layout.fd, link, 0);
        } else {
                *strrchr(link, '/') = 0;
                int fd = openat(s->layout.fd, link, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                bad = fd < 0 ? -1 : tree_each(fd, remove_link, NULL);
        }
        if (bad && errno != ENOENT)
                return err_set(e, 126, "cannot remove the name %s from %s: %s", name, s->dir, strerror(errno));
        if (!bad || count)
                return 0;
        return err_set(e, 127, "%s has no image named %s%s%s; `crossarm image list` shows what there is", s->dir, name, only ? " for " : "",
                only ? platform_text(only).text : "");
}

int garbage_container(const struct store *s, const char *name, u64 *bytes, struct err *e)
{
        AUTO_CLOSE int all = openat(s->layout.fd, "containers", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        AUTO_CLOSE int fd =
                all < 0 || strchr(name, '/') || *name == '.' ? -1 : openat(all, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0)
                return err_set(e, 127, "there is no container %s; `crossarm image list` shows what there is", name);
        if (flock(fd, LOCK_EX | LOCK_NB) < 0)
                return err_set(e, 126, "the container %s is being run just now; end its program first", name);
        AUTO_FREE char *gone = format(".gone.%d", getpid());
        *bytes = tree_usage(all, name);
        if (remove_whole(all, name, gone) < 0)
                return err_set(e, 126, "cannot remove the container %s: %s", name, strerror(errno));
        return 0;
}
