#include "fs/squashfs.h"

#include <sqfs/compressor.h>
#include <sqfs/data_reader.h>
#include <sqfs/dir.h>
#include <sqfs/dir_reader.h>
#include <sqfs/error.h>
#include <sqfs/inode.h>
#include <sqfs/io.h>
#include <sqfs/super.h>
#include <stdlib.h>
#include <string.h>

#include "base/endian.h"
#include "base/util.h"
#include "fs/first_name.h"

/* Reads that one step may take: an inode can claim a list of blocks that unpacks to any size, and the library keeps it whole. */
enum { DEPTH_MAX = 512, READS_MAX = 4096 };

struct file {
        sqfs_file_t file;
        struct volume *volume;
        u32 reads_left;
};

struct squashfs {
        struct file file;
        sqfs_super_t super;
        sqfs_compressor_t *compressor;
        sqfs_dir_reader_t *folders;
        sqfs_data_reader_t *data;
        const struct fs_visitor *to;
        void *names; /* of files with several of them */
};

struct child {
        char *name;
        sqfs_inode_generic_t *inode;
};

static int damaged(const struct squashfs *x, const char *path, int code, struct err *e)
{
        static const struct {
                int code;
                const char *why;
        } rows[] = {
                { SQFS_ERROR_COMPRESSOR, "what is compressed there cannot be unpacked" },
                { SQFS_ERROR_IO, "it is cut off" },
                { SQFS_ERROR_OUT_OF_BOUNDS, "it points outside of the image" },
                { SQFS_ERROR_OVERFLOW, "its tables are too large" },
                { SQFS_ERROR_ALLOC, "its tables are too large" },
                { SQFS_ERROR_LINK_LOOP, "its folders lie in each other" },
        };
        const char *why = "it makes no sense";
        for (size_t i = 0; i < ARRAY_LEN(rows); i++)
                if (rows[i].code == code)
                        why = rows[i].why;
        return err_set(e, 1, "cannot read %s: '%.160s' is damaged (%s)", x->to->name, path, why);
}

/* ---- libsquashfs reads through a volume ---- */

static int read_volume(sqfs_file_t *file, sqfs_u64 at, void *to, size_t len)
{
        struct file *f = (struct file *)file;
        struct err e;
        if (!f->reads_left--) {
                f->reads_left = 0;
                return SQFS_ERROR_OVERFLOW;
        }
        return volume_read(f->volume, at, to, len, &e) < 0 ? SQFS_ERROR_IO : 0;
}

static int write_nothing(sqfs_file_t *file, sqfs_u64 at, const void *from, size_t len)
{
        (void)file, (void)at, (void)from, (void)len;
        return SQFS_ERROR_UNSUPPORTED;
}

static sqfs_u64 volume_size(const sqfs_file_t *file)
{
        return ((const struct file *)file)->volume->size;
}

static int truncate_nothing(sqfs_file_t *file, sqfs_u64 size)
{
        (void)file, (void)size;
        return SQFS_ERROR_UNSUPPORTED;
}

/* It is a member of struct squashfs, and goes with it. */
static void destroy_nothing(sqfs_object_t *file)
{
        (void)file;
}

static void begin_step(struct squashfs *x)
{
        x->file.reads_left = READS_MAX;
}

/* ---- a file's content ---- */

struct content {
        struct volume volume;
        struct squashfs *x;
        const char *path;
        const sqfs_inode_generic_t *inode;
};

static int read_content(struct volume *v, u64 at, void *to, size_t len, struct err *e)
{
        struct content *c = (struct content *)v;
        for (size_t done = 0; done < len;) {
                u32 want = len - done < 1 << 20 ? (u32)(len - done) : 1 << 20;
                begin_step(c->x);
                int n = sqfs_data_reader_read(c->x->data, c->inode, at + done, (char *)to + done, want);
                if (n <= 0)
                        return damaged(c->x, c->path, n, e);
                done += (size_t)n;
        }
        return 0;
}

/* ---- entries ---- */

static int visit_one(struct squashfs *x, const sqfs_inode_generic_t *inode, const char *path, int depth, struct err *e);

static void add_child(struct child **children, size_t *count, const sqfs_dir_entry_t *entry, sqfs_inode_generic_t *inode)
{
        if (!(*count & (*count - 1)))
                *children = realloc(*children, (*count ? *count * 2 : 1) * sizeof **children);
        if (!*children)
                abort();
        (*children)[(*count)++] = (struct child){ .name = format("%.*s", entry->size + 1, (const char *)entry->name), .inode = inode };
}

/* A folder's entries, read before any of them is looked at: there is one reader for all folders. */
static int read_folder(struct squashfs *x, const sqfs_inode_generic_t *inode, struct child **children, size_t *count)
{
        begin_step(x);
        int bad = sqfs_dir_reader_open_dir(x->folders, inode, SQFS_DIR_OPEN_NO_DOT_ENTRIES);
        while (!bad) {
                sqfs_dir_entry_t *entry;
                sqfs_inode_generic_t *child;
                begin_step(x);
                int r = sqfs_dir_reader_read(x->folders, &entry);
                if (r)
                        return r > 0 ? 0 : r;
                bad = strchr((const char *)entry->name, '/') || !entry->name[0] ? SQFS_ERROR_CORRUPTED
                                                                                : sqfs_dir_reader_get_inode(x->folders, &child);
                if (!bad)
                        add_child(children, count, entry, child);
                sqfs_free(entry);
        }
        return bad;
}

static int visit_folder(struct squashfs *x, const sqfs_inode_generic_t *inode, const char *path, int depth, struct err *e)
{
        struct child *children = NULL;
        size_t count = 0;
        int bad = depth > DEPTH_MAX ? SQFS_ERROR_LINK_LOOP : read_folder(x, inode, &children, &count);
        int result = bad ? damaged(x, path, bad, e) : 0;
        for (size_t i = 0; i < count; i++) {
                AUTO_FREE char *below = format("%s/%s", path, children[i].name);
                if (!result)
                        result = visit_one(x, children[i].inode, below, depth + 1, e);
                sqfs_free(children[i].inode);
                free(children[i].name);
        }
        free(children);
        return result;
}

static int visit_entry(struct squashfs *x, const sqfs_inode_generic_t *inode, const char *path, struct archive_entry *entry, struct err *e)
{
        struct content c = { .volume = { .read = read_content }, .x = x, .path = path, .inode = inode };
        archive_entry_copy_pathname(entry, path);
        archive_entry_set_mode(entry, inode->base.mode);
        /* Only the larger kind of inode counts names. */
        bool several = inode->base.type == SQFS_INODE_EXT_FILE && inode->data.file_ext.nlink > 1;
        const char *first = several ? first_name(&x->names, inode->base.inode_number, path) : NULL;
        if (first) {
                archive_entry_copy_hardlink(entry, first);
                return x->to->entry(x->to->arg, entry, NULL, e);
        }
        if (archive_entry_filetype(entry) == AE_IFREG && sqfs_inode_get_file_size(inode, (sqfs_u64 *)&c.volume.size))
                return damaged(x, path, SQFS_ERROR_CORRUPTED, e);
        archive_entry_set_size(entry, (la_int64_t)c.volume.size);
        if (archive_entry_filetype(entry) == AE_IFLNK) {
                AUTO_FREE char *target = format("%.*s", (int)inode->payload_bytes_used, (const char *)inode->extra);
                archive_entry_copy_symlink(entry, target);
        }
        return x->to->entry(x->to->arg, entry, archive_entry_filetype(entry) == AE_IFREG ? &c.volume : NULL, e);
}

static int visit_one(struct squashfs *x, const sqfs_inode_generic_t *inode, const char *path, int depth, struct err *e)
{
        struct archive_entry *entry = archive_entry_new();
        if (!entry)
                abort();
        int result = visit_entry(x, inode, path, entry, e);
        bool folder = archive_entry_filetype(entry) == AE_IFDIR;
        archive_entry_free(entry);
        return !result && folder ? visit_folder(x, inode, path, depth, e) : result;
}

/* ---- open ---- */

u64 squashfs_bytes(struct volume *v)
{
        u8 bytes_used[8];
        return volume_peek(v, 40, bytes_used, sizeof bytes_used) == sizeof bytes_used ? le64(bytes_used) : 0;
}

bool squashfs_is(const u8 *head, size_t len)
{
        return len >= 4 && !memcmp(head, "hsqs", 4);
}

static int open_readers(struct squashfs *x)
{
        begin_step(x);
        int bad = sqfs_super_read(&x->super, &x->file.file);
        if (bad)
                return bad;
        sqfs_compressor_config_t config;
        bad = sqfs_compressor_config_init(&config, x->super.compression_id, x->super.block_size, SQFS_COMP_FLAG_UNCOMPRESS);
        if (!bad)
                bad = sqfs_compressor_create(&config, &x->compressor);
        if (bad)
                return bad;
        x->folders = sqfs_dir_reader_create(&x->super, x->compressor, &x->file.file, 0);
        x->data = sqfs_data_reader_create(&x->file.file, x->super.block_size, x->compressor, 0);
        return x->folders && x->data ? sqfs_data_reader_load_fragment_table(x->data, &x->super) : SQFS_ERROR_ALLOC;
}

int squashfs_walk(struct volume *v, const struct fs_visitor *to, struct err *e)
{
        struct squashfs x = {
                .to = to,
                .file = {
                        .volume = v,
                        .file = { .base.destroy = destroy_nothing, .read_at = read_volume, .write_at = write_nothing, .get_size = volume_size, .truncate = truncate_nothing },
                },
        };
        sqfs_inode_generic_t *root = NULL;
        int bad = open_readers(&x), result = 0;
        if (!bad)
                bad = sqfs_dir_reader_get_root_inode(x.folders, &root);
        if (bad)
                result = bad == SQFS_ERROR_UNSUPPORTED ? 1 : damaged(&x, ".", bad, e);
        else
                result = visit_one(&x, root, ".", 0, e);
        sqfs_free(root);
        sqfs_destroy(x.data);
        sqfs_destroy(x.folders);
        sqfs_destroy(x.compressor);
        first_names_free(x.names);
        return result;
}
