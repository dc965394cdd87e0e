#include "audit/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"

enum { DEPTH = 256 };

static bool left_out(const char *name)
{
        static const char *const names[] = { ".", "..", ".git", ".hg", ".svn" };
        for (size_t i = 0; i < ARRAY_LEN(names); i++)
                if (!strcmp(name, names[i]))
                        return true;
        return false;
}

static void complain(struct tree *t, const char *path, const char *why)
{
        t->unreadable = realloc(t->unreadable, (t->unreadable_count + 1) * sizeof *t->unreadable);
        if (!t->unreadable)
                abort();
        t->unreadable[t->unreadable_count++] = format("%s cannot be read: %s", path, why);
}

static void add(struct tree *t, char *path, const struct stat *st)
{
        if (!(t->count & (t->count - 1))) {
                t->files = realloc(t->files, (t->count ? t->count * 2 : 1) * sizeof *t->files);
                if (!t->files)
                        abort();
        }
        t->files[t->count++] = (struct tree_file){
                .path = path,
                .size = (u64)st->st_size,
                .device = st->st_dev,
                .inode = st->st_ino,
                .mtime_ns = st->st_mtim.tv_sec * 1000000000LL + st->st_mtim.tv_nsec,
                .ctime_ns = st->st_ctim.tv_sec * 1000000000LL + st->st_ctim.tv_nsec,
        };
        t->bytes += (u64)st->st_size;
}

static void read_folder(struct tree *t, int fd, const char *prefix, int depth)
{
        DIR *d = fdopendir(fd);
        if (!d) {
                complain(t, *prefix ? prefix : ".", strerror(errno));
                close(fd);
                return;
        }
        for (struct dirent *entry; (entry = readdir(d));) {
                struct stat st;
                if (left_out(entry->d_name) || (entry->d_type != DT_UNKNOWN && entry->d_type != DT_REG && entry->d_type != DT_DIR))
                        continue;
                if (fstatat(dirfd(d), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                        continue;
                char *path = format("%s%s%s", prefix, S_ISDIR(st.st_mode) ? entry->d_name : "", S_ISDIR(st.st_mode) ? "/" : entry->d_name);
                if (S_ISREG(st.st_mode)) {
                        add(t, path, &st);
                        continue;
                }
                int below = S_ISDIR(st.st_mode) && depth < DEPTH
                                    ? openat(dirfd(d), entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
                                    : -1;
                if (below >= 0)
                        read_folder(t, below, path, depth + 1);
                else if (S_ISDIR(st.st_mode))
                        complain(t, path, depth < DEPTH ? strerror(errno) : "too many folders below each other");
                free(path);
        }
        closedir(d);
}

static int by_path(const void *a, const void *b)
{
        return strcmp(((const struct tree_file *)a)->path, ((const struct tree_file *)b)->path);
}

int tree_read(const char *dir, struct tree *t, struct err *e)
{
        *t = (struct tree){ .fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) };
        if (t->fd < 0)
                return err_set(e, 2, "cannot be read: %s", strerror(errno));
        read_folder(t, openat(t->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), "", 0);
        if (t->count)
                qsort(t->files, t->count, sizeof *t->files, by_path);
        return 0;
}

void tree_free(struct tree *t)
{
        for (size_t i = 0; i < t->count; i++)
                free(t->files[i].path);
        for (size_t i = 0; i < t->unreadable_count; i++)
                free(t->unreadable[i]);
        free(t->files);
        free(t->unreadable);
        if (t->fd >= 0)
                close(t->fd);
}
