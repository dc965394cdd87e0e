#include "engine/run/persist.h"
#include "base/arena.h"
#include "base/mem.h"
#include "base/out.h"
#include "base/sys.h"
#include "engine/run/block.h"
#include "engine/run/code_mem.h"
#include "engine/run/code_dir.h"
#include <asm/stat.h>
#include <linux/fcntl.h>
#include <linux/mman.h>
#include <linux/resource.h>

enum {
        PAGE = 4096,
        FEW = 1 << 10,      /* bytes of code that are not worth a file */
        ENOUGH = 32,        /* a file is made anew when 1/32 is to be added */
        TRIES = 64,
};

/* Everything that generated code depends on. */
struct key {
        char format[16];
        u8 engine[20];          /* its build ID */
        u8 features[12];        /* of the processor, one byte each: struct code's flags; the last one is process.fp_bits */
        struct file_id file;
        u64 offset;             /* of the text in the file */
        i64 distance;           /* from the text to the region */
};

/*
 * The file: this header in a page of its own, then the region's code, its rows, their side tables and the index, each beginning a page.
 */
struct header {
        struct key key;
        u32 code, blocks, maps, index_slots; /* bytes, rows, bytes, slots */
        u64 size;                            /* of the whole file */
};

struct layout {
        u64 code, blocks, maps, index, end; /* offsets in the file */
};

static u64 page_up(u64 v)
{
        return (v + PAGE - 1) & -(u64)PAGE;
}

static struct layout layout_of(const struct header *h)
{
        struct layout l = { .code = PAGE };

        l.blocks = l.code + page_up(h->code);
        l.maps = l.blocks + page_up(h->blocks * sizeof(struct block));
        l.index = l.maps + page_up(h->maps);
        l.end = l.index + page_up(h->index_slots * sizeof(u32));
        return l;
}

static struct key key_of(const struct process *p, const struct module *m)
{
        const struct code *f = &p->host;
        struct key k = {
                .format = "crossarm code 1",
                .features = { f->avx512, f->avx512cd, f->bitalg, f->aes, f->pclmul, f->sha, f->vaes, f->vpclmul, [11] = p->fp_bits },
                .file = m->file,
                .offset = m->offset,
                .distance = (i64)((u64)m->region->base - m->start),
        };

        code_dir_engine_id(k.engine);
        return k;
}

/* 64 bits of FNV-1a, finished by a multiplication so that all input bits reach all output bits. */
static u64 hash(const void *data, size_t n, u64 seed)
{
        const u8 *p = data;
        u64 h = 0xcbf29ce484222325UL ^ seed;

        for (size_t i = 0; i < n; i++)
                h = (h ^ p[i]) * 0x100000001b3UL;
        return (h ^ h >> 32) * 0x9e3779b97f4a7c15UL;
}

/* DIR/NAME; with `temporary` a name that no other process writes to. */
static void path_of(const struct process *p, const struct key *k, bool temporary, char *buf, u32 size)
{
        struct out o = { .fd = -1, .cap = size - 1, .buf = buf };

        out_printf(&o, "%s/%s%lx%lx", p->code_dir, temporary ? CODE_DIR_TEMPORARY : "", hash(k, sizeof *k, 0), hash(k, sizeof *k, 1));
        if (temporary)
                out_printf(&o, ".%ld", sys_call0(__NR_getpid));
        buf[o.len] = 0;
}

/* ---- loading ---- */

/* Only what this user or root has written and nobody else may have changed. */
static bool is_ours(int fd, u64 *size)
{
        struct stat st;

        if (sys_call2(__NR_fstat, fd, (long)&st))
                return false;
        *size = (u64)st.st_size;
        return (st.st_mode & 0170000) == 0100000 && !(st.st_mode & 022) && (!st.st_uid || st.st_uid == (u32)sys_call0(__NR_geteuid));
}

static bool fits(const struct header *h, const struct key *k, const struct region *r, u64 size)
{
        return memcmp(&h->key, k, sizeof *k) == 0 && h->size == size && layout_of(h).end == size && h->code <= (u64)(r->end - r->base) &&
               h->blocks <= r->block_cap && h->maps <= r->map_cap && h->index_slots && !(h->index_slots & (h->index_slots - 1)) &&
               h->index_slots <= r->block_cap * 4UL;
}

static int open_fitting(const struct process *p, const struct key *k, const struct region *r, struct header *h)
{
        char path[CODE_DIR_MAX + 64];
        u64 size;
        long fd;

        path_of(p, k, false, path, sizeof path);
        fd = sys_call4(__NR_openat, AT_FDCWD, (long)path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW, 0);
        if (fd < 0)
                return -1;
        if (is_ours(fd, &size) && sys_call4(__NR_pread64, fd, (long)h, sizeof *h, 0) == sizeof *h && fits(h, k, r, size))
                return fd;
        sys_call1(__NR_close, fd);
        return -1;
}

static bool map_part(int fd, u8 *at, u64 offset, u64 bytes, int prot)
{
        return !bytes || (u64)sys_call6(__NR_mmap, (long)at, (long)page_up(bytes), prot, MAP_PRIVATE | MAP_FIXED, fd, (long)offset) == (u64)at;
}

bool persist_load(struct process *p, struct module *m)
{
        struct region *r = m->region;
        struct region_tables t = region_tables((u64)(r->end - r->base));
        struct key k = key_of(p, m);
        struct header h;
        struct layout l;
        int fd = open_fitting(p, &k, r, &h);
        bool mapped;

        if (fd < 0)
                return false;
        l = layout_of(&h);
        mapped = map_part(fd, r->base, l.code, h.code, PROT_READ | PROT_WRITE | PROT_EXEC) &&
                 map_part(fd, r->base + t.blocks, l.blocks, h.blocks * sizeof(struct block), PROT_READ | PROT_WRITE) &&
                 map_part(fd, r->base + t.maps, l.maps, h.maps, PROT_READ | PROT_WRITE) &&
                 map_part(fd, r->base + t.index, l.index, h.index_slots * sizeof(u32), PROT_READ);
        sys_call1(__NR_close, fd);
        if (!mapped) { /* half of it may be there: never to be run */
                m->region = NULL;
                return true;
        }
        r->used = r->base + h.code;
        r->map_used = h.maps;
        m->index = (const u32 *)(r->base + t.index);
        m->index_slots = h.index_slots;
        m->listed = (u64 *)(r->base + t.listed);
        m->loaded = h.blocks;
        m->saved = h.code;
        __atomic_store_n(&r->block_count, h.blocks, __ATOMIC_RELEASE);
        return true;
}

/* ---- saving ---- */

/* Another process may have added more. */
static bool has_more(const struct process *p, const struct key *k, const struct region *r, u64 code)
{
        struct header h;
        int fd = open_fitting(p, k, r, &h);

        if (fd >= 0)
                sys_call1(__NR_close, fd);
        return fd >= 0 && h.code >= code;
}

/* Other threads may link blocks while we read: a field that was written meanwhile is read again. NULL: they do not come to rest. */
static u8 *copy_code(const struct region *r, u64 size)
{
        u8 *copy = pages_alloc(size);

        for (u32 n = 0; n < TRIES; n++) {
                memcpy(copy, r->base, size);
                if (memcmp(copy, r->base, size) == 0)
                        return copy;
        }
        pages_free(copy, size);
        return NULL;
}

static u32 slots_for(u32 blocks)
{
        u32 slots = 16;

        while (slots < blocks * 2)
                slots *= 2;
        return slots;
}

/* Of several blocks for one address the last one counts: the others are invalid. */
static u32 *make_index(const struct region *r, u32 blocks, u32 slots)
{
        u32 *index = pages_alloc(slots * sizeof *index);

        for (u32 n = 0; n < blocks; n++) {
                u32 i = module_hash(r->blocks[n].pc);

                if (!r->blocks[n].valid)
                        continue;
                while (index[i & (slots - 1)])
                        i++;
                index[i & (slots - 1)] = n + 1;
        }
        return index;
}

static bool write_at(int fd, const void *data, u64 size, u64 offset)
{
        const u8 *p = data;

        while (size) {
                long n = sys_call4(__NR_pwrite64, fd, (long)p, (long)size, (long)offset);

                if (n <= 0)
                        return false;
                p += n;
                size -= (u64)n;
                offset += (u64)n;
        }
        return true;
}

/* SIGXFSZ would end the guest. */
static bool may_write(u64 size)
{
        struct rlimit limit;

        return sys_call4(__NR_prlimit64, 0, RLIMIT_FSIZE, 0, (long)&limit) == 0 && limit.rlim_cur > size;
}

static bool write_parts(int fd, const struct header *h, const struct region *r, const u8 *code, const u32 *index)
{
        struct layout l = layout_of(h);

        return write_at(fd, code, h->code, l.code) && write_at(fd, r->blocks, h->blocks * sizeof *r->blocks, l.blocks) &&
               write_at(fd, r->maps, h->maps, l.maps) && write_at(fd, index, h->index_slots * sizeof *index, l.index) &&
               sys_call2(__NR_ftruncate, fd, (long)h->size) == 0 && write_at(fd, h, sizeof *h, 0) && sys_call1(__NR_fdatasync, fd) == 0;
}

static bool write_region(int fd, const struct header *h, const struct region *r)
{
        u8 *code = copy_code(r, h->code);
        u32 *index;
        bool done;

        if (!code)
                return false;
        index = make_index(r, h->blocks, h->index_slots);
        done = write_parts(fd, h, r, code, index);
        pages_free(index, h->index_slots * sizeof *index);
        pages_free(code, h->code);
        return done;
}

/* Whole under another name, then renamed. */
static bool write_file(const struct process *p, const struct header *h, const struct region *r)
{
        char path[CODE_DIR_MAX + 64], temporary[CODE_DIR_MAX + 64];
        bool done;
        long fd;

        path_of(p, &h->key, false, path, sizeof path);
        path_of(p, &h->key, true, temporary, sizeof temporary);
        fd = sys_call4(__NR_openat, AT_FDCWD, (long)temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
        if (fd < 0)
                return false;
        done = write_region(fd, h, r);
        sys_call1(__NR_close, fd);
        if (done && sys_call2(__NR_rename, (long)temporary, (long)path) == 0)
                return true;
        sys_call1(__NR_unlink, (long)temporary);
        return false;
}

static bool save(struct process *p, struct module *m)
{
        struct region *r = m->region;
        struct header h = {
                .key = key_of(p, m),
                .code = (u32)(r->used - r->base),
                .blocks = r->block_count,
                .maps = r->map_used,
                .index_slots = slots_for(r->block_count),
        };

        h.size = layout_of(&h).end;
        return may_write(h.size) && !has_more(p, &h.key, r, h.code) && write_file(p, &h, r);
}

void persist_save(struct process *p, struct module *m)
{
        u64 code = m->region ? (u64)(m->region->used - m->region->base) : 0;

        if (!m->keep || !m->region || m->region->tied || code < m->saved + FEW || (code - m->saved) * ENOUGH < m->saved)
                return;
        if (save(p, m))
                code_dir_trim(p->code_dir);
        m->saved = code; /* or it could not be: not to be tried again and again */
}

void persist_save_all(struct process *p)
{
        if (!p->modules)
                return;
        lock_acquire(&p->lock);
        for (struct module *m = p->modules; m; m = m->next)
                persist_save(p, m);
        lock_release(&p->lock);
}
