#include "vm/define.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include <libvirt/virterror.h>

#include "base/out.h"
#include "base/util.h"
#include "vm/bootdir_domain.h"
#include "vm/bootdir_store.h"
#include "vm/conn.h"
#include "vm/domain_xml.h"
#include "vm/life.h"
#include "vm/seed.h"
#include "vm/snapshot_files.h"
#include "vm/volume.h"
#include "vm/work.h"

enum { UUID_TEXT = 37 };

/* A random UUID, version 4. Source: RFC 4122. */
static void make_uuid(char text[UUID_TEXT])
{
        u8 b[16];
        check(getrandom(b, sizeof b, 0) == sizeof b);
        b[6] = (b[6] & 0x0f) | 0x40;
        b[8] = (b[8] & 0x3f) | 0x80;
        snprintf(text, UUID_TEXT, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1], b[2], b[3], b[4],
                b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
}

int define_check(virConnectPtr conn, const struct vm_design *d, struct err *e)
{
        const char *name = d->spec->top.name;
        virDomainPtr there = virDomainLookupByName(conn, name);
        if (!there && virGetLastErrorCode() == VIR_ERR_NO_DOMAIN)
                return 0;
        if (!there)
                return vm_error(e, "see whether the name %s is free", name);
        virDomainFree(there);
        return err_set(e, 1, "there is a virtual machine '%s' already; take another name, or `crossarm vm delete %s` first", name, name);
}

static void step(const struct define_view *view, const char *what)
{
        if (view->step)
                view->step(what);
}

static int copy_image(virConnectPtr conn, const struct design_drive *drive, const struct define_view *view, struct err *e)
{
        AUTO_CLOSE int fd = open(drive->disk->copy, O_RDONLY | O_CLOEXEC);
        struct stat st;
        if (fd < 0 || fstat(fd, &st))
                return err_set(e, 1, "cannot read the image %s: %s", drive->disk->copy, strerror(errno));
        AUTO_FREE char *what = format("copying %s to %s", drive->disk->copy, drive->path);
        step(view, what);
        if (volume_put(conn, drive->path, fd, (u64)st.st_size, view->progress, e))
                return -1;
        return drive->disk->size ? volume_grow(conn, drive->path, drive->disk->size, e) : 0;
}

static int make_seed(const struct vm_design *d, virConnectPtr conn, const struct design_drive *drive, struct err *e)
{
        u64 len;
        AUTO_CLOSE int fd = seed_make(d->spec, d->uuid, &len, e);
        return fd < 0 ? -1 : volume_put(conn, drive->path, fd, len, NULL, e);
}

static int make_image(
        const struct vm_design *d, virConnectPtr conn, const struct design_drive *drive, const struct define_view *view, struct err *e)
{
        if (drive->seed)
                return make_seed(d, conn, drive, e);
        if (drive->disk->copy)
                return copy_image(conn, drive, view, e);
        return volume_make(conn, drive->path, drive->format, drive->disk->size, drive->disk->backing, e);
}

static int make_images(struct work *w, const struct vm_design *d, const struct define_view *view, struct err *e)
{
        for (size_t i = 0; i < d->drive_count; i++) {
                const struct design_drive *drive = &d->drives[i];
                if (drive->make &&
                        (volume_free(w->conn, drive->path, e) || work_makes(w, drive->path, e) || make_image(d, w->conn, drive, view, e)))
                        return -1;
        }
        return 0;
}

static virDomainPtr define_xml(virConnectPtr conn, const struct vm_design *d, struct err *e)
{
        AUTO_XML xmlDoc *doc = domain_xml(d);
        AUTO_FREE char *xml = xml_print(doc);
        virDomainPtr domain = virDomainDefineXML(conn, xml);
        if (!domain)
                vm_error(e, "define %s", d->spec->top.name);
        return domain;
}

static int make_machine(struct work *w, const struct vm_design *d, bool start, const struct define_view *view, struct err *e)
{
        if (work_owner(w, d->uuid, e) || make_images(w, d, view, e))
                return -1;
        AUTO_DOMAIN virDomainPtr domain = define_xml(w->conn, d, e);
        if (!domain)
                return -1;
        if (d->spec->top.autostart == SPEC_YES && life_set_autostart(domain, 1, e))
                return -1;
        if (start)
                return life_start(domain, e);
        return d->spec->boot.bootdir ? life_bootdir(domain, e) : 0;
}

/* The kernels that were taken from the guest's /boot; the sentence of what went wrong before is the one to say. */
static void forget_pairs(const struct vm_design *d)
{
        struct err ignored;
        AUTO_FREE char *root = NULL, *name = NULL;
        if (d->spec->boot.bootdir && d->host->here && bootdir_store_split(d->kernel, &root, &name))
                bootdir_store_remove(root, name, &ignored);
}

int define_machine(const struct vm_spec *spec, const struct vm_host *host, bool start, const struct define_view *view, struct vm_design *d,
        struct err *e)
{
        char uuid[UUID_TEXT];
        make_uuid(uuid);
        AUTO_WORK struct work w = { .fd = -1 };
        if (work_begin(&w, host->conn, spec->top.name, view->step, e) || vm_choose(spec, host, uuid, d, e) ||
                define_check(host->conn, d, e))
                return -1;
        if (make_machine(&w, d, start, view, e)) {
                forget_pairs(d);
                return work_undo(&w, e);
        }
        work_done(&w);
        return 0;
}

/* What a machine's deletion does with its images. */
struct disposal {
        struct work *w;
        const struct snapshot_docs *snapshots;
        void (*told)(void *data, const char *image, bool removed);
        void *data;
        bool disks;
};

static int dispose(const struct disposal *d, const char *image, bool goes, struct err *e)
{
        if (goes && work_makes(d->w, image, e))
                return -1;
        d->told(d->data, image, goes);
        return 0;
}

/* These go as the firmware's variables do: without a word. */
static int dispose_kept(void *work, const char *path, struct err *e)
{
        return work_makes(work, path, e);
}

/* A disk's image, and those below it that snapshots have left there: no more than there are snapshots. */
static int dispose_chain(const struct disposal *d, const char *image, struct err *e)
{
        AUTO_FREE char *top = format("%s", image);
        for (size_t i = 0; top && i <= d->snapshots->count; i++) {
                if (dispose(d, top, d->disks, e))
                        return -1;
                char *below = snapshot_below(d->snapshots, top);
                free(top);
                top = below;
        }
        return 0;
}

/* The images that go with a machine: its seed and what its snapshots keep always, its disks if that is wanted. What only can be read is not
 * its own. */
static int note_images(const struct disposal *d, xmlDoc *doc, const char *uuid, struct err *e)
{
        AUTO_FREE xmlNode **nodes = xml_nodes(xmlDocGetRootElement(doc), "/domain/devices/disk[source/@file or source/@dev]");
        AUTO_FREE char *mark = format("-seed-%.8s.iso", uuid);
        for (size_t i = 0; nodes[i]; i++) {
                AUTO_FREE char *image = xml_text(nodes[i], "string(source/@file | source/@dev)");
                bool block = xml_has(nodes[i], "source/@dev");
                bool seed = strstr(image, mark) != NULL, disk = !xml_has(nodes[i], "readonly | self::*[@device='cdrom'] | shareable");
                if (seed ? dispose(d, image, true, e) : !disk ? 0 : block ? dispose(d, image, false, e) : dispose_chain(d, image, e))
                        return -1;
        }
        return snapshot_kept_files(d->snapshots, dispose_kept, d->w, e);
}

/* A libvirt that dies meanwhile may have forgotten the snapshots already, so that nobody but this list knows of their images: it is asked
 * again. */
static int undefine(struct work *w, virDomainPtr domain, const char *uuid, struct err *e)
{
        const unsigned flags = VIR_DOMAIN_UNDEFINE_NVRAM | VIR_DOMAIN_UNDEFINE_MANAGED_SAVE | VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA;
        if (!virDomainUndefineFlags(domain, flags))
                return 0;
        vm_domain_error(e, domain, "delete");
        if (virConnectIsAlive(w->conn) == 1) {
                work_done(w);
                return -1;
        }
        struct err unreached;
        AUTO_CONN virConnectPtr conn = work_connection(w, &unreached);
        AUTO_DOMAIN virDomainPtr still = conn ? virDomainLookupByUUIDString(conn, uuid) : NULL;
        return !conn || (still && virDomainUndefineFlags(still, flags)) ? -1 : 0;
}

int define_delete(struct work *w, virDomainPtr domain, bool disks, void (*told)(void *data, const char *image, bool removed), void *data,
        struct err *e)
{
        const char *name = virDomainGetName(domain);
        char uuid[UUID_TEXT];
        AUTO_SNAPSHOT_DOCS struct snapshot_docs snapshots = { 0 };
        const struct disposal d = { w, &snapshots, told, data, disks };
        if (virDomainIsActive(domain) == 1)
                return err_set(e, 1, "%s is running; `crossarm vm stop %s` or `destroy` first", name, name);
        AUTO_FREE char *xml = virDomainGetXMLDesc(domain, VIR_DOMAIN_XML_INACTIVE);
        if (!xml || virDomainGetUUIDString(domain, uuid))
                return vm_error(e, "read what %s is", name);
        AUTO_XML xmlDoc *doc = xml_parse(xml, strlen(xml), "the domain XML", e);
        AUTO_BOOTDIR_DOMAIN struct bootdir_domain b = { 0 };
        int own = doc ? bootdir_domain_read(xml, strlen(xml), &b, e) : -1;
        if (!doc || work_owner(w, uuid, e) || snapshot_docs_read(domain, &snapshots, e) || note_images(&d, doc, uuid, e))
                return -1;
        if (undefine(w, domain, uuid, e))
                return -1;
        if (work_clear(w, e)) {
                struct err first = *e;
                if (virConnectIsAlive(w->conn) != 1)
                        return err_set(e, 1,
                                "%s is deleted, but not its images yet: %s; the next `crossarm vm define` of that name does that", name,
                                first.text);
                work_done(w);
                return err_set(e, 1, "%s is deleted, but an image stays: %s", name, first.text);
        }
        return (own > 0 && vm_uri_here(w->uri) && bootdir_store_remove(b.root, b.name, e)) ? -1 : 0;
}
