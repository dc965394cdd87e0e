#include "audit/target.h"

#include <dirent.h>
#include <elf.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/tree.h"
#include "base/util.h"

static const struct {
        const char *name, *glibc, *glibcxx, *cxxabi, *kernel;
        bool musl;
        const char *source;
} rows[] = {
#define TARGET(name, glibc, glibcxx, cxxabi, kernel, musl, source) { name, glibc, glibcxx, cxxabi, kernel, musl, source },
#include "audit/targets.def"
#undef TARGET
};

const struct target *target_find(const char *name)
{
        static struct target found;
        for (size_t i = 0; i < ARRAY_LEN(rows); i++)
                if (!strcasecmp(name, rows[i].name)) {
                        found = (struct target){
                                .name = rows[i].name,
                                .glibc = version_parse(rows[i].glibc),
                                .glibcxx = version_parse(rows[i].glibcxx),
                                .cxxabi = version_parse(rows[i].cxxabi),
                                .kernel = version_parse(rows[i].kernel),
                                .musl = rows[i].musl,
                                .source = rows[i].source,
                        };
                        return &found;
                }
        return NULL;
}

char *target_names(void)
{
        char *list = format("%s", rows[0].name);
        for (size_t i = 1; i < ARRAY_LEN(rows); i++) {
                char *longer = format("%s, %s", list, rows[i].name);
                free(list);
                list = longer;
        }
        return list;
}

/* ---- a root folder ---- */

static int by_name(const void *a, const void *b)
{
        return strcmp(*(char *const *)a, *(char *const *)b);
}

static void add_library(struct target *t, const char *name)
{
        t->libraries = realloc(t->libraries, (t->library_count + 1) * sizeof *t->libraries);
        if (!t->libraries)
                abort();
        t->libraries[t->library_count++] = format("%s", name);
}

static bool starts(const char *s, const char *prefix)
{
        return !strncmp(s, prefix, strlen(prefix));
}

/*
 * The highest version a library defines, found by its name in the string table: "GLIBC_2.36" stands there with its terminator. Private ones
 * have no number.
 */
static version highest(const char *data, size_t len, const char *prefix)
{
        version best = 0;
        size_t n = strlen(prefix);
        for (const char *p = data; (p = memmem(p, len - (size_t)(p - data), prefix, n)); p += n) {
                size_t rest = len - (size_t)(p + n - data), k = 0;
                while (k < rest && k < 20 && p[n + k] && strchr("0123456789.", p[n + k]))
                        k++;
                if (k == 0 || k >= rest || p[n + k])
                        continue;
                version v = version_parse(p + n);
                best = v > best ? v : best;
        }
        return best;
}

static void read_library(struct target *t, int root, const char *path, const char *base)
{
        AUTO_CLOSE int fd = openat(root, path, O_RDONLY | O_CLOEXEC);
        struct stat st;
        unsigned char head[20];
        if (fd < 0 || fstat(fd, &st) < 0 || st.st_size < 64 || st.st_size > 64 << 20 || pread(fd, head, sizeof head, 0) != sizeof head)
                return;
        if (memcmp(head, ELFMAG, SELFMAG) || head[18] != (EM_AARCH64 & 255) || head[19] != EM_AARCH64 >> 8)
                return;
        add_library(t, base);
        bool libc = !strcmp(base, "libc.so.6") || starts(base, "libc-2"), cxx = starts(base, "libstdc++.so.6");
        if (starts(base, "ld-musl-aarch64"))
                t->musl = true;
        if (!libc && !cxx)
                return;
        char *data = malloc((size_t)st.st_size);
        ssize_t n = data ? pread(fd, data, (size_t)st.st_size, 0) : -1;
        if (n > 0 && libc)
                t->glibc = highest(data, (size_t)n, "GLIBC_");
        if (n > 0 && cxx) {
                t->glibcxx = highest(data, (size_t)n, "GLIBCXX_");
                t->cxxabi = highest(data, (size_t)n, "CXXABI_");
        }
        free(data);
}

/* Links ("libfoo.so.1" -> "libfoo.so.1.2") are names that a loader finds, too. */
static void read_links(struct target *t, int root, const char *dir)
{
        int fd = openat(root, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *d = fd < 0 ? NULL : fdopendir(fd);
        for (struct dirent *e; d && (e = readdir(d));)
                if ((e->d_type == DT_LNK || e->d_type == DT_UNKNOWN) && strstr(e->d_name, ".so"))
                        add_library(t, e->d_name);
        if (d)
                closedir(d);
}

static bool in_library_folder(const char *path)
{
        static const char *const places[] = { "lib/", "lib64/", "usr/lib/", "usr/lib64/", "usr/local/lib/", "opt/" };
        for (size_t i = 0; i < ARRAY_LEN(places); i++)
                if (starts(path, places[i]))
                        return true;
        return false;
}

static void read_file(struct target *t, const struct tree *tree, const char *path, char **last_dir)
{
        const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
        if (!slash || !in_library_folder(path) || !strstr(base, ".so"))
                return;
        char *dir = format("%.*s", (int)(slash - path), path);
        if (!*last_dir || strcmp(*last_dir, dir)) {
                read_links(t, tree->fd, dir);
                free(*last_dir);
                *last_dir = dir;
        } else {
                free(dir);
        }
        read_library(t, tree->fd, path, base);
}

int target_of_sysroot(const char *dir, struct target *t, struct err *e)
{
        struct tree tree;
        char *last_dir = NULL;
        if (tree_read(dir, &tree, e) < 0)
                return -1;
        *t = (struct target){ .name = dir, .source = "its own libraries" };
        for (size_t i = 0; i < tree.count; i++)
                read_file(t, &tree, tree.files[i].path, &last_dir);
        free(last_dir);
        tree_free(&tree);
        if (!t->library_count)
                return err_set(e, 2, "%s has no arm64 libraries: it is not the root of an arm64 system", dir);
        qsort(t->libraries, t->library_count, sizeof *t->libraries, by_name);
        return 0;
}

void target_free(struct target *t)
{
        for (size_t i = 0; i < t->library_count; i++)
                free(t->libraries[i]);
        free(t->libraries);
        t->libraries = NULL;
        t->library_count = 0;
}

bool target_has_library(const struct target *t, const char *name)
{
        const char *base = strrchr(name, '/');
        const char *key = base ? base + 1 : name;
        return bsearch(&key, t->libraries, t->library_count, sizeof *t->libraries, by_name) != NULL;
}
