#include "rootfs/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"

/* One stream of entries: from a tar at fd, or from an ext file system. */
struct stream {
        int fd;
        struct source_ext *ext; /* NULL: fd */
        const char *prefix, *name;
        u64 total;
        const struct import_to *to;
};

static int pour(struct job *j, void *arg, struct err *e)
{
        struct stream *m = arg;
        struct sink s;
        if ((m->to->folder ? sink_open_folder(&s, j, m->name, e) : sink_open_tar(&s, j, m->to->fd, m->to->target, m->name, e)) < 0)
                return -1;
        int bad = m->ext ? source_ext_copy(m->ext, &s, e) : source_tar(&s, m->fd, m->prefix, m->total, e);
        if (!bad)
                bad = sink_close(&s, e);
        sink_drop(&s);
        return bad;
}

/* The reader of outside bytes sees nothing of the machine: the folder is its root, or for a tar an empty one. */
static int pour_confined(struct job *j, struct stream *m, struct err *e)
{
        AUTO_FREE char *empty = format("%s/empty", j->work);
        if (!m->to->folder && mkdir(empty, 0755) < 0 && errno != EEXIST)
                return err_set(e, 1, "cannot make a folder in %s: %s", j->work, strerror(errno));
        return job_confined(j, m->to->folder ? m->to->folder : empty, pour, m, m->name, e);
}

/* Entries that a program writes as a tar. */
static int from_program(
        struct job *j, char *const *argv, int in, const char *name, const char *prefix, const struct import_to *to, struct err *e)
{
        int lines[2];
        if (pipe2(lines, O_CLOEXEC) < 0)
                return err_set(e, 1, "cannot make a pipe: %s", strerror(errno));
        struct job_program p;
        int started = job_start(argv, in, lines[1], false, &p, e);
        close(lines[1]);
        AUTO_CLOSE int from = lines[0];
        if (started < 0)
                return -1;
        struct stream m = { .fd = from, .prefix = prefix, .name = name, .to = to };
        struct err first = { 0 }, second = { 0 };
        int bad = pour_confined(j, &m, &first);
        close_fd_var(&from);
        from = -1;
        int failed = job_wait(&p, &second);
        if (!bad && !failed)
                return 0;
        /* A program that is not there leaves nothing to read: its absence is the better reason. */
        *e = !failed || (bad && !strstr(second.text, "cannot find")) ? first : second;
        return -1;
}

int source_folder(struct job *j, const char *folder, const char *prefix, const struct import_to *to, struct err *e)
{
        char *argv[] = { "tar", "--create", "--file=-", "--format=pax", "--numeric-owner", "--xattrs", "--xattrs-include=*", "--acls",
                "--sparse", "--one-file-system", "--warning=no-file-ignored", "--directory", (char *)folder, ".", NULL };
        struct err why = { 0 };
        if (from_program(j, argv, -1, folder, prefix, to, &why) == 0)
                return 0;
        *e = why;
        return strstr(why.text, "Permission denied") ? err_set(e, 1, "%s; its owner, or root, can read all of it", why.text) : -1;
}

static int from_squashfs(struct job *j, const char *path, const char *name, const struct import_to *to, struct err *e)
{
        char *argv[] = { "sqfs2tar", (char *)path, NULL };
        return from_program(j, argv, -1, name, "", to, e);
}

static int from_ext(struct job *j, const char *path, u64 offset, const char *name, const struct import_to *to, struct err *e)
{
        struct source_ext *x = source_ext_open(path, offset, e);
        if (!x)
                return -1;
        struct stream m = { .ext = x, .name = name, .to = to };
        int bad = pour_confined(j, &m, e);
        source_ext_close(x);
        return bad;
}

/* A part of a file as a file of its own. */
static int cut_out(struct job *j, int fd, const struct source_part *p, const char *to, struct err *e)
{
        AUTO_CLOSE int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        loff_t at = (loff_t)p->offset;
        for (u64 left = p->size; out >= 0 && left;) {
                ssize_t n = copy_file_range(fd, &at, out, NULL, left < 1 << 26 ? left : 1 << 26, 0);
                if (n <= 0)
                        return err_set(e, 1, "cannot copy partition %d: %s", p->number, n ? strerror(errno) : "it ends early");
                left -= (u64)n;
                job_tell(j, "copying the partition", p->size - left, p->size, "");
        }
        return out < 0 ? err_set(e, 1, "cannot make %s: %s", to, strerror(errno)) : 0;
}

/* Where /etc/fstab of the tree wants a FAT partition; "boot/firmware/" or "boot/" when it does not say. Malloced, without the first slash.
 */
static char *boot_place(const char *folder)
{
        AUTO_CLOSE int root = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC), fd = root_open(root, "/etc/fstab", O_RDONLY, 0);
        struct fd_path at = fd_path(fd);
        AUTO_FREE char *text = fd < 0 ? NULL : read_text(AT_FDCWD, at.text, 1 << 16);
        for (char *save = NULL, *line = text ? strtok_r(text, "\n", &save) : NULL; line; line = strtok_r(NULL, "\n", &save)) {
                char place[256], type[32];
                if (*line != '#' && sscanf(line, "%*s /%250s %31s", place, type) == 2 && !strcmp(type, "vfat") && !strstr(place, ".."))
                        return format("%s/", place);
        }
        AUTO_CLOSE int firmware = root_open(root, "/boot/firmware", O_PATH | O_DIRECTORY, 0);
        return format(firmware >= 0 ? "boot/firmware/" : "boot/");
}

/* mtools copies the files out; into the tree they go like all others. */
static int add_boot(struct job *j, const char *path, const struct source_part *p, const struct import_to *to, struct err *e)
{
        AUTO_FREE char *boot = format("%s/boot", j->work), *image = format("%s@@%lu", path, p->offset);
        char *argv[] = { "mcopy", "-s", "-p", "-Q", "-n", "-m", "-i", image, "::*", boot, NULL };
        if (mkdir(boot, 0755) < 0)
                return err_set(e, 1, "cannot make %s: %s", boot, strerror(errno));
        job_tell(j, "unpacking the boot partition", 0, 0, "");
        struct job_program mcopy;
        struct err why = { 0 };
        if (job_start(argv, -1, -1, false, &mcopy, e) < 0)
                return -1;
        if (job_wait(&mcopy, &why) < 0)
                return err_set(e, 1, "cannot read the boot partition %d: %s; --no-boot leaves it out", p->number, why.text);
        AUTO_FREE char *prefix = boot_place(to->folder);
        return source_folder(j, boot, prefix, to, e);
}

static const struct source_part *root_part(const struct source_part *parts, int count, int wanted)
{
        const struct source_part *best = NULL;
        for (int i = 0; i < count; i++) {
                bool can = parts[i].kind == SOURCE_EXT || parts[i].kind == SOURCE_SQUASHFS;
                if (wanted ? parts[i].number == wanted : can && (!best || parts[i].size > best->size))
                        best = &parts[i];
        }
        return best;
}

static int from_disk_into(struct job *j, int fd, const char *path, const struct import_plan *plan, const struct source_part *parts,
        int count, const struct import_to *to, struct err *e)
{
        const char *name = plan->source;
        const struct source_part *root = root_part(parts, count, plan->partition), *boot = NULL;
        if (!root)
                return err_set(e, 1, "cannot find a root partition in %s: none of its %d partitions is an ext or squashfs file system%s",
                        name, count, plan->partition ? ", or has that number" : "");
        for (int i = count - 1; i >= 0; i--)
                if (parts[i].kind == SOURCE_FAT && !plan->no_boot)
                        boot = &parts[i];
        AUTO_FREE char *cut = format("%s/partition", j->work);
        int bad;
        if (root->kind == SOURCE_EXT)
                bad = from_ext(j, path, root->offset, name, to, e);
        else if (root->kind == SOURCE_SQUASHFS)
                bad = cut_out(j, fd, root, cut, e) < 0 || from_squashfs(j, cut, name, to, e) < 0;
        else
                bad = err_set(e, 1, "cannot read partition %d of %s: its file system is %s; ext2, 3, 4 and squashfs are known",
                        root->number, name, root->type[0] ? root->type : "unknown");
        return bad || !boot ? (bad ? -1 : 0) : add_boot(j, path, boot, to, e);
}

/* Two file systems make one tree: in a folder, and from there on. */
static int from_disk(struct job *j, int fd, const char *path, const struct import_plan *plan, const struct source_part *parts, int count,
        const struct import_to *to, struct err *e)
{
        if (to->folder)
                return from_disk_into(j, fd, path, plan, parts, count, to, e);
        AUTO_FREE char *tree = format("%s/tree", j->work);
        struct import_to between = { .folder = tree };
        if (mkdir(tree, 0755) < 0)
                return err_set(e, 1, "cannot make %s: %s", tree, strerror(errno));
        return from_disk_into(j, fd, path, plan, parts, count, &between, e) < 0 ? -1 : source_folder(j, tree, "", to, e);
}

/* ---- compressed images ---- */

static bool all_zero(const char *p, size_t n)
{
        return n && !p[0] && !memcmp(p, p + 1, n - 1);
}

static int write_sparse(int fd, const char *data, size_t len, u64 at)
{
        for (size_t done = 0; done < len;) {
                size_t piece = len - done < 65536 ? len - done : 65536;
                if (!all_zero(data + done, piece) && pwrite(fd, data + done, piece, (off_t)(at + done)) != (ssize_t)piece)
                        return -1;
                done += piece;
        }
        return 0;
}

/* The one member of an open archive as a file with holes. */
static int expand(struct job *j, struct archive *a, int out, const char *name, u64 total, struct err *e)
{
        static char buffer[1 << 18];
        la_ssize_t n;
        u64 at = 0;
        while ((n = archive_read_data(a, buffer, sizeof buffer)) > 0) {
                if ((at += (u64)n) > j->left)
                        return err_set(e, 1, "%s is refused: it unpacks to more than is allowed; --max-size raises the limit", name);
                if (write_sparse(out, buffer, (size_t)n, at - (u64)n) < 0)
                        return err_set(e, 1, "cannot unpack %s: %s", name, strerror(errno));
                job_tell(j, "decompressing", (u64)archive_filter_bytes(a, -1), total, "");
        }
        if (n < 0)
                return err_set(e, 1, "cannot read %s: %s", name, archive_error_string(a));
        return ftruncate(out, (off_t)at) < 0 ? err_set(e, 1, "cannot unpack %s: %s", name, strerror(errno)) : 0;
}

struct expansion {
        int in, out;
        const char *name;
        u64 total;
        bool is_tar;
};

/* Either it is a tar (nothing is written then), or what is compressed in it goes to `out`. */
static int look_inside(struct job *j, void *arg, struct err *e)
{
        struct expansion *x = arg;
        struct archive *a = archive_read_new();
        struct archive_entry *entry;
        if (!a)
                return err_set(e, 1, "out of memory");
        archive_read_support_filter_gzip(a);
        archive_read_support_filter_bzip2(a);
        archive_read_support_filter_xz(a);
        archive_read_support_filter_zstd(a);
        archive_read_support_filter_lz4(a);
        archive_read_support_format_tar(a);
        archive_read_support_format_zip(a);
        archive_read_support_format_raw(a);
        int bad =
                archive_read_open_fd(a, x->in, 1 << 17) == ARCHIVE_OK && archive_read_next_header(a, &entry) >= ARCHIVE_WARN
                        ? 0
                        : err_set(e, 1, "cannot read %s: %s", x->name, archive_error_string(a) ? archive_error_string(a) : "it is damaged");
        bool tar = !bad && (archive_format(a) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_TAR;
        bool plain = !bad && archive_format(a) == ARCHIVE_FORMAT_RAW && archive_filter_count(a) <= 1;
        if (plain)
                bad = err_set(e, 1, "%s is neither a tar nor a file system nor a disk image that is known", x->name);
        else if (!bad && !tar)
                bad = expand(j, a, x->out, x->name, x->total, e);
        archive_read_free(a);
        return bad;
}

/* ---- what is it ---- */

static int from_file(
        struct job *j, int fd, const char *path, const struct import_plan *p, bool expanded, const struct import_to *to, struct err *e);

static int from_archive(struct job *j, int fd, const struct import_plan *p, const struct import_to *to, struct err *e)
{
        struct stat st;
        AUTO_FREE char *image = format("%s/image", j->work), *empty = format("%s/empty", j->work);
        AUTO_CLOSE int out = open(image, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (out < 0 || (mkdir(empty, 0755) < 0 && errno != EEXIST) || fstat(fd, &st) < 0 || lseek(fd, 0, SEEK_SET) < 0)
                return err_set(e, 1, "cannot work in %s: %s", j->work, strerror(errno));
        struct expansion x = { .in = fd, .out = out, .name = p->source, .total = (u64)st.st_size };
        if (job_confined(j, empty, look_inside, &x, p->source, e) < 0)
                return -1;
        if (fstat(out, &st) == 0 && st.st_size)
                return from_file(j, out, image, p, true, to, e);
        struct stream m = { .fd = fd, .prefix = "", .name = p->source, .total = x.total, .to = to };
        return lseek(fd, 0, SEEK_SET) < 0 ? err_set(e, 1, "cannot read %s: %s", p->source, strerror(errno)) : pour_confined(j, &m, e);
}

static int from_file(
        struct job *j, int fd, const char *path, const struct import_plan *p, bool expanded, const struct import_to *to, struct err *e)
{
        struct source_part parts[SOURCE_PARTS_MAX];
        enum source_kind kind;
        char type[32];
        int count = source_probe(fd, &kind, parts, type);
        switch (kind) {
        case SOURCE_EXT: return from_ext(j, path, 0, p->source, to, e);
        case SOURCE_SQUASHFS: return from_squashfs(j, path, p->source, to, e);
        case SOURCE_DISK: return from_disk(j, fd, path, p, parts, count, to, e);
        case SOURCE_FAT:
        case SOURCE_OTHER_FS:
                return err_set(e, 1, "cannot read %s: its file system is %s; ext2, 3, 4 and squashfs are known", p->source, type);
        default: break;
        }
        return expanded ? err_set(e, 1, "%s holds neither a file system nor a disk image that is known", p->source)
                        : from_archive(j, fd, p, to, e);
}

int source_import(struct job *j, const struct import_plan *p, const struct import_to *to, struct err *e)
{
        AUTO_FREE char *path = realpath(p->source, NULL);
        AUTO_CLOSE int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
        struct stat st;
        if (fd < 0 || fstat(fd, &st) < 0)
                return err_set(e, 1, "cannot open %s: %s", p->source, strerror(errno));
        if (S_ISDIR(st.st_mode))
                return source_folder(j, path, "", to, e);
        if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))
                return err_set(e, 1, "cannot read %s: it is neither a folder nor a file nor a disk", p->source);
        return from_file(j, fd, path, p, false, to, e);
}
