#include "image/whiteout.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"
#include "image/tree.h"

enum whiteout_kind whiteout_parse(const char *path, struct whiteout *w)
{
        const char *slash = strrchr(path, '/'), *leaf = slash ? slash + 1 : path;
        size_t folder = slash ? (size_t)(slash - path) : 0;
        if (strncmp(leaf, ".wh.", 4))
                return WHITEOUT_NONE;
        const char *name = leaf + 4;
        w->opaque = !strcmp(name, ".wh..opq");
        if (!w->opaque && !strncmp(name, ".wh.", 4))
                return WHITEOUT_AUFS;
        if (!*name || !strcmp(name, ".") || !strcmp(name, ".."))
                return WHITEOUT_BAD;
        memcpy(w->path, path, folder);
        w->path[folder] = 0;
        if (!w->opaque) {
                if (folder)
                        w->path[folder++] = '/';
                strcpy(w->path + folder, name);
        }
        return WHITEOUT_YES;
}

/* What this layer made stays, but a folder that it only said again loses what is older in it. */
static int hide(int at, const char *name, const void *arg)
{
        const struct inodes *made = arg;
        struct stat st;
        if (fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return errno == ENOENT ? 0 : -1;
        if (!inodes_has(made, st.st_ino))
                return tree_remove(at, name);
        if (!S_ISDIR(st.st_mode))
                return 0;
        int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        return fd < 0 ? -1 : tree_each(fd, hide, made);
}

int whiteout_apply(int root_fd, const struct whiteout *w, const struct inodes *made)
{
        char folder[4096];
        strcpy(folder, w->path);
        char *slash = strrchr(folder, '/'), *leaf = slash ? slash + 1 : folder;
        if (w->opaque) {
                int fd = root_open(root_fd, *w->path ? w->path : ".", O_RDONLY | O_DIRECTORY, 0);
                if (fd < 0)
                        return errno == ENOENT || errno == ENOTDIR ? 0 : -1;
                return tree_each(fd, hide, made);
        }
        if (slash)
                *slash = 0;
        AUTO_CLOSE int at = root_open(root_fd, slash ? folder : ".", O_PATH | O_DIRECTORY, 0);
        if (at < 0)
                return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? 0 : -1;
        return hide(at, leaf, made);
}
