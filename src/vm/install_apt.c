#include "vm/install_apt.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>

#include "base/out.h"
#include "base/util.h"

enum { MAX_WORDS = 24 };

/* ---- programs ---- */

/* Start it in `folder`; what it prints to standard output goes to `out`, or to standard error for -1. */
static pid_t start(char *const argv[], const char *folder, int out)
{
        pid_t child = fork();
        if (child)
                return child;
        dup2(out < 0 ? STDERR_FILENO : out, STDOUT_FILENO);
        setenv("LC_ALL", "C.UTF-8", 1);
        if (chdir(folder) == 0)
                execvp(argv[0], argv);
        _exit(127);
}

static int wait_for(pid_t child, const char *program, const char *doing, struct err *e)
{
        int status;
        if (child < 0)
                return err_set(e, 1, "cannot start %s: %s", program, strerror(errno));
        while (waitpid(child, &status, 0) < 0 && errno == EINTR)
                ;
        if (WIFEXITED(status) && !WEXITSTATUS(status))
                return 0;
        if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
                return err_set(e, 1, "%s needs %s, which is not here: install it (Debian: packages apt and dpkg)", doing, program);
        return err_set(e, 1, "%s failed: what %s said is above; look at --mirror, --suite and the network", doing, program);
}

/* ---- apt ---- */

static int write_file(const char *folder, const char *name, const char *text)
{
        AUTO_FREE char *path = format("%s/%s", folder, name);
        AUTO_CLOSE int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        return fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) ? 0 : -1;
}

static int make_place(const struct install_apt *a, struct err *e)
{
        static const char *const folders[] = { "state", "state/lists", "state/lists/partial", "cache", "cache/archives",
                "cache/archives/partial" };
        AUTO_FREE char *source = format("deb [signed-by=%s] %s %s main\n", a->keyring, a->mirror, a->suite);
        bool made = true;
        for (size_t i = 0; i < ARRAY_LEN(folders) && made; i++) {
                AUTO_FREE char *path = format("%s/%s", a->folder, folders[i]);
                made = mkdir(path, 0755) == 0 || errno == EEXIST;
        }
        if (made && write_file(a->folder, "sources.list", source) == 0 && write_file(a->folder, "state/status", "") == 0)
                return 0;
        return err_set(e, 1, "cannot write in %s: %s", a->folder, strerror(errno));
}

/* apt-get WORD [PACKAGE] with everything in the folder. */
static int apt_get(const struct install_apt *a, const char *word, const char *package, const char *doing, struct err *e)
{
        AUTO_FREE char *state = format("Dir::State=%s/state", a->folder), *cache = format("Dir::Cache=%s/cache", a->folder);
        AUTO_FREE char *list = format("Dir::Etc::sourcelist=%s/sources.list", a->folder);
        AUTO_FREE char *status = format("Dir::State::status=%s/state/status", a->folder), *arch = format("APT::Architecture=%s", a->arch);
        AUTO_FREE char *archs = format("APT::Architectures=%s", a->arch);
        char *argv[MAX_WORDS] = { "apt-get", "-o", state, "-o", cache, "-o", list, "-o", "Dir::Etc::sourceparts=/dev/null", "-o", status,
                "-o", arch, "-o", archs, "-o", "APT::Sandbox::User=root", (char *)word, (char *)package, NULL };
        return wait_for(start(argv, a->folder, -1), "apt-get", doing, e);
}

int install_apt_update(const struct install_apt *a, struct err *e)
{
        if (access(a->keyring, R_OK))
                return err_set(e, 1, "there are no keys of the archive at %s: install debian-archive-keyring", a->keyring);
        return make_place(a, e) < 0 ? -1 : apt_get(a, "update", NULL, "fetching the list of packages", e);
}

char *install_apt_download(const struct install_apt *a, const char *package, struct err *e)
{
        AUTO_FREE char *doing = format("fetching %s", package), *pattern = format("%s/%s_*.deb", a->folder, package);
        if (apt_get(a, "download", package, doing, e) < 0)
                return NULL;
        glob_t found = { 0 };
        char *path = glob(pattern, 0, NULL, &found) == 0 ? format("%s", found.gl_pathv[0]) : NULL;
        globfree(&found);
        if (!path)
                err_set(e, 1, "apt-get download left no file for %s", package);
        return path;
}

/* ---- packages ---- */

static int take_entry(struct archive *a, struct archive_entry *entry, const char *path, u64 max,
        int (*take)(void *to, const char *path, const u8 *data, size_t len), void *to, struct err *e)
{
        u64 size = (u64)archive_entry_size(entry);
        if (size > max)
                return 0;
        AUTO_FREE u8 *data = malloc(size + 1);
        check(data);
        for (u64 have = 0; have < size;) {
                la_ssize_t n = archive_read_data(a, data + have, size - have);
                if (n <= 0)
                        return err_set(
                                e, 1, "a package is damaged: %s", archive_error_string(a) ? archive_error_string(a) : "it ends too early");
                have += (u64)n;
        }
        return take(to, path, data, size);
}

static int read_files(int fd, u64 max, int (*take)(void *to, const char *path, const u8 *data, size_t len), bool (*want)(const char *path),
        void *to, struct err *e)
{
        struct archive *a = archive_read_new();
        struct archive_entry *entry;
        check(a);
        archive_read_support_format_tar(a);
        int status = archive_read_open_fd(a, fd, 65536) == ARCHIVE_OK ? 0 : err_set(e, 1, "a package cannot be read");
        while (!status && archive_read_next_header(a, &entry) == ARCHIVE_OK) {
                const char *path = archive_entry_pathname(entry);
                path = path ? path + (!strncmp(path, "./", 2) ? 2 : 0) : "";
                if (archive_entry_filetype(entry) == AE_IFREG && want(path))
                        status = take_entry(a, entry, path, max, take, to, e);
        }
        archive_read_free(a);
        return status;
}

int install_deb_files(const char *deb, u64 max, int (*take)(void *to, const char *path, const u8 *data, size_t len),
        bool (*want)(const char *path), void *to, struct err *e)
{
        char *argv[] = { "dpkg-deb", "--fsys-tarfile", (char *)deb, NULL };
        int ends[2];
        struct err other;
        if (pipe2(ends, O_CLOEXEC) < 0)
                return err_set(e, 1, "cannot make a pipe: %s", strerror(errno));
        pid_t child = start(argv, "/", ends[1]);
        close(ends[1]);
        int status = read_files(ends[0], max, take, want, to, e);
        close(ends[0]);
        int failed = wait_for(child, "dpkg-deb", "unpacking a package", status ? &other : e);
        return status ? status : failed;
}
