#include "vm/bootdir_store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/util.h"
#include "vm/bootdir_record.h"

#define KERNEL "vmlinuz"
#define INITRD "initrd.img"
#define RECORD "pair.json"
#define PROVEN "proven"

/* ---- names and places ---- */

char *bootdir_store_root(bool session)
{
        const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
        if (!session)
                return format("/var/lib/crossarm/bootdir");
        return data && *data == '/' ? format("%s/crossarm/bootdir", data) : format("%s/.local/share/crossarm/bootdir", home ? home : "");
}

char *bootdir_store_kernel(const char *root, const char *name)
{
        return format("%s/%s/current/" KERNEL, root, name);
}

char *bootdir_store_initrd(const char *root, const char *name)
{
        return format("%s/%s/current/" INITRD, root, name);
}

static bool good_name(const char *name)
{
        return *name && *name != '.' && strlen(name) < 200 && !strchr(name, '/');
}

bool bootdir_store_split(const char *kernel_path, char **root, char **name)
{
        static const char middle[] = "/crossarm/bootdir/", end[] = "/current/" KERNEL;
        const char *at = strstr(kernel_path, middle);
        if (*kernel_path != '/' || !at)
                return false;
        const char *from = at + sizeof middle - 1, *to = strchr(from, '/');
        if (!to || strcmp(to, end))
                return false;
        *name = format("%.*s", (int)(to - from), from);
        *root = format("%.*s", (int)(from - 1 - kernel_path), kernel_path);
        if (good_name(*name))
                return true;
        free(*name);
        free(*root);
        return false;
}

static int failed(struct err *e, const char *what, const char *name)
{
        int saved = errno;
        return err_set(e, 1, "cannot %s the kernel of %s: %s%s", what, name, strerror(saved),
                saved == EACCES || saved == EPERM || saved == EROFS ? "; the kernels of qemu:///system are root's" : "");
}

/* The guest's folder, locked until it is closed. It is made when `make`; -1 with errno else. */
static int open_guest(const char *root, const char *name, bool make)
{
        AUTO_FREE char *path = format("%s/%s", root, name);
        AUTO_CLOSE int top = make ? open("/", O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
        if (make && (top < 0 || root_mkdirs(top, path, 0755) < 0))
                return -1;
        int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        while (fd >= 0 && flock(fd, LOCK_EX) < 0 && errno == EINTR)
                ;
        return fd;
}

/* The pair that a link names, "pair.3" in a buffer. False when there is none. */
static bool read_pair_link(int guest, const char *link, char to[32])
{
        ssize_t len = readlinkat(guest, link, to, 31);
        if (len <= 5 || memcmp(to, "pair.", 5))
                return false;
        to[len] = 0;
        return true;
}

static int set_link(int guest, const char *link, const char *to)
{
        AUTO_FREE char *made = format("%s.new", link);
        unlinkat(guest, made, 0);
        return symlinkat(to, guest, made) < 0 ? -1 : renameat(guest, made, guest, link);
}

static void remove_pair(int guest, const char *pair)
{
        static const char *const files[] = { KERNEL, INITRD, RECORD, PROVEN };
        for (size_t i = 0; i < ARRAY_LEN(files); i++) {
                AUTO_FREE char *path = format("%s/%s", pair, files[i]);
                unlinkat(guest, path, 0);
        }
        unlinkat(guest, pair, AT_REMOVEDIR);
}

/* What neither link names: pairs from before, and what a process that was killed has left. */
static void remove_unnamed(int guest)
{
        char current[32] = "", previous[32] = "";
        read_pair_link(guest, "current", current);
        read_pair_link(guest, "previous", previous);
        int fd = openat(guest, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *dir = fd < 0 ? NULL : fdopendir(fd);
        if (!dir)
                return;
        for (struct dirent *d; (d = readdir(dir));)
                if (!strncmp(d->d_name, "pair.", 5) && strcmp(d->d_name, current) && strcmp(d->d_name, previous))
                        remove_pair(guest, d->d_name);
        closedir(dir);
}

static unsigned next_number(int guest)
{
        char current[32], previous[32];
        unsigned a = read_pair_link(guest, "current", current) ? (unsigned)strtoul(current + 5, NULL, 10) : 0;
        unsigned b = read_pair_link(guest, "previous", previous) ? (unsigned)strtoul(previous + 5, NULL, 10) : 0;
        return (a > b ? a : b) + 1;
}

static int load(int guest, const char *link, struct bootdir_found *found, i64 *taken_at)
{
        AUTO_FREE char *path = format("%s/" RECORD, link);
        return bootdir_record_read(guest, path, found, taken_at);
}

/* ---- taking a new pair ---- */

struct fresh {
        int guest, folder, kernel, initrd;
        char name[32];
};

static void close_fresh(struct fresh *f)
{
        close_fd_var(&f->kernel);
        close_fd_var(&f->initrd);
        close_fd_var(&f->folder);
        if (*f->name)
                remove_pair(f->guest, f->name);
}
#define AUTO_FRESH __attribute__((cleanup(close_fresh)))

static int new_file(int folder, const char *name, gid_t group)
{
        int fd = openat(folder, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
        if (fd >= 0 && (fchmod(fd, 0640) < 0 || (geteuid() == 0 && fchown(fd, (uid_t)-1, group) < 0))) {
                close(fd);
                return -1;
        }
        return fd;
}

/* The files are readable for QEMU's group, which the share's is. */
static int open_fresh(int guest, int share, struct fresh *f)
{
        struct stat st;
        snprintf(f->name, sizeof f->name, "pair.%u", next_number(guest));
        if (fstat(share, &st) < 0 || mkdirat(guest, f->name, 0755) < 0)
                return -1;
        f->folder = openat(guest, f->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (f->folder < 0)
                return -1;
        f->kernel = new_file(f->folder, KERNEL, st.st_gid);
        f->initrd = new_file(f->folder, INITRD, st.st_gid);
        return f->kernel < 0 || f->initrd < 0 ? -1 : 0;
}

/* All of it is on the disk before the link says so. */
static int publish(struct fresh *f, const struct bootdir_found *found)
{
        char before[32];
        if (bootdir_record_write(f->folder, RECORD, found, (i64)time(NULL)) < 0 || fsync(f->kernel) < 0 || fsync(f->initrd) < 0 ||
                fsync(f->folder) < 0)
                return -1;
        if (read_pair_link(f->guest, "current", before) && set_link(f->guest, "previous", before) < 0)
                return -1;
        if (set_link(f->guest, "current", f->name) < 0)
                return -1;
        *f->name = 0; /* it is named now */
        fsync(f->guest);
        remove_unnamed(f->guest);
        return 0;
}

static void read_refused(int guest, char digest[65])
{
        AUTO_FREE char *text = read_text(guest, "refused", 64);
        snprintf(digest, 65, "%s", text ? text : "");
}

/* 1: `fresh` has a new pair; 0: the guest's is the current one, or the one that was rolled back from; -1 and *why. */
static int look_for_new(int guest, int share, const char *arch, const struct bootdir_update *u, struct fresh *fresh,
        struct bootdir_found *found, bool have, struct err *why)
{
        char refused[65];
        if (open_fresh(guest, share, fresh) < 0)
                return err_set(why, 1, "cannot keep a copy of the guest's kernel: %s", strerror(errno));
        if (bootdir_take(share, arch, fresh->kernel, fresh->initrd, found, why) < 0)
                return -1;
        read_refused(guest, refused);
        if (have && !strcmp(found->digest, refused))
                return err_set(why, 2, "the guest's kernel %s is the one that was rolled back from", found->release);
        return !have || strcmp(found->digest, u->found.digest);
}

int bootdir_store_update(
        const char *root, const char *name, const char *share_path, const char *arch, struct bootdir_update *u, struct err *e)
{
        struct bootdir_found found;
        if (!good_name(name))
                return err_set(e, 2, "'%s' is no name of a guest", name);
        AUTO_CLOSE int guest = open_guest(root, name, true);
        if (guest < 0)
                return failed(e, "keep", name);
        remove_unnamed(guest);
        *u = (struct bootdir_update){ .outcome = BOOTDIR_SAME };
        bool have = load(guest, "current", &u->found, NULL) == 0;
        AUTO_CLOSE int share = bootdir_open(share_path, &u->why_kept);
        AUTO_FRESH struct fresh fresh = { .guest = guest, .folder = -1, .kernel = -1, .initrd = -1 };
        int status = share < 0 ? -1 : look_for_new(guest, share, arch, u, &fresh, &found, have, &u->why_kept);
        if (status > 0 && publish(&fresh, &found) < 0)
                status = failed(&u->why_kept, "keep", name);
        if (status < 0) {
                u->outcome = BOOTDIR_KEPT;
                return have ? 0 : err_set(e, u->why_kept.code, "%s", u->why_kept.text);
        }
        if (!status)
                return 0;
        u->outcome = BOOTDIR_NEW;
        u->found = found;
        unlinkat(guest, "refused", 0);
        return 0;
}

/* ---- going back ---- */

static int write_small(int guest, const char *name, const char *text)
{
        AUTO_CLOSE int fd = openat(guest, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        return fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) ? fsync(fd) : -1;
}

int bootdir_store_rollback(const char *root, const char *name, struct bootdir_found *now, struct err *e)
{
        struct bootdir_found bad;
        char current[32], previous[32];
        AUTO_CLOSE int guest = good_name(name) ? open_guest(root, name, false) : -1;
        if (guest < 0 || !read_pair_link(guest, "current", current) || !read_pair_link(guest, "previous", previous) ||
                !strcmp(current, previous) || load(guest, "current", &bad, NULL) < 0 || load(guest, "previous", now, NULL) < 0)
                return err_set(e, 1, "there is no kernel to go back to for '%s'; `crossarm vm bootdir status` shows what there is", name);
        if (write_small(guest, "refused", bad.digest) < 0 || set_link(guest, "current", previous) < 0 ||
                set_link(guest, "previous", current) < 0)
                return failed(e, "go back with", name);
        fsync(guest);
        return 0;
}

int bootdir_store_prove(const char *root, const char *name, struct err *e)
{
        AUTO_CLOSE int guest = open_guest(root, name, false);
        return guest < 0 || write_small(guest, "current/" PROVEN, "") < 0 ? failed(e, "note the success of", name) : 0;
}

/* ---- telling ---- */

int bootdir_store_status(const char *root, const char *name, struct bootdir_status *s, struct err *e)
{
        *s = (struct bootdir_status){ 0 };
        AUTO_CLOSE int guest = good_name(name) ? open_guest(root, name, false) : -1;
        if (guest < 0)
                return good_name(name) && errno != ENOENT ? failed(e, "look at", name) : 0;
        char current[32] = "", previous[32] = "";
        read_pair_link(guest, "current", current);
        s->has_current = load(guest, "current", &s->current, &s->taken_at) == 0;
        s->has_previous = read_pair_link(guest, "previous", previous) && strcmp(previous, current) &&
                          load(guest, "previous", &s->previous, NULL) == 0;
        s->proven = faccessat(guest, "current/" PROVEN, F_OK, 0) == 0;
        read_refused(guest, s->refused);
        s->name = format("%s", name);
        return 1;
}

int bootdir_store_remove(const char *root, const char *name, struct err *e)
{
        static const char *const files[] = { "current", "previous", "current.new", "previous.new", "refused" };
        AUTO_CLOSE int guest = good_name(name) ? open_guest(root, name, false) : -1;
        if (guest < 0)
                return good_name(name) && errno != ENOENT ? failed(e, "remove", name) : 0;
        for (size_t i = 0; i < ARRAY_LEN(files); i++)
                unlinkat(guest, files[i], 0);
        remove_unnamed(guest);
        AUTO_FREE char *path = format("%s/%s", root, name);
        return rmdir(path) < 0 && errno != ENOENT ? failed(e, "remove", name) : 0;
}
