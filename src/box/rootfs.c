#include "box/rootfs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "box/probe.h"
#include "box/util.h"

static int bind_fds(int from, int to, bool recursive)
{
        struct fd_path source = fd_path(from), target = fd_path(to);
        return mount(source.text, target.text, NULL, MS_BIND | (recursive ? MS_REC : 0), NULL);
}

/* The place `path` inside the root to mount a thing of the kind of `source` on, made when it is not there. */
static int mount_point(int root, const char *path, int source)
{
        int fd = root_open(root, path, O_PATH, 0);
        if (fd >= 0 || errno != ENOENT)
                return fd;
        struct stat st;
        if (fstat(source, &st) < 0)
                return -1;
        if (S_ISDIR(st.st_mode)) {
                if (root_mkdirs(root, path, 0755) < 0)
                        return -1;
        } else {
                AUTO_FREE char *parent = format("%s", path);
                char *slash = strrchr(parent, '/');
                if (slash && slash != parent) {
                        *slash = 0;
                        if (root_mkdirs(root, parent, 0755) < 0)
                                return -1;
                }
                AUTO_CLOSE int made = root_open(root, path, O_CREAT | O_RDONLY, 0644);
                if (made < 0)
                        return -1;
        }
        return root_open(root, path, O_PATH, 0);
}

/* The host's /proc, /sys, /dev with all that is mounted in them; a rootfs that cannot take one goes without. */
static void mount_system(int root, const char *path)
{
        AUTO_CLOSE int source = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        AUTO_CLOSE int target = source < 0 ? -1 : mount_point(root, path, source);
        if (target >= 0)
                bind_fds(source, target, true);
}

/*
 * A copy of the host's resolv.conf on a tmpfs that lives on only through this bind, so that what the guest writes reaches nobody.
 * The tmpfs is mounted for a moment on the rootfs's own /proc, which is covered by the real one later.
 */
static void mount_resolv_conf(int root)
{
        AUTO_FREE char *text = read_text(AT_FDCWD, "/etc/resolv.conf", 1 << 16);
        AUTO_CLOSE int slash = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
        AUTO_CLOSE int scratch = text ? mount_point(root, "/proc", slash) : -1;
        struct fd_path at = fd_path(scratch);
        if (scratch < 0 || mount("crossarm", at.text, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755") < 0)
                return;
        AUTO_CLOSE int inside = root_open(root, "/proc", O_PATH | O_DIRECTORY, 0);
        AUTO_CLOSE int copy = openat(inside, "resolv.conf", O_CREAT | O_RDWR | O_CLOEXEC, 0644);
        if (copy >= 0 && write(copy, text, strlen(text)) == (ssize_t)strlen(text)) {
                AUTO_CLOSE int target = mount_point(root, "/etc/resolv.conf", copy);
                if (target >= 0)
                        bind_fds(copy, target, false);
        }
        struct fd_path mounted = fd_path(inside);
        umount2(mounted.text, MNT_DETACH);
}

static int mount_bind(int root, const struct box_bind *b, struct err *e)
{
        if (b->guest[0] != '/')
                return err_set(e, 126, "cannot bind %s to %s: the place in the guest must begin with /", b->host, b->guest);
        AUTO_CLOSE int source = open(b->host, O_PATH | O_CLOEXEC);
        if (source < 0)
                return err_set(e, 126, "cannot bind %s: %s", b->host, strerror(errno));
        AUTO_CLOSE int target = mount_point(root, b->guest, source);
        if (target < 0)
                return err_set(e, 126, "cannot make %s in the rootfs to bind %s to: %s", b->guest, b->host, strerror(errno));
        if (bind_fds(source, target, true) < 0)
                return err_set(e, 126, "cannot bind %s to %s: %s", b->host, b->guest, strerror(errno));
        AUTO_CLOSE int mounted = b->read_only ? root_open(root, b->guest, O_PATH, 0) : -1;
        struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };
        if (b->read_only && mount_setattr(mounted, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof attr) < 0)
                return err_set(e, 126, "cannot make %s read-only: %s (needs Linux 5.12)", b->guest, strerror(errno));
        return 0;
}

static bool wrong_library(int root, const char *name)
{
        AUTO_CLOSE int fd = name[0] == '/' ? root_open(root, name, O_RDONLY, 0) : -1;
        struct program p;
        return fd >= 0 && probe_program(fd, &p) == 0 && p.kind != PROGRAM_ARM64;
}

void rootfs_mask_preload(int root)
{
        AUTO_CLOSE int fd = root_open(root, "/etc/ld.so.preload", O_RDONLY, 0);
        AUTO_CLOSE int null = open("/dev/null", O_PATH | O_CLOEXEC);
        if (fd < 0 || null < 0)
                return;
        struct fd_path at = fd_path(fd);
        AUTO_FREE char *text = read_text(AT_FDCWD, at.text, 1 << 16);
        bool wrong = false;
        for (char *save = NULL, *name = text ? strtok_r(text, " \t\n:", &save) : NULL; name; name = strtok_r(NULL, " \t\n:", &save))
                wrong |= wrong_library(root, name);
        if (wrong)
                bind_fds(null, fd, false); /* reads as an empty file, and that is all the loader looks at */
}

/* Leave the old root behind. A plain chroot would forbid the guest its own user namespaces; it is the way on a ramfs. */
static int switch_root(int root)
{
        if (fchdir(root) < 0)
                return -1;
        if (syscall(SYS_pivot_root, ".", ".") == 0)
                return umount2(".", MNT_DETACH) < 0 || chdir("/") < 0 ? -1 : 0;
        return chroot(".") < 0 || chdir("/") < 0 ? -1 : 0;
}

int rootfs_enter(const char *dir, const struct box_bind *binds, size_t bind_count, struct err *e)
{
        AUTO_CLOSE int plain = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (plain < 0)
                return err_set(e, errno == ENOENT ? 127 : 126, "cannot open the rootfs %s: %s", dir, strerror(errno));
        if (bind_fds(plain, plain, true) < 0)
                return err_set(e, 126, "cannot mount the rootfs %s: %s", dir, strerror(errno));
        AUTO_CLOSE int root = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (root < 0)
                return err_set(e, 126, "cannot open the rootfs %s: %s", dir, strerror(errno));
        mount_resolv_conf(root);
        mount_system(root, "/proc");
        mount_system(root, "/sys");
        mount_system(root, "/dev");
        for (size_t i = 0; i < bind_count; i++)
                if (mount_bind(root, &binds[i], e) < 0)
                        return -1;
        rootfs_mask_preload(root);
        if (switch_root(root) < 0)
                return err_set(e, 126, "cannot make %s the root folder: %s", dir, strerror(errno));
        return 0;
}
