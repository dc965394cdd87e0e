#include "vm/flash.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/out.h"
#include "base/util.h"

enum { MAX_HEAD = 8 << 20, MIN_CLUSTER_BITS = 9, MAX_CLUSTER_BITS = 21 };

#define QCOW2_MAGIC      0x514649fbu /* "QFI\xfb" */
#define QCOW2_OFFSET     0x00fffffffffffe00ull
#define QCOW2_COMPRESSED (1ull << 62)
#define QCOW2_ZERO       1u /* reads as zeroes, whatever the offset says */

/* The fields of the head that matter here; all numbers are big-endian. */
struct qcow2_head {
        u32 magic, version;
        u64 backing_offset;
        u32 backing_size, cluster_bits;
        u64 size;
        u32 crypt_method, l1_size;
        u64 l1_offset;
};

void flash_free(struct flash *f)
{
        free(f->head);
        *f = (struct flash){ 0 };
}

static bool read_whole(int fd, void *to, size_t len, u64 at)
{
        for (size_t got = 0; got < len;) {
                ssize_t n = pread(fd, (u8 *)to + got, len - got, (off_t)(at + got));
                if (n <= 0)
                        return false;
                got += (size_t)n;
        }
        return true;
}

static int read_raw(int fd, const char *path, u64 size, struct flash *f, struct err *e)
{
        f->size = size;
        f->len = size < MAX_HEAD ? (size_t)size : MAX_HEAD;
        f->head = malloc(f->len + 1);
        check(f->head);
        return read_whole(fd, f->head, f->len, 0) ? 0 : err_set(e, 1, "cannot read %s: %s", path, err_name(errno));
}

static bool entry_at(int fd, u64 table, u64 index, u64 *entry)
{
        if (!read_whole(fd, entry, sizeof *entry, table + index * sizeof *entry))
                return false;
        *entry = be64toh(*entry);
        return true;
}

/* One cluster of the guest's view; what no table names reads as zeroes, which the buffer holds already. */
static bool read_cluster(int fd, const struct qcow2_head *h, u64 cluster, u8 *to, size_t len)
{
        u32 bits = be32toh(h->cluster_bits), per_table = 1u << (bits - 3);
        u64 l1, l2;
        if (cluster / per_table >= be32toh(h->l1_size))
                return true;
        if (!entry_at(fd, be64toh(h->l1_offset), cluster / per_table, &l1))
                return false;
        if (!(l1 & QCOW2_OFFSET))
                return true;
        if (!entry_at(fd, l1 & QCOW2_OFFSET, cluster % per_table, &l2) || l2 & QCOW2_COMPRESSED)
                return false;
        return l2 & QCOW2_ZERO || !(l2 & QCOW2_OFFSET) || read_whole(fd, to, len, l2 & QCOW2_OFFSET);
}

static int read_qcow2(int fd, const char *path, struct flash *f, struct err *e)
{
        struct qcow2_head h;
        if (!read_whole(fd, &h, sizeof h, 0) || be32toh(h.magic) != QCOW2_MAGIC)
                return err_set(e, 1, "%s is said to be qcow2, but is not", path);
        u32 bits = be32toh(h.cluster_bits);
        if (be32toh(h.version) < 2 || be32toh(h.version) > 3 || bits < MIN_CLUSTER_BITS || bits > MAX_CLUSTER_BITS || h.crypt_method ||
                h.backing_offset)
                return err_set(
                        e, 1, "%s is a qcow2 file no firmware comes in: encrypted, with a backing file, or of an unknown version", path);
        f->size = be64toh(h.size);
        f->len = f->size < MAX_HEAD ? (size_t)f->size : MAX_HEAD;
        f->head = calloc(1, f->len + 1);
        check(f->head);
        size_t step = (size_t)1 << bits;
        for (size_t at = 0; at < f->len; at += step)
                if (!read_cluster(fd, &h, at >> bits, f->head + at, f->len - at < step ? f->len - at : step))
                        return err_set(e, 1, "%s is a damaged or compressed qcow2 file", path);
        return 0;
}

int flash_read(const char *path, const char *format, struct flash *f, struct err *e)
{
        *f = (struct flash){ 0 };
        AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        struct stat st;
        if (fd < 0 || fstat(fd, &st) < 0)
                return err_set(e, 1, "cannot open %s: %s", path, err_name(errno));
        if (!S_ISREG(st.st_mode))
                return err_set(e, 1, "%s is no regular file", path);
        int status = !strcmp(format, "qcow2") ? read_qcow2(fd, path, f, e) : read_raw(fd, path, (u64)st.st_size, f, e);
        if (status < 0)
                flash_free(f);
        return status;
}
