#include "box/rootfs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "box/code_cache.h"
#include "box/mask.h"
#include "base/util.h"

/* The host's /proc, /sys, /dev with all that is mounted in them; a rootfs that cannot take one goes without. */
static void mount_system(const struct mask *m, const char *path)
{
        AUTO_CLOSE int source = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        AUTO_CLOSE int target = source < 0 ? -1 : mask_place(m, path, true);
        if (target >= 0)
                mask_bind(source, target, true);
}

/* Without it all is the same, only slower. */
static void mount_code_cache(const struct mask *m, int plain)
{
        struct stat tree;
        AUTO_CLOSE int source = fstat(plain, &tree) < 0 ? -1 : code_cache_open(&tree);
        AUTO_CLOSE int target = source < 0 ? -1 : mask_place(m, CODE_CACHE_IN_TREE, true);
        if (target >= 0)
                mask_bind(source, target, false);
}

static int mount_bind(const struct mask *m, const struct box_bind *b, struct err *e)
{
        if (b->guest[0] != '/')
                return err_set(e, 126, "cannot bind %s to %s: the place in the guest must begin with /", b->host, b->guest);
        AUTO_CLOSE int source = open(b->host, O_PATH | O_CLOEXEC);
        struct stat st;
        if (source < 0 || fstat(source, &st) < 0)
                return err_set(e, 126, "cannot bind %s: %s", b->host, strerror(errno));
        AUTO_CLOSE int target = mask_place(m, b->guest, S_ISDIR(st.st_mode));
        if (target < 0)
                return err_set(e, 126, "cannot make %s in the rootfs to bind %s to: %s", b->guest, b->host, strerror(errno));
        if (mask_bind(source, target, true) < 0)
                return err_set(e, 126, "cannot bind %s to %s: %s", b->host, b->guest, strerror(errno));
        AUTO_CLOSE int mounted = b->read_only ? root_open(m->root, b->guest, O_PATH, 0) : -1;
        struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };
        if (b->read_only && mount_setattr(mounted, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof attr) < 0)
                return err_set(e, 126, "cannot make %s read-only: %s (needs Linux 5.12)", b->guest, strerror(errno));
        return 0;
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

static int fill(const struct rootfs *r, const struct mask *m, int plain, struct err *e)
{
        /* The masks come first: /proc is still the tree's own, and the covering files lie on a file system that only the binds will hold.
         */
        mask_resolv_conf(m, r->resolv);
        if (!r->services)
                mask_services(m);
        mount_system(m, "/proc");
        mount_system(m, "/sys");
        mount_system(m, "/dev");
        mount_code_cache(m, plain);
        for (size_t i = 0; i < r->bind_count; i++)
                if (mount_bind(m, &r->binds[i], e) < 0)
                        return -1;
        mask_preload(m->root);
        return 0;
}

/*
 * A file system in memory on top of the tree's place, with the tree (or an overlay over it) as its folder `root`, and the tree once more on
 * top of all that, since binds may come from it. All of it goes away at once with the old root; a umount for itself would take 7 ms.
 */
static int stack(const struct rootfs *r, int plain, int *root, int *tmpfs, struct err *e)
{
        AUTO_CLOSE int cover = scratch_clone(plain);
        int tree = scratch_clone(plain);
        *root = tree;
        *tmpfs = scratch_tmpfs();
        if (cover < 0 || tree < 0 || *tmpfs < 0 || scratch_attach(*tmpfs, plain, "") < 0 || mkdirat(*tmpfs, "root", 0755) < 0)
                return err_set(e, 126, "cannot mount the rootfs %s: %s; it needs Linux 5.6", r->dir, strerror(errno));
        if (r->overlay) {
                *root = overlay_mount(tree, *tmpfs, r->overlay, r->user_ns, e);
                close(tree);
                if (*root < 0)
                        return -1;
        }
        if (scratch_attach(*root, *tmpfs, "root") < 0 || scratch_attach(cover, plain, "") < 0)
                return err_set(e, 126, "cannot mount the rootfs %s: %s", r->dir, strerror(errno));
        return 0;
}

int rootfs_enter(const struct rootfs *r, struct err *e)
{
        AUTO_CLOSE int plain = open(r->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (plain < 0)
                return err_set(e, errno == ENOENT ? 127 : 126, "cannot open the rootfs %s: %s", r->dir, strerror(errno));
        struct keeper keeper;
        if (keeper_start(&keeper, plain, r->user_ns, r->held, e) < 0)
                return -1;
        AUTO_CLOSE int line = keeper.line, root = -1, tmpfs = -1;
        if (stack(r, plain, &root, &tmpfs, e) < 0)
                return -1;
        struct mask m = { .root = root, .tmpfs = tmpfs, .made = r->overlay ? NULL : &keeper };
        if (fill(r, &m, plain, e) < 0)
                return -1;
        if (switch_root(root) < 0)
                return err_set(e, 126, "cannot make %s the root folder: %s", r->dir, strerror(errno));
        return 0;
}
