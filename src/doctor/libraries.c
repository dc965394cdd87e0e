#include "doctor/libraries.h"

#include <ctype.h>
#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"
#include "box/probe.h"

enum { HEADERS_MAX = 512, DYNAMIC_MAX = 4096, STRINGS_MAX = 1 << 20, LIBRARIES_MAX = 1024, PLACES_MAX = 256 };

/* What one file says. Texts point into `strings`. */
struct dynamic {
        char *strings;
        u64 size;
        const char *needed[LIBRARIES_MAX], *rpath, *runpath;
        size_t count;
};

struct job {
        const struct library_search *s;
        char *seen[LIBRARIES_MAX]; /* names of libraries that were found */
        char *by[LIBRARIES_MAX];   /* and their paths */
        size_t seen_count;
        char *places[PLACES_MAX]; /* folders to look in */
        size_t place_count;
};

/* ---- one file ---- */

static bool read_at(int fd, void *to, size_t len, u64 at)
{
        return at < INT64_MAX && pread(fd, to, len, (off_t)at) == (ssize_t)len;
}

/* Where an address is in the file; UINT64_MAX when nowhere. */
static u64 offset_of(const Elf64_Phdr *p, u32 count, u64 address)
{
        for (u32 i = 0; i < count; i++)
                if (p[i].p_type == PT_LOAD && address >= p[i].p_vaddr && address - p[i].p_vaddr < p[i].p_filesz)
                        return p[i].p_offset + (address - p[i].p_vaddr);
        return UINT64_MAX;
}

static u64 value_of(const Elf64_Dyn *d, size_t count, i64 tag)
{
        for (size_t i = 0; i < count && d[i].d_tag != DT_NULL; i++)
                if (d[i].d_tag == tag)
                        return d[i].d_un.d_val;
        return UINT64_MAX;
}

static const char *text_at(const struct dynamic *d, u64 at)
{
        return at < d->size ? d->strings + at : NULL;
}

/* False when there is nothing dynamic in it, or it contradicts itself. */
static bool dynamic_read(int fd, struct dynamic *d)
{
        Elf64_Ehdr e;
        Elf64_Phdr p[HEADERS_MAX];
        AUTO_FREE Elf64_Dyn *list = calloc(DYNAMIC_MAX, sizeof *list);
        u32 at = 0;
        *d = (struct dynamic){ 0 };
        if (!list || !read_at(fd, &e, sizeof e, 0) || e.e_phentsize != sizeof *p || e.e_phnum > HEADERS_MAX ||
                !read_at(fd, p, e.e_phnum * sizeof *p, e.e_phoff))
                return false;
        while (at < e.e_phnum && p[at].p_type != PT_DYNAMIC)
                at++;
        size_t count = at < e.e_phnum ? p[at].p_filesz / sizeof *list : 0;
        if (!count || count > DYNAMIC_MAX || !read_at(fd, list, count * sizeof *list, p[at].p_offset))
                return false;
        u64 strings = offset_of(p, e.e_phnum, value_of(list, count, DT_STRTAB)), size = value_of(list, count, DT_STRSZ);
        if (size > STRINGS_MAX || !(d->strings = calloc(size + 1, 1)) || !read_at(fd, d->strings, size, strings))
                return false;
        d->size = size;
        d->rpath = text_at(d, value_of(list, count, DT_RPATH));
        d->runpath = text_at(d, value_of(list, count, DT_RUNPATH));
        for (size_t i = 0; i < count && list[i].d_tag != DT_NULL && d->count < LIBRARIES_MAX; i++)
                if (list[i].d_tag == DT_NEEDED && (d->needed[d->count] = text_at(d, list[i].d_un.d_val)))
                        d->count++;
        return true;
}

/* ---- where to look ---- */

static void add_place(struct job *j, const char *folder)
{
        for (size_t i = 0; i < j->place_count; i++)
                if (!strcmp(j->places[i], folder))
                        return;
        if (j->place_count < PLACES_MAX)
                j->places[j->place_count++] = format("%s", folder);
}

/* Folders with colons between, and $ORIGIN for that of the file that names them. */
static void add_path(struct job *j, const char *path, const char *origin)
{
        static const char *const words[] = { "$ORIGIN", "${ORIGIN}" };
        for (; path && *path; path += *path == ':') {
                size_t len = strcspn(path, ":");
                AUTO_FREE char *folder = format("%.*s", (int)len, path);
                for (size_t i = 0; i < ARRAY_LEN(words); i++)
                        if (!strncmp(folder, words[i], strlen(words[i]))) {
                                char *whole = format("%s%s", origin, folder + strlen(words[i]));
                                free(folder);
                                folder = whole;
                        }
                if (*folder == '/')
                        add_place(j, folder);
                path += len;
        }
}

/* A file of the loader's configuration: glibc's has a folder on each line, musl's also colons between. */
static void add_configuration(struct job *j, const char *name)
{
        AUTO_CLOSE int fd = root_open(j->s->root, name, O_RDONLY | O_NONBLOCK, 0);
        struct fd_path at = fd_path(fd);
        AUTO_FREE char *text = fd < 0 ? NULL : read_text(AT_FDCWD, at.text, 1 << 16);
        for (char *save = NULL, *line = text ? strtok_r(text, "\n", &save) : NULL; line; line = strtok_r(NULL, "\n", &save)) {
                line += strspn(line, " \t");
                line[strcspn(line, " \t#")] = 0;
                add_path(j, line, "");
        }
}

static void add_usual_places(struct job *j)
{
        static const char *const above[] = { "/lib", "/usr/lib", "/lib64", "/usr/lib64", "/usr/local/lib" };
        int conf = root_open(j->s->root, "/etc/ld.so.conf.d", O_RDONLY | O_DIRECTORY, 0);
        DIR *dir = conf < 0 ? NULL : fdopendir(conf);
        for (size_t i = 0; i < ARRAY_LEN(above); i++) {
                AUTO_FREE char *own = format("%s/%s", above[i], j->s->triplet);
                add_place(j, own);
                add_place(j, above[i]);
        }
        add_configuration(j, "/etc/ld.so.conf");
        add_configuration(j, "/etc/ld-musl-aarch64.path");
        for (struct dirent *d; dir && (d = readdir(dir));) {
                AUTO_FREE char *name = format("/etc/ld.so.conf.d/%s", d->d_name);
                add_configuration(j, name);
        }
        if (dir)
                closedir(dir);
}

/* Open, when it is a library of that machine. */
static int open_library(const struct library_search *s, int root, const char *path)
{
        struct program p;
        int fd = root_open(root, path, O_RDONLY | O_NONBLOCK, 0);
        if (fd >= 0 && probe_program(fd, &p) == 0 && p.machine == s->machine)
                return fd;
        close_fd_var(&fd);
        return -1;
}

/* Its descriptor and path (malloced), or -1. */
static int find_library(const struct job *j, const char *name, char **path)
{
        const int roots[] = { j->s->root, j->s->fallback };
        bool whole = strchr(name, '/');
        for (size_t i = 0; i < (whole ? 1 : j->place_count); i++) {
                *path = whole ? format("%s", name) : format("%s/%s", j->places[i], name);
                for (size_t r = 0; r < ARRAY_LEN(roots) && roots[r] >= 0; r++) {
                        int fd = open_library(j->s, roots[r], *path);
                        if (fd >= 0)
                                return fd;
                }
                free(*path);
        }
        *path = NULL;
        return -1;
}

/* ---- all of them ---- */

static bool was_seen(const struct job *j, const char *name)
{
        for (size_t i = 0; i < j->seen_count; i++)
                if (!strcmp(j->seen[i], name))
                        return true;
        return false;
}

/* What the file at fd needs; true when one of that is missing. */
static bool look_at(struct job *j, int fd, const char *file, struct library_missing *out)
{
        struct dynamic d;
        bool missing = false;
        AUTO_FREE char *origin = format("%.*s", file && strrchr(file, '/') ? (int)(strrchr(file, '/') - file) : 0, file ? file : "");
        if (dynamic_read(fd, &d)) {
                add_path(j, d.rpath, file ? origin : j->s->directory);
                add_path(j, d.runpath, file ? origin : j->s->directory);
        }
        if (!file)
                add_usual_places(j);
        for (size_t i = 0; !missing && i < d.count && j->seen_count < LIBRARIES_MAX; i++) {
                char *path = NULL;
                if (was_seen(j, d.needed[i]))
                        continue;
                AUTO_CLOSE int library = find_library(j, d.needed[i], &path);
                missing = library < 0;
                if (missing) {
                        snprintf(out->name, sizeof out->name, "%s", d.needed[i]);
                        snprintf(out->wanted_by, sizeof out->wanted_by, "%s", file ? file : "");
                        break;
                }
                j->seen[j->seen_count] = format("%s", d.needed[i]);
                j->by[j->seen_count++] = path;
        }
        free(d.strings);
        return missing;
}

bool library_look(const struct library_search *s, int fd, struct library_missing *out)
{
        struct job *j = calloc(1, sizeof *j);
        if (!j)
                abort();
        j->s = s;
        bool missing = look_at(j, fd, NULL, out);
        for (size_t i = 0; !missing && i < j->seen_count; i++) {
                AUTO_FREE char *again = NULL;
                AUTO_CLOSE int library = find_library(j, j->seen[i], &again);
                missing = library >= 0 && look_at(j, library, j->by[i], out);
        }
        for (size_t i = 0; i < j->seen_count; i++) {
                free(j->seen[i]);
                free(j->by[i]);
        }
        for (size_t i = 0; i < j->place_count; i++)
                free(j->places[i]);
        free(j);
        return missing;
}

char *library_debian(const char *name)
{
        static const struct {
                const char *name, *package;
        } others[] = {
                { "libcrypto.so.1.1", "libssl1.1" },
                { "libcrypto.so.3", "libssl3" },
                { "libdl.so.2", "libc6" },
                { "libgio-2.0.so.0", "libglib2.0-0" },
                { "libglib-2.0.so.0", "libglib2.0-0" },
                { "libgobject-2.0.so.0", "libglib2.0-0" },
                { "libm.so.6", "libc6" },
                { "libpthread.so.0", "libc6" },
                { "libresolv.so.2", "libc6" },
                { "librt.so.1", "libc6" },
                { "libxml2.so.2", "libxml2" },
                { "libz.so.1", "zlib1g" },
        };
        for (size_t i = 0; i < ARRAY_LEN(others); i++)
                if (!strcmp(name, others[i].name))
                        return format("%s", others[i].package);
        const char *so = strstr(name, ".so.");
        if (!so || so == name || strchr(name, '/'))
                return NULL;
        char *package = format("%.*s%s%s", (int)(so - name), name, isdigit((unsigned char)so[-1]) ? "-" : "", so + 4);
        for (char *c = package; *c; c++)
                *c = *c == '_' ? '-' : (char)tolower((unsigned char)*c);
        return package;
}
