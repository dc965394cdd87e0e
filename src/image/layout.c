#include "image/layout.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"
#include "image/json.h"

#define LAYOUT_TEXT "{\"imageLayoutVersion\":\"1.0.0\"}"
#define EMPTY_INDEX "{\"schemaVersion\":2,\"mediaType\":\"" TYPE_OCI_INDEX "\",\"manifests\":[]}"

static int make_folder(int at, const char *name)
{
        return mkdirat(at, name, 0755) == 0 || errno == EEXIST ? 0 : -1;
}

/* Replace a small file in one step. */
static int put_file(int at, const char *name, const char *text, size_t len)
{
        AUTO_FREE char *temp = format(".%s.%d", name, getpid());
        AUTO_CLOSE int fd = openat(at, temp, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0644);
        if (fd < 0)
                return -1;
        ssize_t n = write(fd, text, len);
        if (n == (ssize_t)len && fsync(fd) == 0 && renameat(at, temp, at, name) == 0)
                return 0;
        int why = n >= 0 && n != (ssize_t)len ? ENOSPC : errno;
        unlinkat(at, temp, 0);
        errno = why;
        return -1;
}

int layout_open(const char *dir, bool create, struct layout *l, struct err *e)
{
        *l = (struct layout){ .fd = -1 };
        if (create && mkdir(dir, 0755) < 0 && errno != EEXIST)
                return err_set(e, 126, "cannot make the folder %s: %s", dir, strerror(errno));
        AUTO_CLOSE int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return err_set(e, errno == ENOENT ? 127 : 126, "cannot open the image layout %s: %s", dir, strerror(errno));
        bool there = faccessat(fd, "oci-layout", F_OK, 0) == 0;
        if (!there && !create)
                return err_set(e, 126, "%s is no OCI image layout: it has no file oci-layout", dir);
        if (create &&
                (make_folder(fd, "blobs") < 0 || make_folder(fd, "blobs/sha256") < 0 ||
                        (faccessat(fd, "index.json", F_OK, 0) < 0 && put_file(fd, "index.json", EMPTY_INDEX, strlen(EMPTY_INDEX)) < 0) ||
                        (!there && put_file(fd, "oci-layout", LAYOUT_TEXT, strlen(LAYOUT_TEXT)) < 0)))
                return err_set(e, 126, "cannot make an image layout in %s: %s", dir, strerror(errno));
        *l = (struct layout){ .dir = format("%s", dir), .fd = dup(fd) };
        return 0;
}

void layout_close(struct layout *l)
{
        if (l->dir)
                close(l->fd);
        free(l->dir);
        *l = (struct layout){ .fd = -1 };
}

static char *blob_path(const struct digest *d)
{
        return format("blobs/%s/%s", digest_algorithm(d), digest_hex(d));
}

int layout_index(const struct layout *l, struct manifest *index, struct err *e)
{
        AUTO_FREE char *text = read_text(l->fd, "index.json", MANIFEST_MAX);
        AUTO_FREE char *what = format("the file index.json of %s", l->dir);
        if (!text)
                return err_set(e, 126, "cannot read %s: %s", what, strerror(errno));
        if (manifest_parse(text, strlen(text), TYPE_OCI_INDEX, what, index, e) < 0)
                return -1;
        return 0;
}

bool layout_has(const struct layout *l, const struct descriptor *d)
{
        AUTO_FREE char *path = blob_path(&d->digest);
        struct stat st;
        return fstatat(l->fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) && (u64)st.st_size == d->size;
}

int layout_blob(const struct layout *l, const struct descriptor *d, struct err *e)
{
        AUTO_FREE char *path = blob_path(&d->digest);
        int fd = openat(l->fd, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
        struct stat st;
        if (fd < 0)
                return err_set(e, 126, "the blob %s is not in %s: %s", d->digest.text, l->dir, strerror(errno));
        if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (u64)st.st_size == d->size)
                return fd;
        close(fd);
        return err_set(e, 126, "the blob %s in %s is damaged: it has %lu bytes and should have %lu", d->digest.text, l->dir,
                (u64)st.st_size, d->size);
}

void layout_forget(const struct layout *l, const struct digest *d)
{
        AUTO_FREE char *path = blob_path(d);
        unlinkat(l->fd, path, 0);
}

static bool same_place(const json_t *entry, const struct descriptor *root)
{
        const json_t *p = json_object_get(entry, "platform");
        struct platform platform = { 0 };
        if (*json_text(p, "os"))
                platform = platform_make(json_text(p, "os"), json_text(p, "architecture"), json_text(p, "variant"));
        if (root->ref_name)
                return !strcmp(json_text(json_object_get(entry, "annotations"), REF_NAME), root->ref_name) &&
                       (is_index_type(root->media_type) || is_index_type(json_text(entry, "mediaType")) ||
                               !strcmp(platform_text(&platform).text, platform_text(&root->platform).text));
        return !strcmp(json_text(entry, "digest"), root->digest.text) && !*json_text(json_object_get(entry, "annotations"), REF_NAME);
}

static json_t *entry_of(const struct descriptor *root)
{
        json_t *entry =
                json_pack("{s:s, s:s, s:I}", "mediaType", root->media_type, "digest", root->digest.text, "size", (json_int_t)root->size);
        if (entry && root->platform.os[0]) {
                json_t *p = json_pack("{s:s, s:s}", "architecture", root->platform.arch, "os", root->platform.os);
                if (root->platform.variant[0])
                        json_object_set_new(p, "variant", json_string(root->platform.variant));
                json_object_set_new(entry, "platform", p);
        }
        if (entry && root->ref_name)
                json_object_set_new(entry, "annotations", json_pack("{s:s}", REF_NAME, root->ref_name));
        return entry;
}

/*
 * Change the list of what there is: `change` gets it and returns what the caller is told, negative with *e. Two who do so at once must not
 * lose each other's changes, so there is a lock until the descriptor is closed.
 */
static int change_index(const struct layout *l, int (*change)(json_t *list, const void *arg, struct err *e), const void *arg, struct err *e)
{
        AUTO_CLOSE int lock = openat(l->fd, "oci-layout", O_RDONLY | O_CLOEXEC);
        if (lock < 0 || flock(lock, LOCK_EX) < 0)
                return err_set(e, 126, "cannot lock %s: %s", l->dir, strerror(errno));
        AUTO_FREE char *text = read_text(l->fd, "index.json", MANIFEST_MAX);
        AUTO_FREE char *what = format("the file index.json of %s", l->dir);
        AUTO_JSON json_t *index = json_object_of(text, text ? strlen(text) : 0, what, e);
        json_t *list = json_object_get(index, "manifests");
        if (!json_is_array(list))
                return index ? err_set(e, 126, "%s is damaged: it has no list of manifests", what) : -1;
        int result = change(list, arg, e);
        if (result < 0)
                return -1;
        AUTO_BYTES struct bytes b = json_bytes(index);
        if (put_file(l->fd, "index.json", b.data, b.len) < 0)
                return err_set(e, 126, "cannot write %s: %s", what, strerror(errno));
        return result;
}

static int add_name(json_t *list, const void *arg, struct err *e)
{
        const struct descriptor *root = arg;
        json_t *entry = entry_of(root);
        if (!entry)
                return err_set(e, 126, "cannot write the name %s: it is no text", root->ref_name ? root->ref_name : "");
        for (size_t i = json_array_size(list); i-- > 0;)
                if (same_place(json_array_get(list, i), root))
                        json_array_remove(list, i);
        json_array_append_new(list, entry);
        return 0;
}

int layout_name(const struct layout *l, const struct descriptor *root, struct err *e)
{
        return change_index(l, add_name, root, e);
}

struct unname {
        const char *name;
        const struct platform *only;
};

static int remove_name(json_t *list, const void *arg, struct err *e)
{
        const struct unname *u = arg;
        int count = 0;
        for (size_t i = json_array_size(list); i-- > 0;) {
                const json_t *entry = json_array_get(list, i), *p = json_object_get(entry, "platform");
                struct platform platform = platform_make(json_text(p, "os"), json_text(p, "architecture"), json_text(p, "variant"));
                if (strcmp(json_text(json_object_get(entry, "annotations"), REF_NAME), u->name) ||
                        (u->only && strcmp(platform_text(&platform).text, platform_text(u->only).text)))
                        continue;
                json_array_remove(list, i);
                count++;
        }
        return count;
}

int layout_unname(const struct layout *l, const char *name, const struct platform *only, struct err *e)
{
        struct unname u = { .name = name, .only = only };
        return change_index(l, remove_name, &u, e);
}
