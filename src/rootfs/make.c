#include "rootfs/make.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"

enum make_form make_form(const char *target)
{
        static const struct {
                const char *ending;
                enum make_form form;
        } endings[] = { { ".tar", MAKE_TAR }, { ".tar.gz", MAKE_TAR }, { ".tgz", MAKE_TAR }, { ".tar.xz", MAKE_TAR }, { ".txz", MAKE_TAR },
                { ".tar.zst", MAKE_TAR }, { ".tzst", MAKE_TAR }, { ".squashfs", MAKE_SQUASHFS }, { ".sqfs", MAKE_SQUASHFS },
                { ".ext4", MAKE_EXT4 } };
        size_t n = strlen(target);
        for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
                size_t k = strlen(endings[i].ending);
                if (n > k && !strcmp(target + n - k, endings[i].ending))
                        return endings[i].form;
        }
        return MAKE_FOLDER;
}

/* ---- from a tree to a file ---- */

/* For ftw(3), which has no argument to pass on: this process makes one file system. */
static u64 tree_bytes, tree_files;

static int count_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
        tree_bytes += ((u64)st->st_size + 4095) / 4096 * 4096;
        tree_files++;
        return 0;
}

/* Room for the content, a tenth more, and what a small file system needs for itself. */
int make_ext4(struct job *j, const char *tree, const char *result, struct err *e)
{
        tree_bytes = tree_files = 0;
        if (nftw(tree, count_one, 64, FTW_PHYS | FTW_MOUNT) < 0)
                return err_set(e, 1, "cannot read %s: %s", tree, strerror(errno));
        u64 inodes = tree_files + tree_files / 4 + 4096, bytes = tree_bytes + tree_bytes / 10 + inodes * 512 + (64 << 20);
        AUTO_FREE char *size = format("%luk", bytes / 1024), *count = format("%lu", inodes);
        char *argv[] = { "mke2fs", "-q", "-F", "-t", "ext4", "-m", "0", "-L", "rootfs", "-N", count, "-d", (char *)tree, (char *)result,
                size, NULL };
        job_tell(j, "making the file system", 0, 0, "");
        setenv("PATH", "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin", 1);
        struct job_program p;
        return job_start(argv, -1, -1, false, &p, e) < 0 ? -1 : job_wait(&p, e);
}

static int pour_tar(struct job *j, const char *result, make_pour_fn *pour, const void *what, struct err *e)
{
        AUTO_CLOSE int fd = open(result, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
        struct import_to to = { .fd = fd, .target = j->target };
        return fd < 0 ? err_set(e, 1, "cannot make %s: %s", result, strerror(errno)) : pour(j, what, &to, e);
}

static int pour_squashfs(struct job *j, const char *result, make_pour_fn *pour, const void *what, struct err *e)
{
        char *argv[] = { "tar2sqfs", "--quiet", "--compressor", "zstd", (char *)result, NULL };
        int lines[2];
        if (pipe2(lines, O_CLOEXEC) < 0)
                return err_set(e, 1, "cannot make a pipe: %s", strerror(errno));
        struct job_program p;
        int started = job_start(argv, lines[0], -1, false, &p, e);
        close(lines[0]);
        struct import_to to = { .fd = lines[1], .target = "squashfs" };
        struct err first = { 0 }, second = { 0 };
        int bad = started < 0 ? -1 : pour(j, what, &to, &first);
        close(lines[1]);
        int failed = started < 0 ? -1 : job_wait(&p, &second);
        if (started < 0 || (!bad && !failed))
                return started;
        /* When the reader of the pipe ended first, its reason is the reason. */
        *e = bad && !(failed && strstr(first.text, "Broken pipe")) && !strstr(second.text, "cannot find") ? first : second;
        return -1;
}

static int make_folder(const char *path, struct err *e)
{
        return mkdir(path, 0755) == 0 ? 0 : err_set(e, 1, "cannot make %s: %s", path, strerror(errno));
}

int make_result(struct job *j, make_pour_fn *pour, const void *what, struct err *e)
{
        AUTO_FREE char *result = format("%s/" JOB_RESULT, j->work), *tree = format("%s/ext4-tree", j->work);
        struct import_to to = { .folder = result };
        switch (make_form(j->target)) {
        case MAKE_TAR: return pour_tar(j, result, pour, what, e);
        case MAKE_SQUASHFS: return pour_squashfs(j, result, pour, what, e);
        case MAKE_EXT4: to.folder = tree; return make_folder(tree, e) < 0 || pour(j, what, &to, e) < 0 ? -1 : make_ext4(j, tree, result, e);
        default: return make_folder(result, e) < 0 ? -1 : pour(j, what, &to, e);
        }
}

/* ---- import ---- */

static int pour_import(struct job *j, const void *what, const struct import_to *to, struct err *e)
{
        return source_import(j, what, to, e);
}

int make_import(struct job *j, struct err *e)
{
        return make_result(j, pour_import, j->plan, e);
}
