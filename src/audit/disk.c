#include "audit/disk.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "fs/ext.h"
#include "fs/fat.h"
#include "fs/partitions.h"
#include "fs/qcow2.h"
#include "fs/squashfs.h"

/* ---- file systems ---- */

struct visit {
        struct walk *w;
        struct artefact *a;
        int depth;
};

static int visit_entry(void *arg, struct archive_entry *entry, struct volume *content, struct err *e)
{
        struct visit *v = arg;
        struct walk *w = v->w;
        const char *path = archive_entry_pathname(entry);
        if (w->budget.spent)
                return err_set(e, 2, "costs too much; not read any further");
        if (!w->budget.entries) {
                w->budget.spent = true;
                return err_set(e, 2, "has too many members; not read any further");
        }
        w->budget.entries--;
        if (!content || content->size < 4)
                return 0;
        struct stream s;
        stream_of_volume(&s, content, &w->budget);
        walk_stream(w, v->a, &s, strncmp(path, "./", 2) ? path : path + 2, v->depth + 1);
        stream_end(&s);
        return 0;
}

static int walk_ext(struct volume *v, const struct fs_visitor *to, struct err *e)
{
        struct ext *x = ext_open(v, to->name, e);
        int bad = x ? ext_walk(x, to, e) : -1;
        if (x)
                ext_close(x);
        return bad;
}

static const struct {
        enum kind kind;
        const char *type;
        int (*walk)(struct volume *v, const struct fs_visitor *to, struct err *e); /* 1: not a kind that is read */
} systems[] = {
        { KIND_SQUASHFS, "squashfs file system", squashfs_walk },
        { KIND_EXT, "ext file system", walk_ext },
        { KIND_FAT, "FAT file system", fat_walk },
};

static void take_file_system(struct walk *w, struct artefact *inside, struct volume *v, enum kind k, int depth)
{
        for (size_t i = 0; i < ARRAY_LEN(systems); i++) {
                struct err e;
                struct visit to = { w, inside, depth };
                if (systems[i].kind != k)
                        continue;
                int r = systems[i].walk(v, &(struct fs_visitor){ .entry = visit_entry, .arg = &to, .name = "it" }, &e);
                if (r > 0)
                        walk_not_read(inside, "", "a squashfs image whose compression is not known here");
                else if (r < 0)
                        walk_fail(w, inside, "", e.text);
        }
}

/* ---- disks ---- */

static bool all_zero(struct volume *v)
{
        u8 head[KIND_HEAD];
        size_t len = volume_peek(v, 0, head, sizeof head);
        return len && !head[0] && !memcmp(head, head + 1, len - 1);
}

/* Linux's swap space says so at the end of a page of any size. */
static bool is_swap(struct volume *v)
{
        for (u32 page = 4096; page <= 65536; page *= 2) {
                char magic[10];
                if (volume_peek(v, page - 10, magic, 10) == 10 && !memcmp(magic, "SWAPSPACE2", 10))
                        return true;
        }
        return false;
}

static void take_partition(struct walk *w, struct artefact *disk, struct volume *v, const struct partition *p, int depth)
{
        struct volume *part = volume_part(v, p->at, p->size);
        AUTO_FREE char *name = format("partition %u", p->number);
        if (!p->boot_code && !all_zero(part) && !is_swap(part)) {
                struct stream s;
                stream_of_volume(&s, part, NULL);
                enum kind k = walk_kind(&s);
                if (kind_is_volume(k) || kind_is_archive(k) || k == KIND_OPAQUE)
                        walk_stream(w, disk, &s, name, depth + 1);
                else
                        walk_not_read(disk, name, "a partition without a file system that is known");
                stream_end(&s);
        }
        volume_close(part);
}

static void take_disk(struct walk *w, struct artefact *disk, struct volume *v, int depth)
{
        struct partition *parts = calloc(PARTITIONS_MAX, sizeof *parts);
        if (!parts)
                abort();
        int count = partitions_read(v, parts);
        for (int i = 0; i < count; i++)
                take_partition(w, disk, v, &parts[i], depth);
        if (!count)
                walk_not_read(disk, "", "a disk image without partitions that lie in it");
        free(parts);
}

static void take_qcow2(struct walk *w, struct artefact *inside, struct volume *v, int depth)
{
        struct volume *disk;
        struct err e;
        u8 first[512];
        int state = qcow2_open(v, &disk, &e);
        if (state > 0)
                return walk_not_read(inside, "", e.text);
        if (state < 0)
                return walk_fail(w, inside, "", e.text);
        struct stream s;
        stream_of_volume(&s, disk, NULL);
        enum kind k = walk_kind(&s);
        stream_end(&s);
        if (k == KIND_DISK)
                take_disk(w, inside, disk, depth);
        else if (kind_is_volume(k) && k != KIND_QCOW2)
                take_file_system(w, inside, disk, k, depth);
        else if (volume_read(disk, 0, first, disk->size < sizeof first ? (size_t)disk->size : sizeof first, &e) < 0)
                walk_fail(w, inside, "", e.text);
        else if (!all_zero(disk))
                walk_not_read(inside, "", "a disk without partitions or a file system that is known");
        volume_close(disk);
}

/* ---- what it is ---- */

static const char *type_of(enum kind k)
{
        for (size_t i = 0; i < ARRAY_LEN(systems); i++)
                if (systems[i].kind == k)
                        return systems[i].type;
        return k == KIND_QCOW2 ? "qcow2 disk image" : "disk image";
}

void disk_take(struct walk *w, struct artefact *a, struct volume *v, enum kind k, const char *path, int depth)
{
        if (depth > DEPTH_MAX)
                return walk_fail(w, a, path, "is nested deeper than 16 archives; not read any further");
        struct artefact *inside = a;
        if (*path)
                inside = artefact_part(a, path, type_of(k));
        else
                a->type = type_of(k);
        walk_claim_by_name(inside, *path ? path : a->path);
        if (k == KIND_QCOW2)
                take_qcow2(w, inside, v, depth);
        else if (k == KIND_DISK)
                take_disk(w, inside, v, depth);
        else
                take_file_system(w, inside, v, k, depth);
}

/* Behind the ELF file, whose last part is the section header table (AppImage specification, "Type 2 image format"). */
static u64 end_of_elf(struct volume *v)
{
        Elf64_Ehdr h;
        Elf32_Ehdr h32;
        if (volume_peek(v, 0, &h, sizeof h) != sizeof h || h.e_ident[EI_DATA] != ELFDATA2LSB)
                return 0;
        if (h.e_ident[EI_CLASS] == ELFCLASS64)
                return h.e_shoff + (u64)h.e_shentsize * h.e_shnum;
        memcpy(&h32, &h, sizeof h32);
        return h32.e_shoff + (u64)h32.e_shentsize * h32.e_shnum;
}

bool disk_take_appimage(struct walk *w, struct artefact *a, struct volume *v, const char *path, int depth)
{
        u64 at = end_of_elf(v);
        char magic[4];
        if (!at || volume_peek(v, at, magic, 4) != 4 || memcmp(magic, "hsqs", 4))
                return false;
        struct volume *image = volume_part(v, at, v->size - at);
        struct artefact *inside = artefact_part(a, "its file system", "squashfs file system");
        walk_claim_by_name(inside, path);
        if (depth < DEPTH_MAX)
                take_file_system(w, inside, image, KIND_SQUASHFS, depth);
        else
                walk_fail(w, a, path, "is nested deeper than 16 archives; not read any further");
        volume_close(image);
        return true;
}
