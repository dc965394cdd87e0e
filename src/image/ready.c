#include "image/pull.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"
#include "image/prepared.h"
#include "image/tree.h"

/* What a killed maker left: nobody holds its lock any more. */
static void sweep(int rootfs)
{
        AUTO_CLOSE int copy = openat(rootfs, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *dir = copy < 0 ? NULL : fdopendir(dup(copy));
        for (struct dirent *d; dir && (d = readdir(dir));) {
                AUTO_CLOSE int fd =
                        strstr(d->d_name, ".new.") ? openat(rootfs, d->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
                if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
                        tree_remove(rootfs, d->d_name);
        }
        if (dir)
                closedir(dir);
}

static int put_file(int at, const char *name, const char *text, size_t len)
{
        AUTO_CLOSE int fd = openat(at, name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644);
        if (fd < 0)
                return -1;
        ssize_t n = write(fd, text, len);
        if (n >= 0 && (size_t)n < len)
                errno = ENOSPC;
        return n == (ssize_t)len ? 0 : -1;
}

static int check_diff_id(const struct store *s, const struct resolved *image, size_t i, const struct digest *got, struct err *e)
{
        const struct digest *want = &image->config.diff_ids[i];
        if (digest_equal(got, want) || strcmp(digest_algorithm(want), "sha256"))
                return 0;
        layout_forget(&s->layout, &image->image_manifest.items[i].digest);
        return err_set(e, 126, "the layer %.19s is refused: unpacked its digest is %s, and the config says %s",
                image->image_manifest.items[i].digest.text, got->text, want->text);
}

static int unpack_all(const struct store *s, const struct resolved *image, struct fetch *f, struct unpack *u, struct err *e)
{
        for (size_t i = 0; i < image->image_manifest.count; i++) {
                const struct descriptor *d = &image->image_manifest.items[i];
                struct digest diff_id;
                if (f && fetch_wait(f, i, e) < 0)
                        return -1;
                AUTO_CLOSE int fd = layout_blob(&s->layout, d, e);
                if (fd < 0 || unpack_layer(u, fd, d->digest.text, &diff_id, e) < 0 || check_diff_id(s, image, i, &diff_id, e) < 0)
                        return -1;
        }
        return 0;
}

static void add_record(struct bytes *b, const char *key, const char *value)
{
        bytes_add(b, key, strlen(key) + 1);
        bytes_add(b, value, strlen(value) + 1);
}

static void add_records(struct bytes *b, const char *key, char **values)
{
        for (; values && *values; values++)
                add_record(b, key, *values);
}

/* See prepared.h. */
static struct bytes run_records(const struct resolved *image, const char *lie)
{
        const struct image_config *c = &image->config;
        struct bytes b = { 0 };
        add_record(&b, "id", digest_hex(&image->image_manifest.config.digest));
        add_record(&b, "user", c->user);
        add_record(&b, "workdir", c->workdir);
        add_record(&b, "lie", lie ? lie : "");
        add_records(&b, "entrypoint", c->entrypoint);
        add_records(&b, "cmd", c->cmd);
        add_records(&b, "env", c->env);
        return b;
}

static int write_notes(int at, const struct resolved *image, const struct verdict *v)
{
        AUTO_JSON json_t *j = verdict_json(v);
        AUTO_FREE char *lie = verdict_sentence(v);
        AUTO_BYTES struct bytes truth = json_bytes(j), run = run_records(image, lie);
        int bad = put_file(at, "config", image->config_text.data, image->config_text.len) < 0 ||
                  put_file(at, "truth.json", truth.data, truth.len) < 0 || put_file(at, "run", run.data, run.len) < 0;
        return bad ? -1 : 0;
}

/* The folders that the image's programs find even when no layer has them. */
static void make_run_folders(int root, const struct image_config *c)
{
        if (*c->workdir)
                root_mkdirs(root, c->workdir, 0755);
        for (char **v = c->volumes; v && *v; v++)
                root_mkdirs(root, *v, 0755);
}

/* In the folder `at`, which is ours alone. */
static int fill(const struct store *s, int at, const struct resolved *image, struct fetch *f, const struct pull_options *o,
        struct pulled *p, struct err *e)
{
        if (mkdirat(at, "tree", 0755) < 0)
                return err_set(e, 126, "cannot make a folder in %s: %s", s->dir, strerror(errno));
        AUTO_CLOSE int root = openat(at, "tree", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        struct unpack u = { .root = root, .left = o->max_size, .entries = o->max_files, .truth = truth_new() };
        int bad = unpack_all(s, image, f, &u, e);
        if (!bad) {
                make_run_folders(root, &image->config);
                truth_judge(u.truth, &image->image.platform, &p->verdict);
                p->lie = verdict_sentence(&p->verdict);
                p->notes = u.notes;
                if (write_notes(at, image, &p->verdict) < 0)
                        bad = err_set(e, 126, "cannot write into %s: %s", s->dir, strerror(errno));
        }
        truth_free(u.truth);
        return bad;
}

int ready_make(
        const struct store *s, const struct resolved *image, struct fetch *f, const struct pull_options *o, struct pulled *p, struct err *e)
{
        const char *id = digest_hex(&image->image_manifest.config.digest);
        AUTO_FREE char *folder = format("%s/rootfs", s->dir), *temp = format("%s.new.%d", id, getpid());
        AUTO_CLOSE int rootfs = mkdir(folder, 0755) < 0 && errno != EEXIST ? -1 : open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (rootfs < 0)
                return err_set(e, 126, "cannot make the folder %s: %s", folder, strerror(errno));
        AUTO_PREPARED struct prepared there;
        int found = prepared_load(s->dir, id, &there, e);
        if (found && p && *there.lie)
                p->lie = format("%s", there.lie);
        if (found)
                return found < 0 ? -1 : 0;
        /* One at a time sweeps and makes: a new folder must not be swept before it is locked. */
        flock(rootfs, LOCK_EX);
        sweep(rootfs);
        AUTO_CLOSE int at = mkdirat(rootfs, temp, 0755) < 0 ? -1 : openat(rootfs, temp, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (at < 0 || flock(at, LOCK_EX) < 0)
                return err_set(e, 126, "cannot make a folder in %s: %s", folder, strerror(errno));
        flock(rootfs, LOCK_UN);
        int bad = fill(s, at, image, f, o, p, e);
        if (!bad && renameat(rootfs, temp, rootfs, id) < 0 && errno != EEXIST && errno != ENOTEMPTY)
                bad = err_set(e, 126, "cannot give the folder %s/%s its name: %s", folder, temp, strerror(errno));
        p->unpacked = !bad;
        /* Not there any more when all went well; there when it failed, or another process was faster. */
        if (tree_remove(rootfs, temp) < 0 && !bad)
                bad = err_set(e, 126, "cannot remove %s/%s: %s", folder, temp, strerror(errno));
        return bad;
}

int ready_name(const struct store *s, const struct resolved *image, const char *name, const struct platform *want, struct err *e)
{
        AUTO_FREE char *path = prepared_path(name, want), *temp = format("names/.new.%d", getpid());
        AUTO_FREE char *folder = format("%.*s", (int)(strrchr(path, '/') - path), path);
        char *to = format("rootfs/%s", digest_hex(&image->image_manifest.config.digest));
        for (const char *c = path; *c; c++) { /* relative, so that the store can be moved */
                char *longer = *c == '/' ? format("../%s", to) : NULL;
                if (longer) {
                        free(to);
                        to = longer;
                }
        }
        AUTO_FREE char *target = to;
        bool done = root_mkdirs(s->layout.fd, folder, 0755) == 0 && (unlinkat(s->layout.fd, temp, 0) == 0 || errno == ENOENT) &&
                    symlinkat(target, s->layout.fd, temp) == 0 && renameat(s->layout.fd, temp, s->layout.fd, path) == 0;
        return done ? 0 : err_set(e, 126, "cannot give the image its name in %s: %s", s->dir, strerror(errno));
}
