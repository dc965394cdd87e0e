#include "image/unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/util.h"
#include "image/bytes.h"
#include "image/inodes.h"
#include "image/layer.h"
#include "image/tree.h"
#include "image/whiteout.h"

/* A folder's time is set last: each file in it changes it. */
struct folder_time {
        char *path;
        struct timespec mtime;
};

struct job {
        struct unpack *u;
        struct layer *layer;
        const char *name;          /* of the layer */
        struct inodes made, timed; /* timed: folders whose time is in the list below */
        char folder_path[4096];    /* of the folder below */
        int folder;                /* the last one used: entries come in groups. -1: none */
        struct folder_time *times;
        size_t time_count;
};

static int refuse(const struct job *j, const char *path, const char *why, struct err *e)
{
        return err_set(e, 126, "the layer %.19s is refused: its entry '%.160s' %s", j->name, path, why);
}

static int failed(const struct job *j, const char *path, const char *what, struct err *e)
{
        int why = errno;
        return err_set(e, 126, "cannot %s %.160s of the layer %.19s: %s%s", what, path, j->name, strerror(why),
                why == ENOSPC || why == EDQUOT ? "; make room, or let CROSSARM_STORE name a folder with more" : "");
}

static void forget_folder(struct job *j)
{
        if (j->folder >= 0)
                close(j->folder);
        j->folder = -1;
}

static void remember_time(struct job *j, const char *path, struct timespec mtime)
{
        j->times = grow(j->times, j->time_count, sizeof *j->times);
        j->times[j->time_count++] = (struct folder_time){ .path = format("%s", path), .mtime = mtime };
}

/* A folder that this layer works in without naming it keeps the time that it has. */
static void keep_time(struct job *j, const char *path)
{
        struct stat st;
        if (fstat(j->folder, &st) < 0 || inodes_has(&j->timed, st.st_ino))
                return;
        inodes_add(&j->timed, st.st_ino);
        remember_time(j, path, st.st_mtim);
}

/* Open the folder that `path` lies in as j->folder; *leaf becomes the last part of the path. False with errno. */
static bool find_folder(struct job *j, const char *path, const char **leaf)
{
        const char *slash = strrchr(path, '/');
        size_t len = slash ? (size_t)(slash - path) : 0;
        *leaf = slash ? slash + 1 : path;
        if (j->folder >= 0 && strlen(j->folder_path) == len && !strncmp(j->folder_path, path, len))
                return true;
        forget_folder(j);
        memcpy(j->folder_path, path, len);
        j->folder_path[len] = 0;
        const char *open_as = len ? j->folder_path : ".";
        j->folder = root_open(j->u->root, open_as, O_PATH | O_DIRECTORY, 0);
        if (j->folder >= 0)
                keep_time(j, open_as);
        return j->folder >= 0;
}

/* The same, and made when it is not there. */
static int open_folder(struct job *j, const char *path, const char **leaf, struct err *e)
{
        if (find_folder(j, path, leaf))
                return 0;
        if (errno == ENOENT && root_mkdirs(j->u->root, j->folder_path, 0755) == 0 && find_folder(j, path, leaf))
                return 0;
        if (errno == EEXIST || errno == ENOENT || errno == ELOOP || errno == EXDEV)
                return refuse(j, path, "goes through a symbolic link that leads nowhere inside the image", e);
        if (errno == ENOTDIR)
                return refuse(j, path, "lies below something that is no folder", e);
        return failed(j, path, "make the folder of", e);
}

/* Owner, attributes, mode and time, in the order that loses none: chown clears setuid bits and capabilities. */

static int set_owner(struct job *j, int at, const char *leaf, struct archive_entry *entry)
{
        uid_t uid = (uid_t)archive_entry_uid(entry);
        gid_t gid = (gid_t)archive_entry_gid(entry);
        if (fchownat(at, leaf, uid, gid, AT_SYMLINK_NOFOLLOW) == 0)
                return 0;
        if (errno != EINVAL && errno != EPERM)
                return -1;
        j->u->notes.owners++; /* the id is not mapped into our namespace */
        return 0;
}

/* What overlayfs notes for itself, and builders leave in layers; it says nothing about the file. */
static bool is_note_of_overlayfs(const char *name)
{
        static const char *const notes[] = { "user.overlay.impure", "user.overlay.nlink", "user.overlay.origin", "user.overlay.protattr",
                "user.overlay.upper", "user.overlay.uuid" };
        for (size_t i = 0; i < ARRAY_LEN(notes); i++)
                if (!strcmp(name, notes[i]))
                        return true;
        return false;
}

/* overlayfs would take its own attributes as orders, and we mount one over this tree. */
static bool attribute_allowed(const char *name)
{
        return strncmp(name, "trusted.", 8) && strncmp(name, "user.overlay.", 13) && strncmp(name, "user.fuseoverlayfs.", 19);
}

static int set_attributes(struct job *j, int at, const char *leaf, struct archive_entry *entry)
{
        const char *name;
        const void *value;
        size_t len;
        archive_entry_xattr_reset(entry);
        while (archive_entry_xattr_next(entry, &name, &value, &len) == ARCHIVE_OK) {
                struct fd_path folder = fd_path(at);
                AUTO_FREE char *path = format("%s/%s", folder.text, leaf);
                if (attribute_allowed(name) && lsetxattr(path, name, value, len, 0) == 0)
                        continue;
                if (attribute_allowed(name) && (errno == ENOSPC || errno == EDQUOT || errno == EIO))
                        return -1;
                j->u->notes.attributes += !is_note_of_overlayfs(name);
        }
        return 0;
}

static struct timespec mtime_of(struct archive_entry *entry)
{
        return (struct timespec){ .tv_sec = archive_entry_mtime(entry), .tv_nsec = archive_entry_mtime_nsec(entry) % 1000000000 };
}

static int set_status(struct job *j, int at, const char *leaf, struct archive_entry *entry)
{
        mode_t type = archive_entry_filetype(entry);
        struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, mtime_of(entry) };
        if (set_owner(j, at, leaf, entry) < 0 || set_attributes(j, at, leaf, entry) < 0)
                return -1;
        if (type != AE_IFLNK && fchmodat(at, leaf, archive_entry_perm(entry) & 07777, 0) < 0)
                return -1;
        return utimensat(at, leaf, times, AT_SYMLINK_NOFOLLOW);
}

/* The thing that was made at `leaf` gets what its entry says, and is known as this layer's. */
static int finish_entry(struct job *j, const char *path, const char *leaf, struct archive_entry *entry, struct err *e)
{
        struct stat st;
        if (set_status(j, j->folder, leaf, entry) < 0 || fstatat(j->folder, leaf, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return failed(j, path, "set owner, mode and time of", e);
        inodes_add(&j->made, st.st_ino);
        if (S_ISDIR(st.st_mode))
                inodes_add(&j->timed, st.st_ino);
        return 0;
}

/* Bytes at their places: what is not written stays a hole. */
static int write_data(struct job *j, int fd, const char *path, struct archive_entry *entry, struct err *e)
{
        u64 size = (u64)archive_entry_size(entry), offset;
        const void *data;
        size_t len, have = 0;
        u8 head[TRUTH_HEAD];
        int state;
        if (archive_entry_size(entry) < 0 || size > j->u->left)
                return refuse(j, path, "is larger than is allowed (a sparse file, or a bomb); --max-size raises the limit", e);
        if (archive_entry_sparse_count(entry)) /* a plain file's bytes are counted as they come out of the decompressor */
                j->u->left -= size;
        while ((state = layer_block(j->layer, &data, &len, &offset, e)) == 1) {
                if (offset > size || len > size - offset)
                        return refuse(j, path, "has data behind its end", e);
                if (offset == have && have < sizeof head) { /* the first block can be a short one */
                        size_t more = len < sizeof head - have ? len : sizeof head - have;
                        memcpy(head + have, data, more);
                        have += more;
                }
                for (size_t done = 0; fd >= 0 && done < len;) {
                        ssize_t n = pwrite(fd, (const char *)data + done, len - done, (off_t)(offset + done));
                        if (n < 0)
                                return failed(j, path, "write", e);
                        done += (size_t)n;
                }
        }
        truth_file(j->u->truth, path, head, have);
        if (state == 0 && fd >= 0 && archive_entry_sparse_count(entry) && ftruncate(fd, (off_t)size) < 0)
                return failed(j, path, "write", e);
        return state;
}

static int make_file(struct job *j, const char *path, const char *leaf, struct archive_entry *entry, struct err *e)
{
        AUTO_CLOSE int fd = openat(j->folder, leaf, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0)
                return failed(j, path, "make the file", e);
        return write_data(j, fd, path, entry, e);
}

static int make_symlink(struct job *j, const char *path, const char *leaf, struct archive_entry *entry, struct err *e)
{
        const char *to = archive_entry_symlink(entry);
        if (!to || !*to)
                return refuse(j, path, "is a symbolic link to nothing", e);
        if (symlinkat(to, j->folder, leaf) < 0)
                return failed(j, path, "make the symbolic link", e);
        forget_folder(j); /* another entry's folder may lead through it */
        return open_folder(j, path, &leaf, e);
}

/* The target is a name of the image as well: found below the root, its last part not followed. */
static int make_hardlink(struct job *j, const char *path, const char *leaf, const char *said, struct err *e)
{
        char target[4096];
        if (!tree_path(said, target) || !*target)
                return refuse(j, path, "is a hard link to a place outside of the image", e);
        char *slash = strrchr(target, '/');
        if (slash)
                *slash = 0;
        AUTO_CLOSE int from = root_open(j->u->root, slash ? target : ".", O_PATH | O_DIRECTORY, 0);
        if (from < 0 || linkat(from, slash ? slash + 1 : target, j->folder, leaf, 0) < 0)
                return refuse(j, path,
                        errno == EPERM ? "is a hard link to a folder" : "is a hard link to a file that the image does not have", e);
        return 0;
}

/* A folder stays when there is one; everything else makes place for the new. */
static int make_folder(struct job *j, const char *path, const char *leaf, struct err *e)
{
        struct stat st;
        if (fstatat(j->folder, leaf, &st, AT_SYMLINK_NOFOLLOW) == 0) {
                if (S_ISDIR(st.st_mode))
                        return 0;
                if (tree_remove(j->folder, leaf) < 0)
                        return failed(j, path, "replace", e);
        }
        return mkdirat(j->folder, leaf, 0700) < 0 ? failed(j, path, "make the folder", e) : 0;
}

static int make_entry(struct job *j, const char *path, struct archive_entry *entry, struct err *e)
{
        const char *leaf, *hard = archive_entry_hardlink(entry);
        mode_t type = archive_entry_filetype(entry);
        int bad;
        if (open_folder(j, path, &leaf, e) < 0)
                return -1;
        if (!hard && type == AE_IFDIR) {
                if (make_folder(j, path, leaf, e) < 0)
                        return -1;
                remember_time(j, path, mtime_of(entry));
                return finish_entry(j, path, leaf, entry, e);
        }
        struct stat st;
        if (fstatat(j->folder, leaf, &st, AT_SYMLINK_NOFOLLOW) == 0) {
                char target[4096];
                if (hard && tree_path(hard, target) && !strcmp(target, path))
                        return 0; /* a link to itself, which some tools write */
                if (tree_remove(j->folder, leaf) < 0)
                        return failed(j, path, "replace", e);
                truth_hide(j->u->truth, path, true);
                if (!S_ISREG(st.st_mode)) { /* the folder that we hold may have led through it */
                        forget_folder(j);
                        if (open_folder(j, path, &leaf, e) < 0)
                                return -1;
                }
        }
        switch (hard ? 0 : type) {
        case 0: bad = make_hardlink(j, path, leaf, hard ? hard : "", e); break;
        case AE_IFREG: bad = make_file(j, path, leaf, entry, e); break;
        case AE_IFLNK: bad = make_symlink(j, path, leaf, entry, e); break;
        case AE_IFIFO: bad = mkfifoat(j->folder, leaf, 0600) < 0 ? failed(j, path, "make the pipe", e) : 0; break;
        case AE_IFCHR:
        case AE_IFBLK:
        case AE_IFSOCK: j->u->notes.devices++; return 0;
        default: return refuse(j, path, "is of an unknown kind", e);
        }
        if (bad)
                return -1;
        if (hard) { /* owner and mode are the first name's */
                if (fstatat(j->folder, leaf, &st, AT_SYMLINK_NOFOLLOW) == 0)
                        inodes_add(&j->made, st.st_ino);
                return 0;
        }
        return finish_entry(j, path, leaf, entry, e);
}

/* The root of the tree itself, "./" in the layer. */
static int root_entry(struct job *j, struct archive_entry *entry, struct err *e)
{
        if (archive_entry_hardlink(entry) || archive_entry_filetype(entry) != AE_IFDIR)
                return refuse(j, "/", "is the root folder, and not a folder", e);
        remember_time(j, ".", mtime_of(entry));
        return set_status(j, j->u->root, ".", entry) < 0 ? failed(j, "/", "set owner, mode and time of", e) : 0;
}

static int hide_entry(struct job *j, const struct whiteout *w, struct err *e)
{
        truth_hide(j->u->truth, w->path, !w->opaque);
        if (j->u->root < 0)
                return 0;
        const char *leaf;
        AUTO_FREE char *hidden = format("%s%s", w->path, w->opaque ? "/." : "");
        find_folder(j, hidden, &leaf); /* for its time */
        forget_folder(j);
        if (whiteout_apply(j->u->root, w, &j->made) < 0)
                return failed(j, w->path, "hide", e);
        return 0;
}

static int apply_entry(struct job *j, struct archive_entry *entry, struct err *e)
{
        char path[4096];
        const char *said = archive_entry_pathname(entry);
        struct whiteout w;
        if (!said || !tree_path(said, path))
                return refuse(j, said ? said : "?", "has a name that leads out of the image, or is too long", e);
        if (!j->u->entries--)
                return refuse(j, path, "is one too many: the image has more files than is allowed", e);
        switch (whiteout_parse(path, &w)) {
        case WHITEOUT_BAD: return refuse(j, path, "is a whiteout of no name", e);
        case WHITEOUT_AUFS: return 0;
        case WHITEOUT_YES: return hide_entry(j, &w, e);
        case WHITEOUT_NONE: break;
        }
        if (j->u->root < 0)
                return archive_entry_hardlink(entry) || archive_entry_filetype(entry) != AE_IFREG ? 0 : write_data(j, -1, path, entry, e);
        return *path ? make_entry(j, path, entry, e) : root_entry(j, entry, e);
}

/* The inner ones after the outer ones are set just as well: a time does not change another folder. */
static void set_folder_times(struct job *j)
{
        for (size_t i = 0; i < j->time_count; i++) {
                AUTO_CLOSE int fd = root_open(j->u->root, j->times[i].path, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0);
                struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, j->times[i].mtime };
                struct fd_path path = fd_path(fd);
                if (fd >= 0)
                        utimensat(AT_FDCWD, path.text, times, 0);
                free(j->times[i].path);
        }
        free(j->times);
}

int unpack_layer(struct unpack *u, int fd, const char *name, struct digest *diff_id, struct err *e)
{
        struct job j = { .u = u, .name = name, .folder = -1 };
        struct archive_entry *entry;
        int state = -1;
        /* libarchive turns the names of pax headers, which are UTF-8, into the locale's: it has to be UTF-8, too. */
        locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0), before = utf8 ? uselocale(utf8) : (locale_t)0;
        truth_next_layer(u->truth);
        j.layer = layer_open(fd, name, &u->left, e);
        while (j.layer && (state = layer_next(j.layer, &entry, e)) == 1)
                if (apply_entry(&j, entry, e) < 0) {
                        state = -1;
                        break;
                }
        forget_folder(&j);
        set_folder_times(&j);
        inodes_free(&j.made);
        inodes_free(&j.timed);
        if (state == 0)
                state = layer_finish(j.layer, diff_id, e);
        layer_close(j.layer);
        if (utf8) {
                uselocale(before);
                freelocale(utf8);
        }
        return state;
}

int unpack_survey(struct unpack *u, int fd, const char *name, struct digest *diff_id, struct err *e)
{
        u->root = -1;
        return unpack_layer(u, fd, name, diff_id, e);
}
