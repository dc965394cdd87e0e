#include "rootfs/make.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "binfmt/interpreter.h"
#include "binfmt/register.h"
#include "binfmt/sample.h"
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
static int pack_ext4(struct job *j, const char *tree, const char *result, struct err *e)
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
        int pid = job_start(argv, -1, -1, NULL, e);
        return pid < 0 ? -1 : job_wait(pid, "mke2fs", e);
}

/* What pours entries into where a form takes them from. */
typedef int pour_fn(struct job *j, const void *what, const struct import_to *to, struct err *e);

static int pour_tar(struct job *j, const char *result, pour_fn *pour, const void *what, struct err *e)
{
        AUTO_CLOSE int fd = open(result, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
        struct import_to to = { .fd = fd, .target = j->target };
        return fd < 0 ? err_set(e, 1, "cannot make %s: %s", result, strerror(errno)) : pour(j, what, &to, e);
}

static int pour_squashfs(struct job *j, const char *result, pour_fn *pour, const void *what, struct err *e)
{
        char *argv[] = { "tar2sqfs", "--quiet", "--compressor", "zstd", (char *)result, NULL };
        int lines[2];
        if (pipe2(lines, O_CLOEXEC) < 0)
                return err_set(e, 1, "cannot make a pipe: %s", strerror(errno));
        int pid = job_start(argv, lines[0], -1, NULL, e);
        close(lines[0]);
        struct import_to to = { .fd = lines[1], .target = "squashfs" };
        struct err first = { 0 }, second = { 0 };
        int bad = pid < 0 ? -1 : pour(j, what, &to, &first);
        close(lines[1]);
        int failed = pid < 0 ? -1 : job_wait(pid, "tar2sqfs", &second);
        if (pid < 0 || (!bad && !failed))
                return pid < 0 ? -1 : 0;
        /* When the reader of the pipe ended first, its reason is the reason. */
        *e = bad && !(failed && strstr(first.text, "Broken pipe")) && !strstr(second.text, "cannot find") ? first : second;
        return -1;
}

static int make_folder(const char *path, struct err *e)
{
        return mkdir(path, 0755) == 0 ? 0 : err_set(e, 1, "cannot make %s: %s", path, strerror(errno));
}

static int make_result(struct job *j, pour_fn *pour, const void *what, struct err *e)
{
        AUTO_FREE char *result = format("%s/" JOB_RESULT, j->work), *tree = format("%s/ext4-tree", j->work);
        struct import_to to = { .folder = result };
        switch (make_form(j->target)) {
        case MAKE_TAR: return pour_tar(j, result, pour, what, e);
        case MAKE_SQUASHFS: return pour_squashfs(j, result, pour, what, e);
        case MAKE_EXT4: to.folder = tree; return make_folder(tree, e) < 0 || pour(j, what, &to, e) < 0 ? -1 : pack_ext4(j, tree, result, e);
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

/* ---- create ---- */

static bool is_ubuntu(const char *suite)
{
        static const char *const suites[] = { "trusty", "xenial", "bionic", "focal", "jammy", "mantic", "noble", "oracular", "plucky",
                "questing", "resolute" };
        for (size_t i = 0; i < ARRAY_LEN(suites); i++)
                if (!strcmp(suite, suites[i]))
                        return true;
        return false;
}

const char *make_mirror(const char *suite, const char *arch)
{
        if (!is_ubuntu(suite))
                return "http://deb.debian.org/debian";
        bool main_archive = !strcmp(arch, "amd64") || !strcmp(arch, "i386");
        return main_archive ? "http://archive.ubuntu.com/ubuntu" : "http://ports.ubuntu.com/ubuntu-ports";
}

/* arm64 is registered by the job already; others are QEMU's. */
static int register_other(const char *arch, struct err *e)
{
        const struct arch *a = arch_find(arch);
        if (!strcmp(arch, "i386") || (a && a->runs != ARCH_QEMU))
                return 0;
        AUTO_FREE char *qemu = a ? interpreter_find(a, &(struct interpreter_places){ 0 }) : NULL;
        struct handler h;
        char flags[16];
        if (!qemu)
                return err_set(
                        e, 1, "crossarm itself runs arm64 only, and there is no static QEMU for %s here; install qemu-user-static", arch);
        handler_make(&h, a, false, qemu, handler_flags("POCF", flags));
        return handler_put(BINFMT_DIR, &h, e);
}

/* mmdebstrap starts the tree's programs by chroot, which only a handler in the kernel makes possible. */
static int can_run(const char *arch, struct err *e)
{
        const struct arch *a = arch_find(arch);
        if (!a || sample_run(a, false).outcome == SAMPLE_WORKS)
                return 0;
        return err_set(e, 1,
                "cannot run %s programs here: this kernel has no binfmt_misc of a namespace's own (Linux 6.7); a handler of the whole "
                "machine will do, `crossarm binfmt install %s` as root",
                arch, a->name);
}

static int enough_ids(struct err *e)
{
        AUTO_FREE char *map = read_text(AT_FDCWD, "/proc/self/uid_map", 4096);
        unsigned long inside, outside, count, total = 0;
        int used;
        for (const char *at = map; at && sscanf(at, "%lu %lu %lu%n", &inside, &outside, &count, &used) == 3; at += used)
                total += count;
        if (total > 1000)
                return 0;
        return err_set(e, 1,
                "cannot make a tree with more than one user in it: this user has no range in /etc/subuid and /etc/subgid, or the "
                "package uidmap is missing; `usermod --add-subuids 100000-165535 --add-subgids 100000-165535 USER` as root gives one");
}

/* Its lines are news: what it is doing, and below that what apt and dpkg print, of which some can be counted. */
static void digest_line(struct job *j, const char *line, char phase[48], u64 *done, u64 *total)
{
        unsigned long n;
        if (!strncmp(line, "I: ", 3)) {
                snprintf(phase, 48, "%s", line + 3);
                *done = 0;
        }
        const char *newly = strstr(line, " newly installed");
        if (newly && sscanf(line, "%*u upgraded, %lu newly", &n) == 1)
                *total = n;
        if (!strncmp(line, "Setting up ", 11) || !strncmp(line, "Get:", 4))
                ++*done;
        job_tell(j, phase, *done, *done <= *total ? *total : 0, line);
        job_line(j, line);
}

static int follow(struct job *j, int errors)
{
        FILE *f = fdopen(errors, "r");
        char *line = NULL, phase[48] = "starting";
        size_t size = 0;
        u64 done = 0, total = 0;
        for (ssize_t n; f && (n = getline(&line, &size, f)) > 0;) {
                line[strcspn(line, "\r\n")] = 0;
                digest_line(j, line, phase, &done, &total);
        }
        free(line);
        return f ? fclose(f) : -1;
}

static int debootstrap(struct job *j, const struct create_plan *p, const char *tree, struct err *e)
{
        AUTO_FREE char *arch = format("--architectures=%s", p->arch), *variant = format("--variant=%s", p->variant),
                       *include = format("--include=%s", p->include ? p->include : ""),
                       *components = format("--components=%s", p->components ? p->components : "main"),
                       *keyring = format("--keyring=%s", p->keyring ? p->keyring : "");
        char *argv[16] = { "mmdebstrap", "--verbose", "--mode=root", "--format=directory", arch, variant, components };
        size_t n = 7;
        if (p->include)
                argv[n++] = include;
        if (p->keyring)
                argv[n++] = keyring;
        argv[n++] = (char *)p->suite;
        argv[n++] = (char *)tree;
        argv[n++] = (char *)(p->mirror ? p->mirror : make_mirror(p->suite, p->arch));
        setenv("TMPDIR", j->work, 1);
        setenv("PATH", "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin", 1);
        int errors = -1, pid = job_start(argv, -1, -1, &errors, e);
        if (pid < 0)
                return -1;
        follow(j, errors);
        return job_wait(pid, "mmdebstrap", e);
}

static int pour_folder(struct job *j, const void *what, const struct import_to *to, struct err *e)
{
        return source_folder(j, what, "", to, e);
}

int make_create(struct job *j, struct err *e)
{
        const struct create_plan *p = j->plan;
        AUTO_FREE char *tree = format("%s/made", j->work), *result = format("%s/" JOB_RESULT, j->work);
        if (enough_ids(e) < 0 || register_other(p->arch, e) < 0 || can_run(p->arch, e) < 0 || debootstrap(j, p, tree, e) < 0)
                return -1;
        switch (make_form(j->target)) {
        case MAKE_FOLDER: return rename(tree, result) == 0 ? 0 : err_set(e, 1, "cannot rename %s: %s", tree, strerror(errno));
        case MAKE_EXT4: return pack_ext4(j, tree, result, e);
        default: return make_result(j, pour_folder, tree, e);
        }
}
