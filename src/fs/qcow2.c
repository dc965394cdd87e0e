#include "fs/qcow2.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "base/endian.h"

enum { HEADER = 104, CLUSTER_BITS_MIN = 9, CLUSTER_BITS_MAX = 21, L1_MAX = 32 << 20 };
enum { FEATURE_DIRTY = 1, FEATURE_CORRUPT = 2, FEATURE_DATA_FILE = 4, FEATURE_COMPRESSION = 8, FEATURE_EXTENDED_L2 = 16 };
enum { COMPRESSION_ZLIB, COMPRESSION_ZSTD };
#define OFFSET_MASK 0x00fffffffffffe00ULL
#define COMPRESSED  (1ULL << 62)
#define READS_ZERO  1ULL

struct qcow2 {
        struct volume volume, *file;
        u32 cluster_bits, compression;
        u64 cluster_size, l1_at, l1_count;
        u64 l2_at; /* of the table that is in memory; 0: none */
        u8 *l2;
        u64 unpacked_entry; /* of the compressed cluster that is in memory; 0: none */
        u8 *unpacked, *packed;
};

static int damaged(const char *what, struct err *e)
{
        return err_set(e, 1, "the qcow2 image is damaged: %s; `qemu-img check` may repair a copy of it", what);
}

/* ---- compressed clusters ---- */

/* Raw deflate with a window of 4 KiB; more input than belongs to it is there. */
static bool inflate_cluster(struct qcow2 *q, size_t len)
{
        z_stream z = { .next_in = q->packed, .avail_in = (uInt)len, .next_out = q->unpacked, .avail_out = (uInt)q->cluster_size };
        if (inflateInit2(&z, -12) != Z_OK)
                return false;
        int r = inflate(&z, Z_FINISH);
        inflateEnd(&z);
        return !z.avail_out && (r == Z_STREAM_END || r == Z_BUF_ERROR);
}

static bool unpack_zstd(struct qcow2 *q, size_t len)
{
        ZSTD_DStream *z = ZSTD_createDStream();
        ZSTD_inBuffer in = { q->packed, len, 0 };
        ZSTD_outBuffer out = { q->unpacked, q->cluster_size, 0 };
        bool good = z != NULL;
        while (good && out.pos < out.size) {
                size_t before = out.pos + in.pos, r = ZSTD_decompressStream(z, &out, &in);
                good = !ZSTD_isError(r) && out.pos + in.pos > before;
        }
        ZSTD_freeDStream(z);
        return good;
}

/* The entry has the place in its lower bits and the number of further 512-byte sectors above them. */
static int unpack(struct qcow2 *q, u64 entry, struct err *e)
{
        u32 shift = 62 - (q->cluster_bits - 8);
        u64 at = entry & ((1ULL << shift) - 1), sectors = (entry & (COMPRESSED - 1)) >> shift;
        if (q->unpacked_entry == entry)
                return 0;
        u64 len = (sectors + 1) * 512 - (at & 511);
        if (at >= q->file->size || len > 2 * q->cluster_size)
                return damaged("a compressed cluster lies outside of it", e);
        len = len < q->file->size - at ? len : q->file->size - at; /* the last sector need not be whole */
        q->unpacked_entry = 0;
        if (volume_read(q->file, at, q->packed, len, e) < 0)
                return -1;
        if (!(q->compression == COMPRESSION_ZSTD ? unpack_zstd(q, len) : inflate_cluster(q, len)))
                return damaged("a compressed cluster cannot be unpacked", e);
        q->unpacked_entry = entry;
        return 0;
}

/* ---- the two tables ---- */

/* Where the cluster is: 0 in *entry when it was never written. */
static int find(struct qcow2 *q, u64 cluster, u64 *entry, struct err *e)
{
        u64 per_table = q->cluster_size / 8;
        u8 raw[8];
        *entry = 0;
        if (cluster / per_table >= q->l1_count)
                return 0;
        if (volume_read(q->file, q->l1_at + cluster / per_table * 8, raw, 8, e) < 0)
                return damaged("its first table is cut off", e);
        u64 l2_at = be64(raw) & OFFSET_MASK;
        if (!l2_at)
                return 0;
        if (l2_at != q->l2_at && volume_read(q->file, l2_at, q->l2, q->cluster_size, e) < 0) {
                q->l2_at = 0;
                return damaged("a second table lies outside of it", e);
        }
        q->l2_at = l2_at;
        *entry = be64(q->l2 + cluster % per_table * 8);
        return 0;
}

static int read_piece(struct qcow2 *q, u64 at, void *to, size_t len, struct err *e)
{
        u64 entry, inside = at & (q->cluster_size - 1);
        if (find(q, at >> q->cluster_bits, &entry, e) < 0)
                return -1;
        if (entry & COMPRESSED) {
                if (unpack(q, entry, e) < 0)
                        return -1;
                memcpy(to, q->unpacked + inside, len);
                return 0;
        }
        if (!(entry & OFFSET_MASK) || entry & READS_ZERO) {
                memset(to, 0, len);
                return 0;
        }
        return volume_read(q->file, (entry & OFFSET_MASK) + inside, to, len, e) < 0 ? damaged("a cluster lies outside of it", e) : 0;
}

static int read_disk(struct volume *v, u64 at, void *to, size_t len, struct err *e)
{
        struct qcow2 *q = (struct qcow2 *)v;
        for (size_t done = 0; done < len;) {
                u64 room = q->cluster_size - ((at + done) & (q->cluster_size - 1));
                size_t piece = room < len - done ? (size_t)room : len - done;
                if (read_piece(q, at + done, (u8 *)to + done, piece, e) < 0)
                        return -1;
                done += piece;
        }
        return 0;
}

static void close_disk(struct volume *v)
{
        struct qcow2 *q = (struct qcow2 *)v;
        free(q->l2);
        free(q->unpacked);
        free(q->packed);
        free(q);
}

/* ---- the header ---- */

static int refuse(const char *why, struct err *e)
{
        err_set(e, 1, "%s; `qemu-img convert -O raw` makes one that can be read", why);
        return 1;
}

static int check_header(struct qcow2 *q, const u8 *h, struct err *e)
{
        u32 version = be32(h + 4);
        u64 features = version >= 3 ? be64(h + 72) : 0;
        q->cluster_bits = be32(h + 20);
        q->volume.size = be64(h + 24);
        q->l1_count = be32(h + 36);
        q->l1_at = be64(h + 40);
        q->compression = version >= 3 && be32(h + 100) > 104 && features & FEATURE_COMPRESSION ? h[104] : COMPRESSION_ZLIB;
        if (version != 2 && version != 3)
                return refuse("a qcow image of an unknown version", e);
        if (be64(h + 8))
                return refuse("a qcow2 image that has only what differs from another one (its backing file)", e);
        if (be32(h + 32))
                return refuse("an encrypted qcow2 image", e);
        if (features & FEATURE_DATA_FILE)
                return refuse("a qcow2 image whose data is in another file", e);
        if (features & ~(u64)(FEATURE_DIRTY | FEATURE_CORRUPT | FEATURE_COMPRESSION) || q->compression > COMPRESSION_ZSTD)
                return refuse("a qcow2 image with features that are not known here", e);
        if (q->cluster_bits < CLUSTER_BITS_MIN || q->cluster_bits > CLUSTER_BITS_MAX)
                return damaged("the size of its clusters makes no sense", e);
        q->cluster_size = 1ULL << q->cluster_bits;
        if (q->l1_count > L1_MAX / 8 || q->volume.size > 1ULL << 62)
                return damaged("its size makes no sense", e);
        return 0;
}

bool qcow2_is(const u8 *head, size_t len)
{
        return len >= 4 && !memcmp(head, "QFI\xfb", 4);
}

int qcow2_open(struct volume *file, struct volume **disk, struct err *e)
{
        u8 h[HEADER + 8] = { 0 };
        struct qcow2 q = { .volume = { .read = read_disk, .close = close_disk }, .file = file };
        if (volume_peek(file, 0, h, sizeof h) < 72)
                return damaged("its header is cut off", e);
        int state = check_header(&q, h, e);
        if (state)
                return state;
        q.l2 = malloc(q.cluster_size);
        q.unpacked = malloc(q.cluster_size);
        q.packed = malloc(2 * q.cluster_size);
        struct qcow2 *made = malloc(sizeof q);
        if (!q.l2 || !q.unpacked || !q.packed || !made)
                abort();
        *made = q;
        *disk = &made->volume;
        return 0;
}
