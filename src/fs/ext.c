#include "fs/ext.h"

#include <errno.h>
#include <ext2fs/ext2fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/endian.h"
#include "base/util.h"
#include "fs/first_name.h"

enum { DEPTH_MAX = 512, GROUPS_MAX = 1 << 18 };

struct ext {
        ext2_filsys fs;
        char *name;
        ext2fs_inode_bitmap seen; /* folders: each can be in one place only */
        void *names;              /* of files with several of them */
        const struct fs_visitor *to;
};

/* A folder's entries, read before any of them is looked at. */
struct names {
        struct one {
                ext2_ino_t inode;
                char name[EXT2_NAME_LEN + 1];
        } * at;
        size_t count, size;
        bool bad;
};

static int damaged(const struct ext *x, const char *path, const char *what, long code, struct err *e)
{
        return err_set(e, 1, "cannot read %s: %s of '%.160s' is damaged (%s); e2fsck may repair a copy of it", x->name, what, path,
                code ? error_message(code) : "it makes no sense");
}

/* ---- libext2fs reads through a volume: its "device name" is the volume's address ---- */

static struct struct_io_manager volumes;

static errcode_t open_channel(const char *name, int flags, io_channel *channel)
{
        io_channel c = calloc(1, sizeof *c);
        void *volume = NULL;
        (void)flags;
        if (!c || sscanf(name, "%p", &volume) != 1)
                abort();
        *c = (struct struct_io_channel){ .magic = EXT2_ET_MAGIC_IO_CHANNEL,
                .manager = &volumes,
                .block_size = 1024,
                .refcount = 1,
                .private_data = volume,
                .name = strdup(name) };
        *channel = c;
        return 0;
}

static errcode_t close_channel(io_channel c)
{
        if (--c->refcount > 0)
                return 0;
        free(c->name);
        free(c);
        return 0;
}

static errcode_t set_block_size(io_channel c, int size)
{
        c->block_size = size;
        return 0;
}

/* A negative count is one of bytes. */
static errcode_t read_blocks(io_channel c, unsigned long long block, int count, void *to)
{
        struct err e;
        size_t len = count < 0 ? (size_t) - (long)count : (size_t)count * (size_t)c->block_size;
        u64 at;
        if (__builtin_mul_overflow(block, (u64)c->block_size, &at) || volume_read(c->private_data, at, to, len, &e) < 0)
                return EXT2_ET_SHORT_READ;
        return 0;
}

static errcode_t read_blocks_32(io_channel c, unsigned long block, int count, void *to)
{
        return read_blocks(c, block, count, to);
}

static errcode_t write_nothing(io_channel c, unsigned long block, int count, const void *from)
{
        (void)c, (void)block, (void)count, (void)from;
        return EXT2_ET_RO_FILSYS;
}

static errcode_t flush_nothing(io_channel c)
{
        (void)c;
        return 0;
}

static struct struct_io_manager volumes = {
        .magic = EXT2_ET_MAGIC_IO_MANAGER,
        .name = "volume",
        .open = open_channel,
        .close = close_channel,
        .set_blksize = set_block_size,
        .read_blk = read_blocks_32,
        .write_blk = write_nothing,
        .flush = flush_nothing,
        .read_blk64 = read_blocks,
};

/* ---- open ---- */

bool ext_is(const u8 *h, size_t len)
{
        const u8 *super = h + 1024;
        return len >= 1024 + 84 && le16(super + 56) == 0xef53 && le32(super + 76) <= 1 && le32(super + 24) <= 6;
}

/* libext2fs makes room for the group descriptors that the super block speaks of before it sees whether they are there. */
static int check_size(struct volume *v, const char *name, struct err *e)
{
        u8 sb[1024];
        if (volume_read(v, 1024, sb, sizeof sb, e) < 0)
                return -1;
        u64 blocks = le32(sb + 4) | (le32(sb + 0x60) & 0x80 ? (u64)le32(sb + 0x150) << 32 : 0); /* INCOMPAT_64BIT */
        u32 shift = le32(sb + 24), per_group = le32(sb + 32);
        if (shift > 6 || !per_group)
                return err_set(e, 1, "cannot open the file system in %s: its super block is damaged", name);
        if (blocks > v->size >> (10 + shift))
                return err_set(e, 1, "cannot open the file system in %s: it is cut off, %lu blocks of %u bytes should be there", name,
                        blocks, 1024u << shift);
        if (blocks / per_group > GROUPS_MAX)
                return err_set(
                        e, 1, "cannot open the file system in %s: it is too large, with %lu groups of blocks", name, blocks / per_group);
        return 0;
}

struct ext *ext_open(struct volume *v, const char *name, struct err *e)
{
        if (check_size(v, name, e) < 0)
                return NULL;
        struct ext *x = calloc(1, sizeof *x);
        if (!x)
                abort();
        AUTO_FREE char *address = format("%p", (void *)v);
        x->name = format("%s", name);
        initialize_ext2_error_table();
        long bad = ext2fs_open2(address, NULL, EXT2_FLAG_64BITS | EXT2_FLAG_SOFTSUPP_FEATURES, 0, 0, &volumes, &x->fs);
        if (!bad)
                bad = ext2fs_allocate_inode_bitmap(x->fs, "folders", &x->seen);
        if (!bad)
                return x;
        err_set(e, 1, "cannot open the file system in %s: %s", name, error_message(bad));
        ext_close(x);
        return NULL;
}

void ext_close(struct ext *x)
{
        if (x->seen)
                ext2fs_free_inode_bitmap(x->seen);
        if (x->fs)
                ext2fs_close_free(&x->fs);
        first_names_free(x->names);
        free(x->name);
        free(x);
}

u64 ext_entries(const struct ext *x)
{
        return x->fs->super->s_inodes_count - x->fs->super->s_free_inodes_count;
}

/* ---- a file's content ---- */

struct content {
        struct volume volume;
        const struct ext *x;
        const char *path;
        ext2_file_t file;
};

static int read_content(struct volume *v, u64 at, void *to, size_t len, struct err *e)
{
        struct content *c = (struct content *)v;
        unsigned got = 0;
        u64 now;
        long bad = ext2fs_file_llseek(c->file, at, EXT2_SEEK_SET, (__u64 *)&now);
        for (size_t done = 0; done < len && !bad; done += got) {
                unsigned want = len - done < 1 << 20 ? (unsigned)(len - done) : 1 << 20;
                bad = ext2fs_file_read(c->file, (char *)to + done, want, &got);
                if (bad || !got)
                        return damaged(c->x, c->path, "the file", bad, e);
        }
        return bad ? damaged(c->x, c->path, "the file", bad, e) : 0;
}

static int visit_file(struct ext *x, ext2_ino_t ino, u64 size, const char *path, struct archive_entry *entry, struct err *e)
{
        struct content c = { .volume = { .read = read_content, .size = size }, .x = x, .path = path };
        long bad = ext2fs_file_open(x->fs, ino, 0, &c.file);
        if (bad)
                return damaged(x, path, "the file", bad, e);
        int result = x->to->entry(x->to->arg, entry, &c.volume, e);
        ext2fs_file_close(c.file);
        return result;
}

/* ---- entries ---- */

static int add_attribute(char *name, char *value, size_t len, void *entry)
{
        archive_entry_xattr_add_entry(entry, name, value, len);
        return 0;
}

static void add_attributes(struct ext *x, ext2_ino_t inode, struct archive_entry *entry)
{
        struct ext2_xattr_handle *h;
        if (ext2fs_xattrs_open(x->fs, inode, &h))
                return;
        if (ext2fs_xattrs_read(h) == 0)
                ext2fs_xattrs_iterate(h, add_attribute, entry);
        ext2fs_xattrs_close(&h);
}

static void describe(struct archive_entry *entry, const char *path, const struct ext2_inode_large *i)
{
        archive_entry_copy_pathname(entry, path);
        archive_entry_set_mode(entry, i->i_mode);
        archive_entry_set_uid(entry, inode_uid(*i));
        archive_entry_set_gid(entry, inode_gid(*i));
        bool has_extra = i->i_extra_isize >= 8; /* up to i_mtime_extra: two bits of seconds, thirty of nanoseconds */
        u32 extra = has_extra ? i->i_mtime_extra : 0;
        archive_entry_set_mtime(entry, (i64)(i32)i->i_mtime + ((i64)(extra & 3) << 32), (long)(extra >> 2));
        if (LINUX_S_ISCHR(i->i_mode) || LINUX_S_ISBLK(i->i_mode)) {
                u32 small = i->i_block[0], big = i->i_block[1];
                archive_entry_set_rdevmajor(entry, small ? small >> 8 & 0xff : big >> 8 & 0xfff);
                archive_entry_set_rdevminor(entry, small ? small & 0xff : (big & 0xff) | (big >> 12 & 0xfff00));
        }
}

static int read_symlink(
        struct ext *x, ext2_ino_t ino, const struct ext2_inode_large *i, const char *path, struct archive_entry *entry, struct err *e)
{
        char target[4097];
        u64 size = EXT2_I_SIZE(i);
        if (size == 0 || size > 4095)
                return damaged(x, path, "the symbolic link", 0, e);
        if (ext2fs_is_fast_symlink((struct ext2_inode *)i)) {
                if (size > sizeof i->i_block)
                        return damaged(x, path, "the symbolic link", 0, e);
                memcpy(target, i->i_block, size);
        } else {
                ext2_file_t f;
                unsigned got = 0;
                long bad = ext2fs_file_open(x->fs, ino, 0, &f);
                if (!bad) {
                        bad = ext2fs_file_read(f, target, (unsigned)size, &got);
                        ext2fs_file_close(f);
                }
                if (bad || got != size)
                        return damaged(x, path, "the symbolic link", bad, e);
        }
        target[size] = 0;
        archive_entry_copy_symlink(entry, target);
        archive_entry_set_size(entry, 0);
        return 0;
}

static int add_name(struct ext2_dir_entry *d, int offset, int size, char *block, void *to)
{
        struct names *n = to;
        int len = ext2fs_dirent_name_len(d);
        if (!d->inode || (len == 1 && d->name[0] == '.') || (len == 2 && !memcmp(d->name, "..", 2)))
                return 0;
        if (len == 0 || memchr(d->name, '/', (size_t)len) || memchr(d->name, 0, (size_t)len)) {
                n->bad = true;
                return DIRENT_ABORT;
        }
        if (n->count == n->size) {
                n->size = n->size ? 2 * n->size : 64;
                n->at = realloc(n->at, n->size * sizeof *n->at);
                if (!n->at)
                        abort();
        }
        n->at[n->count].inode = d->inode;
        memcpy(n->at[n->count].name, d->name, (size_t)len);
        n->at[n->count++].name[len] = 0;
        return 0;
}

static int visit_one(struct ext *x, ext2_ino_t ino, const char *path, int depth, struct err *e);

static int visit_folder(struct ext *x, ext2_ino_t ino, const char *path, int depth, struct err *e)
{
        struct names n = { 0 };
        if (depth > DEPTH_MAX || ext2fs_test_inode_bitmap2(x->seen, ino))
                return damaged(x, path, "the folder", 0, e);
        ext2fs_mark_inode_bitmap2(x->seen, ino);
        long bad = ext2fs_dir_iterate(x->fs, ino, 0, NULL, add_name, &n);
        int result = bad || n.bad ? damaged(x, path, "the folder", bad, e) : 0;
        for (size_t i = 0; i < n.count && !result; i++) {
                AUTO_FREE char *child = format("%s/%s", path, n.at[i].name);
                if (depth == 0 && !strcmp(n.at[i].name, "lost+found"))
                        continue;
                result = visit_one(x, n.at[i].inode, child, depth + 1, e);
        }
        free(n.at);
        return result;
}

static int visit_entry(
        struct ext *x, ext2_ino_t ino, const struct ext2_inode_large *i, const char *path, struct archive_entry *entry, struct err *e)
{
        const char *first = !LINUX_S_ISDIR(i->i_mode) && i->i_links_count > 1 ? first_name(&x->names, ino, path) : NULL;
        describe(entry, path, i);
        if (first) {
                archive_entry_copy_hardlink(entry, first);
                archive_entry_set_size(entry, 0);
                return x->to->entry(x->to->arg, entry, NULL, e);
        }
        add_attributes(x, ino, entry);
        if (LINUX_S_ISLNK(i->i_mode) && read_symlink(x, ino, i, path, entry, e) < 0)
                return -1;
        archive_entry_set_size(entry, LINUX_S_ISREG(i->i_mode) ? (i64)EXT2_I_SIZE(i) : 0);
        return LINUX_S_ISREG(i->i_mode) ? visit_file(x, ino, EXT2_I_SIZE(i), path, entry, e) : x->to->entry(x->to->arg, entry, NULL, e);
}

static int visit_one(struct ext *x, ext2_ino_t ino, const char *path, int depth, struct err *e)
{
        struct ext2_inode_large inode = { 0 };
        if (ino > x->fs->super->s_inodes_count)
                return damaged(x, path, "the inode", 0, e);
        long bad = ext2fs_read_inode_full(x->fs, ino, (struct ext2_inode *)&inode, sizeof inode);
        if (bad)
                return damaged(x, path, "the inode", bad, e);
        struct archive_entry *entry = archive_entry_new();
        if (!entry)
                abort();
        int result = visit_entry(x, ino, &inode, path, entry, e);
        archive_entry_free(entry);
        return !result && LINUX_S_ISDIR(inode.i_mode) ? visit_folder(x, ino, path, depth, e) : result;
}

int ext_walk(struct ext *x, const struct fs_visitor *to, struct err *e)
{
        x->to = to;
        return visit_one(x, EXT2_ROOT_INO, ".", 0, e);
}
