#include "vm/bootdir_share.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/util.h"
#include "vm/bootdir_meta.h"

int bootdir_open(const char *path, struct err *e)
{
        int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return err_set(
                        e, 2, "cannot open %s, the guest's /boot: %s; it has to be a folder that QEMU's user owns", path, strerror(errno));
        return fd;
}

struct bootdir_shown bootdir_shown(const char *name)
{
        struct bootdir_shown s;
        size_t n = 0;
        for (; name[n] && n < 120; n++)
                s.text[n] = name[n] >= ' ' && name[n] < 0x7f ? name[n] : '?';
        memcpy(s.text + n, name[n] ? "..." : "", name[n] ? 4 : 1);
        return s;
}

/* ---- one entry ---- */

static int open_beneath(int share, const char *path)
{
        struct open_how how = {
                .flags = O_PATH | O_NOFOLLOW | O_CLOEXEC,
                .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV,
        };
        for (int tries = 0;; tries++) {
                int fd = (int)syscall(SYS_openat2, share, path, &how, sizeof how);
                if (fd >= 0 || errno != EAGAIN || tries == 16) /* EAGAIN: something was renamed meanwhile */
                        return fd;
        }
}

/* The regular file behind an O_PATH descriptor, open for reading: the same one, whatever has its name by now. */
static int reopen(int path_fd)
{
        return open(fd_path(path_fd).text, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

/* The mode that .virtfs_metadata/NAME beside the file tells. As bootdir_meta_text(); 0 when there is none. */
static int mode_beside(int share, const char *path, u32 *mode, struct err *e)
{
        const char *slash = strrchr(path, '/');
        const char *name = slash ? slash + 1 : path;
        AUTO_FREE char *meta = format("%.*s" BOOTDIR_META_FOLDER "/%s", (int)(name - path), path, name);
        AUTO_CLOSE int at = open_beneath(share, meta);
        struct stat st;
        if (at < 0 || fstat(at, &st) < 0 || !S_ISREG(st.st_mode))
                return 0;
        AUTO_CLOSE int fd = reopen(at);
        char text[BOOTDIR_META_TEXT_MAX + 1];
        ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof text);
        if (len < 0)
                return err_set(e, 1, "its metadata cannot be read: %s", strerror(errno));
        return bootdir_meta_text(text, (size_t)len, mode, e);
}

/* What the guest has there, by its mode; and it has to be kept on the host as QEMU would keep it. */
static int kind_of(u32 mode, bool folder, enum bootdir_kind *kind, struct err *e)
{
        switch (mode & S_IFMT) {
        case S_IFREG: *kind = BOOTDIR_FILE; break;
        case S_IFDIR: *kind = BOOTDIR_FOLDER; break;
        case S_IFLNK: *kind = BOOTDIR_LINK; break;
        default: return err_set(e, 2, "it is a device, FIFO or socket of the guest's");
        }
        if ((*kind == BOOTDIR_FOLDER) != folder)
                return err_set(e, 2, "its metadata contradicts what it is on the host");
        return 1;
}

static int examine(int share, const char *path, int at, struct bootdir_file *f, struct err *e)
{
        if (fstat(at, &f->st) < 0)
                return err_set(e, 1, "%s", strerror(errno));
        if (S_ISLNK(f->st.st_mode))
                return err_set(e, 2,
                        "it is a symbolic link on the host, and those are never followed: in a share with accessmode='mapped' the guest's "
                        "links are plain files");
        bool folder = S_ISDIR(f->st.st_mode);
        if (!folder && !S_ISREG(f->st.st_mode))
                return err_set(e, 2, "it is a device, FIFO or socket on the host");
        if (folder) {
                f->kind = BOOTDIR_FOLDER;
                return 1; /* nothing is read of it */
        }
        f->fd = reopen(at);
        if (f->fd < 0)
                return err_set(e, 1, "%s; files of the share have to be QEMU's user's", strerror(errno));
        u32 mode = S_IFREG;
        int known = bootdir_meta_xattr(f->fd, &mode, e);
        if (known == 0)
                known = mode_beside(share, path, &mode, e);
        return known < 0 ? -1 : kind_of(mode, folder, &f->kind, e);
}

int bootdir_look(int share, const char *path, struct bootdir_file *f, struct err *e)
{
        *f = (struct bootdir_file){ .fd = -1 };
        AUTO_CLOSE int at = open_beneath(share, path);
        if (at < 0 && (errno == ENOENT || errno == ENOTDIR))
                return 0;
        struct err why = { 0 };
        int found = at < 0 ? err_set(&why, 1, "%s", strerror(errno)) : examine(share, path, at, f, &why);
        if (found > 0)
                return 1;
        if (f->fd >= 0)
                close(f->fd);
        f->fd = -1;
        return err_set(e, why.code, "cannot use %s of the guest's /boot: %s", bootdir_shown(path).text, why.text);
}

/* ---- the guest's links ---- */

struct walk {
        int share;
        const char *name;            /* where it began: for the sentences */
        char done[BOOTDIR_PATH_MAX]; /* from the guest's root, without a leading slash */
        char todo[2 * BOOTDIR_PATH_MAX];
        unsigned links;
};

static bool lies_in_share(const char *done)
{
        return !strncmp(done, "boot", 4) && (done[4] == '/' || !done[4]);
}

/* Take the next component of what is to do into what is done. 1; 0 when nothing is left; -1 and *e. */
static int take_component(struct walk *w, struct err *e)
{
        char *from = w->todo + strspn(w->todo, "/");
        size_t len = strcspn(from, "/"), have = strlen(w->done);
        if (!len)
                return 0;
        if (len == 2 && !memcmp(from, "..", 2)) {
                char *slash = strrchr(w->done, '/');
                *(slash ? slash : w->done) = 0;
        } else if (len != 1 || *from != '.') {
                if (len > 255 || have + len + 2 > sizeof w->done)
                        return err_set(e, 2, "%s of the guest's /boot leads to a path that is too long", w->name);
                snprintf(w->done + have, sizeof w->done - have, "%s%.*s", have ? "/" : "", (int)len, from);
        }
        memmove(w->todo, from + len, strlen(from + len) + 1);
        return 1;
}

/* Put a link's target before what is to do. */
static int take_link(struct walk *w, const struct bootdir_file *f, struct err *e)
{
        char target[BOOTDIR_PATH_MAX];
        if (++w->links > BOOTDIR_LINKS_MAX)
                return err_set(e, 2, "%s of the guest's /boot is a link that leads in a circle, or over more than %d links", w->name,
                        BOOTDIR_LINKS_MAX);
        ssize_t len = pread(f->fd, target, sizeof target, 0);
        if (len <= 0 || (size_t)len == sizeof target || memchr(target, 0, (size_t)len))
                return err_set(e, 2, "%s of the guest's /boot leads to a link without a usable target", w->name);
        target[len] = 0;
        size_t rest = strlen(w->todo);
        if ((size_t)len + 1 + rest >= sizeof w->todo)
                return err_set(e, 2, "%s of the guest's /boot leads to a path that is too long", w->name);
        memmove(w->todo + len + 1, w->todo, rest + 1);
        memcpy(w->todo, target, (size_t)len);
        w->todo[len] = '/';
        char *slash = strrchr(w->done, '/');
        *(target[0] == '/' || !slash ? w->done : slash) = 0;
        return 0;
}

static int refuse_outside(const struct walk *w, struct err *e)
{
        return err_set(e, 2, "%s of the guest's /boot leads to /%s, which is outside: let it point to a file in /boot", w->name,
                bootdir_shown(w->done).text);
}

/* Look at what is done so far. 1: it is the file; 0: go on; -1 and *e. */
static int step(struct walk *w, struct bootdir_file *f, struct err *e)
{
        if (!lies_in_share(w->done))
                return *w->done ? refuse_outside(w, e) : 0;
        if (!w->done[4])
                return 0;
        if (strstr(w->done, "/" BOOTDIR_META_FOLDER))
                return refuse_outside(w, e);
        int there = bootdir_look(w->share, w->done + 5, f, e);
        if (there < 0)
                return -1;
        if (!there)
                return w->links ? err_set(e, 2, "%s of the guest's /boot is a link to %s, which is not there", w->name,
                                          bootdir_shown(w->done + 5).text)
                                : -2;
        if (f->kind == BOOTDIR_FOLDER)
                return 0;
        bool last = !w->todo[strspn(w->todo, "/")];
        int status = f->kind == BOOTDIR_LINK ? take_link(w, f, e)
                     : last                  ? 1
                                             : err_set(e, 2, "%s of the guest's /boot leads through %s, which is no folder", w->name,
                                                       bootdir_shown(w->done + 5).text);
        if (status <= 0) {
                close(f->fd);
                f->fd = -1;
        }
        return status;
}

int bootdir_follow(int share, const char *name, struct bootdir_file *f, char *path, struct err *e)
{
        struct bootdir_shown shown = bootdir_shown(name);
        struct walk w = { .share = share, .name = shown.text, .done = "boot" };
        *f = (struct bootdir_file){ .fd = -1 };
        snprintf(w.todo, sizeof w.todo, "%s", name);
        for (;;) {
                int more = take_component(&w, e);
                if (more < 0)
                        return -1;
                if (!more)
                        return err_set(e, 2, "%s of the guest's /boot is a folder, or leads to one", w.name);
                int status = step(&w, f, e);
                if (status == -2)
                        return 0;
                if (status < 0)
                        return -1;
                if (status > 0) {
                        memcpy(path, w.done + 5, strlen(w.done + 5) + 1);
                        return 1;
                }
        }
}

/* ---- all entries ---- */

static void close_dir_var(DIR **dir)
{
        if (*dir)
                closedir(*dir);
}

int bootdir_each(int share, int (*each)(void *to, const char *name), void *to, struct err *e)
{
        int fd = openat(share, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        __attribute__((cleanup(close_dir_var))) DIR *dir = fd < 0 ? NULL : fdopendir(fd);
        if (!dir)
                return err_set(e, 1, "cannot list the guest's /boot: %s", strerror(errno));
        unsigned count = 0;
        for (struct dirent *d; (d = readdir(dir));) {
                if (!strcmp(d->d_name, ".") || !strcmp(d->d_name, "..") || !strcmp(d->d_name, BOOTDIR_META_FOLDER))
                        continue;
                if (++count > BOOTDIR_ENTRIES_MAX)
                        return err_set(e, 2, "the guest's /boot has more than %d entries: that is none; remove what does not belong there",
                                BOOTDIR_ENTRIES_MAX);
                int status = each(to, d->d_name);
                if (status)
                        return status;
        }
        return 0;
}
