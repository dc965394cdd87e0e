#include "hw/tree.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"
#include "hw/tar.h"

/* ---- the entries ---- */

static struct hw_entry *add_entry(struct hw_tree *t, const char *path)
{
        if (t->count == t->room) {
                t->room = t->room ? 2 * t->room : 256;
                t->entries = realloc(t->entries, t->room * sizeof *t->entries);
                if (!t->entries)
                        abort();
        }
        struct hw_entry *new = &t->entries[t->count++];
        *new = (struct hw_entry){ .path = format("%s", path) };
        return new;
}

static int by_path(const void *a, const void *b)
{
        const struct hw_entry *x = a, *y = b;
        int order = strcmp(x->path, y->path);
        /* What a file holds comes before its mere name. */
        return order ? order : x->folder - y->folder;
}

/* Sort the entries, and keep the first of each path. */
static void settle(struct hw_tree *t)
{
        size_t kept = 0;
        if (t->count)
                qsort(t->entries, t->count, sizeof *t->entries, by_path);
        for (size_t i = 0; i < t->count; i++) {
                if (kept && !strcmp(t->entries[kept - 1].path, t->entries[i].path)) {
                        free(t->entries[i].path);
                        free(t->entries[i].data);
                } else {
                        t->entries[kept++] = t->entries[i];
                }
        }
        t->count = kept;
}

/* The first entry whose path is not below `path`. */
static size_t lower_bound(const struct hw_tree *t, const char *path)
{
        size_t low = 0, high = t->count;
        while (low < high) {
                size_t middle = low + (high - low) / 2;
                if (strcmp(t->entries[middle].path, path) < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

static struct hw_entry *find_entry(const struct hw_tree *t, const char *path)
{
        size_t i = lower_bound(t, path);
        return i < t->count && !strcmp(t->entries[i].path, path) ? &t->entries[i] : NULL;
}

void hw_tree_put(struct hw_tree *t, const char *path, u8 *data, size_t size)
{
        for (size_t i = 0; i < t->count; i++)
                if (!strcmp(t->entries[i].path, path)) {
                        free(t->entries[i].data);
                        t->entries[i].data = data;
                        t->entries[i].size = size;
                        return;
                }
        struct hw_entry *new = add_entry(t, path);
        new->data = data;
        new->size = size;
}

/* ---- opening ---- */

int hw_tree_from_tar(struct hw_tree *t, const u8 *tar, size_t size, struct err *e)
{
        *t = (struct hw_tree){ .root_fd = -1 };
        struct hw_tar_file file;
        size_t at = 0;
        int more;
        while ((more = hw_tar_next(tar, size, &at, &file, e)) > 0) {
                struct hw_entry *new = add_entry(t, file.path);
                new->folder = file.folder;
                new->denied = !file.folder && !(file.mode & 0444);
                new->size = file.size;
                new->data = malloc(file.size + 1);
                if (!new->data)
                        abort();
                memcpy(new->data, file.data, file.size);
                new->data[file.size] = 0;
        }
        settle(t);
        if (more == 0 && t->count == 0)
                more = err_set(e, 2, "the tar file holds nothing");
        if (more < 0)
                hw_tree_close(t);
        return more;
}

static char *read_fd(int fd, size_t *size, size_t max)
{
        size_t room = 4096, n = 0;
        char *data = malloc(room + 1);
        if (!data)
                abort();
        for (;;) {
                ssize_t got = read(fd, data + n, room - n);
                if (got < 0 && errno == EINTR)
                        continue;
                if (got < 0 || n + (size_t)got > max) {
                        int saved = got < 0 ? errno : EFBIG;
                        free(data);
                        errno = saved;
                        return NULL;
                }
                n += (size_t)got;
                if (got == 0)
                        break;
                if (n == room) {
                        room *= 2;
                        data = realloc(data, room + 1);
                        if (!data)
                                abort();
                }
        }
        data[n] = 0;
        *size = n;
        return data;
}

int hw_tree_open(struct hw_tree *t, const char *path, struct err *e)
{
        *t = (struct hw_tree){ .root_fd = -1, .live = !path };
        AUTO_CLOSE int fd = open(path ? path : "/", O_RDONLY | O_CLOEXEC);
        struct stat st;
        if (fd < 0 || fstat(fd, &st) < 0)
                return err_set(e, 2, "cannot open %s: %s", path ? path : "/", strerror(errno));
        if (S_ISDIR(st.st_mode)) {
                t->root_fd = fd;
                fd = -1;
                int probe = t->live ? -1 : root_open(t->root_fd, "/", O_PATH, 0);
                int denied = probe < 0 ? errno : 0;
                close_fd_var(&probe);
                if (!t->live && denied == ENOSYS)
                        return err_set(
                                e, 2, "this kernel cannot keep the links of %s inside of it (openat2, Linux 5.6): give a tar file", path);
                return 0;
        }
        size_t size;
        bool readable = S_ISREG(st.st_mode) || S_ISFIFO(st.st_mode);
        AUTO_FREE char *tar = readable ? read_fd(fd, &size, HW_TAR_MAX) : NULL;
        if (!tar)
                return err_set(e, 2, "cannot read %s: %s", path, readable ? strerror(errno) : "neither a folder nor a file");
        struct err inner = { 0 };
        if (hw_tree_from_tar(t, (const u8 *)tar, size, &inner) < 0)
                return err_set(e, 2, "%s: %s", path, inner.text);
        return 0;
}

void hw_tree_close(struct hw_tree *t)
{
        close_fd_var(&t->root_fd);
        for (size_t i = 0; i < t->count; i++) {
                free(t->entries[i].path);
                free(t->entries[i].data);
        }
        free(t->entries);
        *t = (struct hw_tree){ .root_fd = -1 };
}

/* ---- reading ---- */

static int open_below(const struct hw_tree *t, const char *path, int flags)
{
        if (!t->live)
                return root_open(t->root_fd, path, flags | O_NONBLOCK, 0);
        return open(path, flags | O_CLOEXEC | O_NONBLOCK);
}

static char *read_below(const struct hw_tree *t, const char *path, size_t *size)
{
        AUTO_CLOSE int fd = open_below(t, path, O_RDONLY);
        struct stat st;
        if (fd < 0 || fstat(fd, &st) < 0)
                return NULL;
        if (!S_ISREG(st.st_mode)) {
                errno = ENOENT;
                return NULL;
        }
        /* A file without any right stands for one that the capture was not let to read; root could open it. */
        if (!t->live && !(st.st_mode & 0444)) {
                errno = EACCES;
                return NULL;
        }
        return read_fd(fd, size, HW_FILE_MAX);
}

static char *read_entry(const struct hw_tree *t, const char *path, size_t *size)
{
        const struct hw_entry *entry = find_entry(t, path);
        if (!entry || entry->folder || entry->denied) {
                errno = entry && entry->denied ? EACCES : ENOENT;
                return NULL;
        }
        char *copy = malloc(entry->size + 1);
        if (!copy)
                abort();
        memcpy(copy, entry->data, entry->size);
        copy[entry->size] = 0;
        *size = entry->size;
        return copy;
}

char *hw_tree_read(struct hw_tree *t, const char *path, size_t *size)
{
        char *data = t->root_fd < 0 ? read_entry(t, path, size) : read_below(t, path, size);
        int saved = errno;
        if (t->record && (data || errno == EACCES || errno == EPERM)) {
                struct hw_entry *entry = add_entry(t, path);
                entry->denied = !data;
                entry->size = data ? *size : 0;
                entry->data = malloc(entry->size + 1);
                if (!entry->data)
                        abort();
                memcpy(entry->data, data ? data : "", entry->size);
                entry->data[entry->size] = 0;
        }
        errno = saved == EPERM ? EACCES : saved;
        return data;
}

static char *trimmed(char *text)
{
        if (!text)
                return NULL;
        text[strcspn(text, "\n")] = 0;
        size_t n = strlen(text);
        while (n && isspace((u8)text[n - 1]))
                text[--n] = 0;
        size_t skip = strspn(text, " \t\r");
        memmove(text, text + skip, n - skip + 1);
        if (*text)
                return text;
        free(text);
        return NULL;
}

static char *vpath(const char *fmt, va_list *ap)
{
        char *path;
        if (vasprintf(&path, fmt, *ap) < 0)
                abort();
        return path;
}

char *hw_tree_line(struct hw_tree *t, const char *path, ...)
{
        va_list ap;
        va_start(ap, path);
        AUTO_FREE char *full = vpath(path, &ap);
        va_end(ap);
        size_t size;
        return trimmed(hw_tree_read(t, full, &size));
}

bool hw_parse_number(const char *text, u64 *value)
{
        char *end;
        errno = 0;
        if (!isdigit((u8)*text))
                return false;
        *value = strtoull(text, &end, text[0] == '0' && (text[1] | 0x20) == 'x' ? 16 : 10);
        static const char units[] = "KMG";
        const char *unit = *end ? strchr(units, toupper((u8)*end)) : NULL;
        if (unit) {
                int shift = 10 * (int)(unit - units + 1);
                if (*value >> (64 - shift))
                        return false;
                *value <<= shift;
                end++;
        }
        return errno == 0 && (*end == 0 || isspace((u8)*end));
}

bool hw_tree_number(struct hw_tree *t, u64 *value, const char *path, ...)
{
        va_list ap;
        va_start(ap, path);
        AUTO_FREE char *full = vpath(path, &ap);
        va_end(ap);
        AUTO_FREE char *line = hw_tree_line(t, "%s", full);
        return line && hw_parse_number(line, value);
}

bool hw_tree_exists(struct hw_tree *t, const char *path)
{
        bool found;
        if (t->root_fd < 0) {
                AUTO_FREE char *folder = format("%s/", path);
                size_t at = lower_bound(t, folder);
                found = find_entry(t, path) || (at < t->count && !strncmp(t->entries[at].path, folder, strlen(folder)));
        } else {
                AUTO_CLOSE int fd = open_below(t, path, O_PATH);
                found = fd >= 0;
        }
        if (found && t->record)
                add_entry(t, path)->folder = true;
        return found;
}

/* ---- folders ---- */

struct names {
        char **list;
        size_t count;
};

static void add_name(struct names *n, const char *name, size_t length)
{
        n->list = realloc(n->list, (n->count + 1) * sizeof *n->list);
        if (!n->list)
                abort();
        n->list[n->count++] = format("%.*s", (int)length, name);
}

static void names_below(const struct hw_tree *t, const char *path, struct names *n)
{
        int fd = open_below(t, path, O_RDONLY | O_DIRECTORY);
        DIR *dir = fd < 0 ? NULL : fdopendir(fd);
        if (!dir) {
                close_fd_var(&fd);
                return;
        }
        for (struct dirent *d; (d = readdir(dir)) != NULL;)
                if (strcmp(d->d_name, ".") && strcmp(d->d_name, ".."))
                        add_name(n, d->d_name, strlen(d->d_name));
        closedir(dir);
}

static void names_of_entries(const struct hw_tree *t, const char *path, struct names *n)
{
        AUTO_FREE char *folder = format("%s/", path);
        size_t length = strlen(folder);
        for (size_t i = lower_bound(t, folder); i < t->count && !strncmp(t->entries[i].path, folder, length); i++) {
                const char *name = t->entries[i].path + length;
                size_t end = strcspn(name, "/");
                if (end && !(n->count && strlen(n->list[n->count - 1]) == end && !strncmp(n->list[n->count - 1], name, end)))
                        add_name(n, name, end);
        }
}

/* Names with numbers in the order of the numbers: cpu2 before cpu10. */
static int by_name(const void *a, const void *b)
{
        return strverscmp(*(char *const *)a, *(char *const *)b);
}

static char **pack(const struct names *n)
{
        size_t bytes = (n->count + 1) * sizeof(char *);
        for (size_t i = 0; i < n->count; i++)
                bytes += strlen(n->list[i]) + 1;
        char **block = malloc(bytes);
        if (!block)
                abort();
        char *text = (char *)(block + n->count + 1);
        for (size_t i = 0; i < n->count; i++) {
                block[i] = text;
                text = stpcpy(text, n->list[i]) + 1;
        }
        block[n->count] = NULL;
        return block;
}

char **hw_tree_list(struct hw_tree *t, const char *path)
{
        struct names n = { 0 };
        if (t->root_fd < 0)
                names_of_entries(t, path, &n);
        else
                names_below(t, path, &n);
        if (n.count)
                qsort(n.list, n.count, sizeof *n.list, by_name);
        char **block = pack(&n);
        for (size_t i = 0; i < n.count; i++) {
                if (t->record) {
                        AUTO_FREE char *full = format("%s/%s", path, n.list[i]);
                        add_entry(t, full)->folder = true;
                }
                free(n.list[i]);
        }
        free(n.list);
        return block;
}

/* ---- writing ---- */

int hw_tree_write(struct hw_tree *t, int fd)
{
        settle(t);
        for (size_t i = 0; i < t->count; i++) {
                const struct hw_entry *entry = &t->entries[i];
                struct hw_tar_file file = { .folder = entry->folder,
                        .mode = entry->folder   ? 0755
                                : entry->denied ? 0
                                                : 0444,
                        .data = entry->data,
                        .size = entry->folder ? 0 : entry->size };
                if (strlen(entry->path) >= sizeof file.path) {
                        errno = ENAMETOOLONG;
                        return -1;
                }
                strcpy(file.path, entry->path);
                if (hw_tar_write(fd, &file) < 0)
                        return -1;
        }
        return hw_tar_end(fd);
}
