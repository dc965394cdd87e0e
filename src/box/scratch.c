#include "box/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"

int scratch_tmpfs(void)
{
        AUTO_CLOSE int fs = fsopen("tmpfs", FSOPEN_CLOEXEC);
        if (fs < 0 || fsconfig(fs, FSCONFIG_SET_STRING, "mode", "755", 0) < 0 || fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
                return -1;
        return fsmount(fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NODEV);
}

int scratch_clone(int fd)
{
        return open_tree(fd, "", AT_EMPTY_PATH | AT_RECURSIVE | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
}

int scratch_attach(int fd, int at, const char *name)
{
        return move_mount(fd, "", at, name, MOVE_MOUNT_F_EMPTY_PATH | (*name ? 0 : MOVE_MOUNT_T_EMPTY_PATH));
}

int scratch_file(int tmpfs, const char *name, const char *text, mode_t mode)
{
        AUTO_CLOSE int made = openat(tmpfs, name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, mode);
        if (made < 0 || write(made, text, strlen(text)) != (ssize_t)strlen(text) || fchmod(made, mode) < 0)
                return -1;
        return openat(tmpfs, name, O_PATH | O_CLOEXEC);
}

static int memory_layers(int lower, int tmpfs, int *upper, int *work)
{
        struct stat st;
        if (mkdirat(tmpfs, "upper", 0755) < 0 || mkdirat(tmpfs, "work", 0755) < 0)
                return -1;
        *upper = openat(tmpfs, "upper", O_PATH | O_DIRECTORY | O_CLOEXEC);
        *work = openat(tmpfs, "work", O_PATH | O_DIRECTORY | O_CLOEXEC);
        /* The root of the tree keeps its owner and mode: the overlay shows the upper folder's. */
        if (fstat(lower, &st) < 0 || (fchownat(*upper, "", st.st_uid, st.st_gid, AT_EMPTY_PATH) < 0 && errno != EINVAL && errno != EPERM))
                return -1;
        struct fd_path at = fd_path(*upper);
        return chmod(at.text, st.st_mode & 07777);
}

/* Folders by their descriptors: a name may hold commas and colons, which the option would take apart. */
static int set_folder(int fs, const char *key, int fd)
{
        struct fd_path path = fd_path(fd);
        return fsconfig(fs, FSCONFIG_SET_STRING, key, path.text, 0);
}

int overlay_mount(int lower, int tmpfs, const struct overlay *o, bool user_ns, struct err *e)
{
        int upper = -1, work = -1;
        if (o->upper) {
                upper = open(o->upper, O_PATH | O_DIRECTORY | O_CLOEXEC);
                work = open(o->work, O_PATH | O_DIRECTORY | O_CLOEXEC);
        }
        int ready = o->upper ? (upper < 0 || work < 0 ? -1 : 0) : memory_layers(lower, tmpfs, &upper, &work);
        AUTO_CLOSE int close_upper = upper, close_work = work;
        if (ready < 0)
                return err_set(e, 126, "cannot make the layer that is written to: %s", strerror(errno));
        AUTO_CLOSE int fs = fsopen("overlay", FSOPEN_CLOEXEC);
        if (fs < 0 || set_folder(fs, "lowerdir", lower) < 0 || set_folder(fs, "upperdir", upper) < 0 ||
                set_folder(fs, "workdir", work) < 0 || (user_ns && fsconfig(fs, FSCONFIG_SET_FLAG, "userxattr", NULL, 0) < 0) ||
                fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
                return err_set(e, 126, "cannot make an overlay: %s; without root that needs Linux 5.11", strerror(errno));
        int mounted = fsmount(fs, FSMOUNT_CLOEXEC, 0);
        return mounted < 0 ? err_set(e, 126, "cannot mount the overlay: %s", strerror(errno)) : mounted;
}
