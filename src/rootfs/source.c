#include "rootfs/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"
#include "fs/qcow2.h"
#include "fs/squashfs.h"

/* One stream of entries: from a tar at fd, or from a file system. */
struct stream {
        int fd;
        struct volume *volume; /* NULL: fd */
        enum source_kind kind; /* of the volume */
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
        s.prefix = m->prefix;
        int bad = m->volume ? source_fs(&s, m->volume, m->kind, e) : source_tar(&s, m->fd, m->total, e);
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
static int from_program(struct job *j, char *const *argv, const char *name, const struct import_to *to, struct err *e)
{
        int lines[2];
        if (pipe2(lines, O_CLOEXEC) < 0)
                return err_set(e, 1, "cannot make a pipe: %s", strerror(errno));
        struct job_program p;
        int started = job_start(argv, -1, lines[1], false, &p, e);
        close(lines[1]);
        AUTO_CLOSE int from = lines[0];
        if (started < 0)
                return -1;
        struct stream m = { .fd = from, .name = name, .to = to };
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

int source_folder(struct job *j, const char *folder, const struct import_to *to, struct err *e)
{
        char *argv[] = { "tar", "--create", "--file=-", "--format=pax", "--numeric-owner", "--xattrs", "--xattrs-include=*", "--acls",
                "--sparse", "--one-file-system", "--warning=no-file-ignored", "--directory", (char *)folder, ".", NULL };
        struct err why = { 0 };
        if (from_program(j, argv, folder, to, &why) == 0)
                return 0;
        *e = why;
        return strstr(why.text, "Permission denied") ? err_set(e, 1, "%s; its owner, or root, can read all of it", why.text) : -1;
}

static int from_fs(struct job *j, struct volume *v, enum source_kind kind, const char *prefix, const char *name, const struct import_to *to,
        struct err *e)
{
        struct stream m = { .volume = v, .kind = kind, .prefix = prefix, .name = name, .to = to };
        return pour_confined(j, &m, e);
}

/* ---- squashfs: sqfs2tar wants a file ---- */

struct copying {
        struct volume *volume;
        u64 size;
        int out;
};

static int copy_volume(struct job *j, void *arg, struct err *e)
{
        static char buffer[1 << 18];
        struct copying *c = arg;
        for (u64 at = 0, piece; at < c->size; at += piece) {
                piece = c->size - at < sizeof buffer ? c->size - at : sizeof buffer;
                if (volume_read(c->volume, at, buffer, piece, e) < 0)
                        return -1;
                if (write_sparse(c->out, buffer, piece, at) < 0)
                        return err_set(e, 1, "cannot copy the squashfs file system: %s", strerror(errno));
                job_tell(j, "copying the squashfs file system", at, c->size, "");
        }
        return ftruncate(c->out, (off_t)c->size) < 0 ? err_set(e, 1, "cannot copy the squashfs file system: %s", strerror(errno)) : 0;
}

/* The volume as a file of its own, as far as its file system says that it goes. */
static int copy_out(struct job *j, struct volume *v, const char *to, const char *name, struct err *e)
{
        u64 used = squashfs_bytes(v);
        struct copying c = { .volume = v, .size = used < v->size ? used : v->size };
        AUTO_FREE char *empty = format("%s/empty", j->work);
        AUTO_CLOSE int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (out < 0 || (mkdir(empty, 0755) < 0 && errno != EEXIST))
                return err_set(e, 1, "cannot work in %s: %s", j->work, strerror(errno));
        if (c.size > j->left)
                return err_set(e, 1, "%s is refused: its file system is larger than is allowed; --max-size raises the limit", name);
        c.out = out;
        return job_confined(j, empty, copy_volume, &c, name, e);
}

/* path: NULL when the volume is not all of a file */
static int from_squashfs(struct job *j, struct volume *v, const char *path, const char *name, const struct import_to *to, struct err *e)
{
        AUTO_FREE char *copy = format("%s/squashfs", j->work);
        char *argv[] = { "sqfs2tar", (char *)(path ? path : copy), NULL };
        if (!path && copy_out(j, v, copy, name, e) < 0)
                return -1;
        int bad = from_program(j, argv, name, to, e);
        unlink(copy);
        return bad;
}

/* ---- disks ---- */

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

static int add_boot(
        struct job *j, struct volume *disk, const struct source_part *p, const char *name, const struct import_to *to, struct err *e)
{
        struct err why;
        struct volume *part = volume_part(disk, p->where.at, p->where.size);
        AUTO_FREE char *prefix = boot_place(to->folder);
        int bad = from_fs(j, part, SOURCE_FAT, prefix, name, to, &why);
        volume_close(part);
        return bad ? err_set(e, 1, "cannot read the boot partition %u: %s; --no-boot leaves it out", p->where.number, why.text) : 0;
}

static const struct source_part *root_part(const struct source_part *parts, int count, u32 wanted)
{
        const struct source_part *best = NULL;
        for (int i = 0; i < count; i++) {
                bool can = parts[i].kind == SOURCE_EXT || parts[i].kind == SOURCE_SQUASHFS;
                if (wanted ? parts[i].where.number == wanted : can && (!best || parts[i].where.size > best->where.size))
                        best = &parts[i];
        }
        return best;
}

static int add_root(
        struct job *j, struct volume *disk, const struct source_part *p, const char *name, const struct import_to *to, struct err *e)
{
        struct volume *part = volume_part(disk, p->where.at, p->where.size);
        int bad;
        if (p->kind == SOURCE_EXT)
                bad = from_fs(j, part, p->kind, NULL, name, to, e);
        else if (p->kind == SOURCE_SQUASHFS)
                bad = from_squashfs(j, part, NULL, name, to, e);
        else
                bad = err_set(e, 1, "cannot read partition %u of %s: it holds %s; ext2, 3, 4 and squashfs are known", p->where.number, name,
                        p->name ? p->name : "nothing that is known");
        volume_close(part);
        return bad;
}

static int from_disk_into(struct job *j, struct volume *disk, const struct import_plan *plan, const struct source_part *parts, int count,
        const struct import_to *to, struct err *e)
{
        const char *name = plan->source;
        const struct source_part *root = root_part(parts, count, (u32)plan->partition), *boot = NULL;
        if (!root)
                return err_set(e, 1, "cannot find a root partition in %s: none of its %d partitions is an ext or squashfs file system%s",
                        name, count, plan->partition ? ", or has that number" : "");
        for (int i = count - 1; i >= 0; i--)
                if (parts[i].kind == SOURCE_FAT && !plan->no_boot)
                        boot = &parts[i];
        int bad = add_root(j, disk, root, name, to, e);
        return bad || !boot ? bad : add_boot(j, disk, boot, name, to, e);
}

/* Two file systems make one tree: in a folder, and from there on. */
static int from_disk(struct job *j, struct volume *disk, const struct import_plan *plan, const struct source_part *parts, int count,
        const struct import_to *to, struct err *e)
{
        if (to->folder)
                return from_disk_into(j, disk, plan, parts, count, to, e);
        AUTO_FREE char *tree = format("%s/tree", j->work);
        struct import_to between = { .folder = tree };
        if (mkdir(tree, 0755) < 0)
                return err_set(e, 1, "cannot make %s: %s", tree, strerror(errno));
        return from_disk_into(j, disk, plan, parts, count, &between, e) < 0 ? -1 : source_folder(j, tree, to, e);
}

/* ---- compressed images ---- */

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
        const char *name, *kind;
        u64 total;
};

/* kind: how it is called, NULL when not even that is known */
static int unknown(const char *name, const char *kind, struct err *e)
{
        return err_set(e, 1, "cannot read %s: it is %s; known are tars, ext2, 3, 4 and squashfs, and raw and qcow2 disks with these", name,
                kind ? kind : "of no kind that is known");
}

/* Either it is a tar (nothing is written then), or what is compressed in it goes to `out`. */
static int look_inside(struct job *j, void *arg, struct err *e)
{
        struct expansion *x = arg;
        struct archive *a = source_reader();
        struct archive_entry *entry;
        archive_read_support_format_zip(a);
        archive_read_support_format_raw(a);
        int bad =
                archive_read_open_fd(a, x->in, 1 << 17) == ARCHIVE_OK && archive_read_next_header(a, &entry) >= ARCHIVE_WARN
                        ? 0
                        : err_set(e, 1, "cannot read %s: %s", x->name, archive_error_string(a) ? archive_error_string(a) : "it is damaged");
        bool tar = !bad && (archive_format(a) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_TAR;
        bool plain = !bad && archive_format(a) == ARCHIVE_FORMAT_RAW && archive_filter_count(a) <= 1;
        if (plain)
                bad = unknown(x->name, x->kind, e);
        else if (!bad && !tar)
                bad = expand(j, a, x->out, x->name, x->total, e);
        archive_read_free(a);
        return bad;
}

/* ---- what is it ---- */

static int from_file(
        struct job *j, int fd, const char *path, const struct import_plan *p, bool expanded, const struct import_to *to, struct err *e);

static int from_archive(struct job *j, int fd, const char *kind, const struct import_plan *p, const struct import_to *to, struct err *e)
{
        struct stat st;
        AUTO_FREE char *image = format("%s/image", j->work), *empty = format("%s/empty", j->work);
        AUTO_CLOSE int out = open(image, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (out < 0 || (mkdir(empty, 0755) < 0 && errno != EEXIST) || fstat(fd, &st) < 0 || lseek(fd, 0, SEEK_SET) < 0)
                return err_set(e, 1, "cannot work in %s: %s", j->work, strerror(errno));
        struct expansion x = { .in = fd, .out = out, .name = p->source, .kind = kind, .total = (u64)st.st_size };
        if (job_confined(j, empty, look_inside, &x, p->source, e) < 0)
                return -1;
        if (fstat(out, &st) == 0 && st.st_size)
                return from_file(j, out, image, p, true, to, e);
        struct stream m = { .fd = fd, .name = p->source, .total = x.total, .to = to };
        return lseek(fd, 0, SEEK_SET) < 0 ? err_set(e, 1, "cannot read %s: %s", p->source, strerror(errno)) : pour_confined(j, &m, e);
}

/* 1: it is no file system and no disk, but may be an archive; *kind tells how it is called, if that is known. */
static int from_volume(struct job *j, struct volume *v, const char *path, const struct import_plan *p, const struct import_to *to,
        const char **name, struct err *e)
{
        struct source_part parts[PARTITIONS_MAX];
        enum source_kind kind;
        int count = source_probe(v, &kind, name, parts);
        switch (kind) {
        case SOURCE_EXT: return from_fs(j, v, kind, NULL, p->source, to, e);
        case SOURCE_SQUASHFS: return from_squashfs(j, v, path, p->source, to, e);
        case SOURCE_DISK: return from_disk(j, v, p, parts, count, to, e);
        case SOURCE_FAT: return unknown(p->source, *name, e);
        default: return 1;
        }
}

static int from_file(
        struct job *j, int fd, const char *path, const struct import_plan *p, bool expanded, const struct import_to *to, struct err *e)
{
        u8 head[4];
        const char *name = NULL;
        off_t end = lseek(fd, 0, SEEK_END); /* of a disk, too */
        if (end < 0)
                return err_set(e, 1, "cannot read %s: %s", p->source, strerror(errno));
        struct volume *file = volume_of_fd(fd, (u64)end), *disk = file;
        bool packed = qcow2_is(head, volume_peek(file, 0, head, sizeof head));
        struct err why;
        int state = packed ? qcow2_open(file, &disk, &why) : 0;
        if (state)
                state = err_set(e, 1, "cannot read %s: %s%s", p->source, state > 0 ? "it is " : "", why.text);
        else
                state = from_volume(j, disk, packed ? NULL : path, p, to, &name, e);
        if (disk != file)
                volume_close(disk);
        volume_close(file);
        if (state <= 0)
                return state;
        return expanded || packed ? unknown(p->source, name, e) : from_archive(j, fd, name, p, to, e);
}

int source_import(struct job *j, const struct import_plan *p, const struct import_to *to, struct err *e)
{
        AUTO_FREE char *path = realpath(p->source, NULL);
        AUTO_CLOSE int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
        struct stat st;
        if (fd < 0 || fstat(fd, &st) < 0)
                return err_set(e, 1, "cannot open %s: %s", p->source, strerror(errno));
        if (S_ISDIR(st.st_mode))
                return source_folder(j, path, to, e);
        if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))
                return err_set(e, 1, "cannot read %s: it is neither a folder nor a file nor a disk", p->source);
        return from_file(j, fd, path, p, false, to, e);
}
