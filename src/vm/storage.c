#include "vm/storage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"
#include "vm/choose.h"
#include "vm/conn.h"

/* "qcow2" or "raw" by the head of a file; NULL when it cannot be read. Source: QEMU's docs/interop/qcow2.txt. */
static const char *format_of_file(const char *path)
{
        char head[4];
        AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        ssize_t n = fd < 0 ? -1 : pread(fd, head, sizeof head, 0);
        if (n < 0)
                return NULL;
        return n == sizeof head && !memcmp(head, "QFI\xfb", sizeof head) ? "qcow2" : "raw";
}

/* Formats that QEMU reads and hosts elsewhere do not, by the first bytes. */
static const struct {
        const char *magic, *name;
} foreign[] = {
        { "KDMV", "VMware's (vmdk)" },
        { "# Disk Descriptor", "VMware's (vmdk)" },
        { "vhdxfile", "Hyper-V's (vhdx)" },
        { "conectix", "Hyper-V's (vhd)" },
        { "<<< Oracle VM", "VirtualBox's (vdi)" },
        { "\x1f\x8b", "compressed by gzip" },
        { "\xfd"
          "7zXZ",
                "compressed by xz" },
        { "\x28\xb5\x2f\xfd", "compressed by zstd" },
        { "PK\x03\x04", "a zip archive" },
};

static const char *format_of_name(const char *path)
{
        const char *dot = strrchr(path, '.');
        return dot && !strcmp(dot, ".qcow2") ? "qcow2" : "raw";
}

/* On another host only libvirt can look: 1 it is there, 0 it is not, or not in a folder that libvirt keeps a pool of. */
static bool there_for_libvirt(virConnectPtr conn, const char *path)
{
        virStorageVolPtr volume = conn ? virStorageVolLookupByPath(conn, path) : NULL;
        if (volume)
                virStorageVolFree(volume);
        return volume != NULL;
}

/* Does a new image come from a file that is here? Then its format is the file's. One that is based on another image is no whole disk. */
static int look_at_original(struct design_drive *drive, struct err *e)
{
        u8 head[24] = { 0 };
        const char *path = drive->disk->copy;
        AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        struct stat st;
        if (fd < 0 || fstat(fd, &st) || pread(fd, head, sizeof head, 0) < 0)
                return err_set(e, 1, "cannot read the image %s: %s", path, strerror(errno));
        if (!S_ISREG(st.st_mode) || !st.st_size)
                return err_set(e, 1, "the image %s is %s", path, S_ISREG(st.st_mode) ? "empty" : "no file");
        drive->format = format_of_file(path);
        for (size_t i = 8; i < 16 && !strcmp(drive->format, "qcow2"); i++)
                if (head[i])
                        return err_set(e, 1, "the image %s is based on another one: `qemu-img convert -O qcow2 %s WHOLE` makes a whole one",
                                path, path);
        for (size_t i = 0; i < ARRAY_LEN(foreign); i++)
                if (!memcmp(head, foreign[i].magic, strlen(foreign[i].magic)))
                        return err_set(e, 1, "the image %s is %s: `qemu-img convert -O qcow2 %s NEW` makes one that works everywhere", path,
                                foreign[i].name, path);
        return 0;
}

static int disk_of_path(struct vm_design *d, struct design_drive *drive, struct err *e)
{
        const struct spec_disk *disk = drive->disk;
        struct stat st;
        bool can_make = disk->size || disk->backing || disk->copy, here = d->host->here;
        bool there = here ? stat(disk->path, &st) == 0 : !can_make || there_for_libvirt(d->host->conn, disk->path);
        if (!there && here && errno != ENOENT)
                return err_set(e, 1, "cannot look at the disk %s: %s", disk->path, strerror(errno));
        if (!there && !can_make)
                return err_set(e, 1, "there is no disk %s; with 'size: 10G' it would be made", disk->path);
        if (there && (disk->copy || disk->backing))
                return err_set(e, 1, "the disk %s is there already: a new one is made for what %s says", disk->path,
                        disk->copy ? "copy" : "backing");
        if (there && here && S_ISDIR(st.st_mode))
                return err_set(e, 1, "the disk %s is a folder", disk->path);
        drive->path = format("%s", disk->path);
        drive->make = !there;
        const char *found = there && here ? format_of_file(disk->path) : format_of_name(disk->path);
        if (!disk->copy)
                drive->format = disk->format ? disk->format : drive->make ? "qcow2" : found;
        if (!drive->format)
                return err_set(e, 1, "cannot read the disk %s: %s", disk->path, strerror(errno));
        if (there && here && disk->format && found && !strcmp(disk->format, "raw") && !strcmp(found, "qcow2"))
                return err_set(e, 1, "the disk %s is qcow2, not raw: the guest would see the image's own bookkeeping", disk->path);
        return 0;
}

/* The folder of a storage pool. */
static char *pool_folder(const struct vm_design *d, const char *name, struct err *e)
{
        if (!d->host->conn)
                return format("/var/lib/libvirt/images");
        virStoragePoolPtr pool = virStoragePoolLookupByName(d->host->conn, name);
        AUTO_FREE char *text = pool ? virStoragePoolGetXMLDesc(pool, 0) : NULL;
        bool started = pool && virStoragePoolIsActive(pool) == 1;
        if (pool)
                virStoragePoolFree(pool);
        if (!text) {
                err_set(e, 1,
                        "the host has no storage pool '%s': give a path, or make the pool (virsh pool-define-as %s dir --target "
                        "/var/lib/libvirt/images; virsh pool-start %s)",
                        name, name, name);
                return NULL;
        }
        if (!started) {
                err_set(e, 1, "the storage pool '%s' is not started: virsh pool-start %s", name, name);
                return NULL;
        }
        AUTO_XML xmlDoc *doc = xml_parse(text, strlen(text), "the storage pool", e);
        char *folder = doc ? xml_text(xmlDocGetRootElement(doc), "/pool[@type='dir' or @type='fs' or @type='netfs']/target/path") : NULL;
        if (doc && !folder)
                err_set(e, 1, "the storage pool '%s' is no folder; give the disk a path", name);
        return folder;
}

/* A part of the machine's UUID keeps the names of what is made apart from what an earlier machine of that name left. */
static char *made_path(const struct vm_design *d, const char *folder, const char *part, const char *suffix)
{
        return format("%s/%s-%s%s%.8s.%s", folder, d->spec->top.name, part, *d->uuid ? "-" : "", d->uuid, suffix);
}

static int disk_of_pool(struct vm_design *d, struct design_drive *drive, struct err *e)
{
        AUTO_FREE char *folder = pool_folder(d, drive->disk->pool ? drive->disk->pool : "default", e);
        if (!folder)
                return -1;
        if (!drive->disk->copy)
                drive->format = drive->disk->format ? drive->disk->format : "qcow2";
        drive->path = made_path(d, folder, drive->target, drive->format);
        drive->make = true;
        return 0;
}

int storage_of_disk(struct vm_design *d, struct design_drive *drive, struct err *e)
{
        if (drive->disk->copy && look_at_original(drive, e))
                return -1;
        if (drive->disk->path ? disk_of_path(d, drive, e) : disk_of_pool(d, drive, e))
                return -1;
        because(d, "disks", drive->target, "%s, %s%s, on %s", drive->path, drive->format, drive->make ? ", to be made" : "", drive->bus);
        return 0;
}

int storage_of_seed(struct vm_design *d, struct design_drive *drive, struct err *e)
{
        AUTO_FREE char *folder = NULL;
        for (size_t i = 0; i < d->drive_count && !folder; i++)
                if (d->drives[i].disk && d->drives[i].path)
                        folder = format("%.*s", (int)(strrchr(d->drives[i].path, '/') - d->drives[i].path), d->drives[i].path);
        if (!folder)
                folder = pool_folder(d, "default", e);
        if (!folder)
                return -1;
        drive->path = made_path(d, folder, "seed", "iso");
        drive->make = true;
        return 0;
}
