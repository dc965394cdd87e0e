#include "vm/snapshot.h"

#include <stdlib.h>
#include <string.h>

#include <libvirt/virterror.h>

#include "base/out.h"
#include "base/util.h"
#include "vm/conn.h"
#include "vm/snapshot_files.h"
#include "vm/snapshot_state.h"
#include "vm/spec.h"
#include "vm/volume.h"
#include "vm/xml_write.h"

void snapshot_list_free(struct snapshot_list *list)
{
        for (size_t i = 0; i < list->count; i++)
                free(list->all[i].name);
        free(list->all);
        *list = (struct snapshot_list){ 0 };
}

static void free_snapshot(virDomainSnapshotPtr *snapshot)
{
        if (*snapshot)
                virDomainSnapshotFree(*snapshot);
}
#define AUTO_SNAPSHOT __attribute__((cleanup(free_snapshot)))

static const char external_disks[] = "/domainsnapshot/disks/disk[@snapshot='external']";
static const char external_memory[] = "/domainsnapshot/memory[@snapshot='external']";

static int describe(virDomainSnapshotPtr snapshot, struct snapshot *s, struct err *e)
{
        AUTO_XML xmlDoc *doc = snapshot_xml(snapshot, e);
        if (!doc)
                return -1;
        xmlNode *root = xmlDocGetRootElement(doc);
        AUTO_FREE char *time = xml_text(root, "/domainsnapshot/creationTime");
        *s = (struct snapshot){
                .name = format("%s", virDomainSnapshotGetName(snapshot)),
                .taken_at = time ? strtoll(time, NULL, 10) : 0,
                .current = virDomainSnapshotIsCurrent(snapshot, 0) == 1,
                .memory = xml_has(root, "/domainsnapshot/memory[@snapshot!='no']"),
                .external = xml_has(root, external_disks),
        };
        return 0;
}

/* By time, and of the same second as they came: parents before children. There is room for one more. */
static void insert(struct snapshot_list *list, struct snapshot s)
{
        size_t at = list->count++;
        for (; at > 0 && list->all[at - 1].taken_at > s.taken_at; at--)
                list->all[at] = list->all[at - 1];
        list->all[at] = s;
}

int snapshot_list(virDomainPtr domain, struct snapshot_list *list, struct err *e)
{
        virDomainSnapshotPtr *all;
        int count = virDomainListAllSnapshots(domain, &all, VIR_DOMAIN_SNAPSHOT_LIST_TOPOLOGICAL), status = 0;
        if (count < 0)
                return vm_domain_error(e, domain, "list the snapshots of");
        list->all = calloc((size_t)count + 1, sizeof *list->all);
        check(list->all);
        for (int i = 0; i < count; i++) {
                struct snapshot s;
                status = status ? status : describe(all[i], &s, e);
                if (!status)
                        insert(list, s);
                virDomainSnapshotFree(all[i]);
        }
        free(all);
        return status;
}

/* Can the images and libvirt keep it inside? Disks that only can be read are no matter. */
static bool fits_inside(xmlNode *domain)
{
        return !xml_has(domain, "/domain/os/loader[@type='pflash']") && !xml_has(domain, "/domain/os[@firmware='efi']") &&
               !xml_has(domain, "/domain/devices/disk[not(readonly)][@device='disk'][driver/@type!='qcow2']");
}

/* The wish for libvirt: a name, and where the memory goes (or NULL). */
static char *wish_of(const char *name, const char *memory)
{
        AUTO_XML xmlDoc *wish = xml_new("domainsnapshot");
        xml_leaf(xmlDocGetRootElement(wish), "name", name);
        if (memory)
                xml_element(xmlDocGetRootElement(wish), "memory", "snapshot", "external", "file", memory, NULL);
        return xml_print(wish);
}

static int note_owner(struct work *w, virDomainPtr domain, const char *name, struct err *e)
{
        char uuid[VIR_UUID_STRING_BUFLEN];
        if (virDomainGetUUIDString(domain, uuid))
                return vm_domain_error(e, domain, "ask for the UUID of");
        AUTO_FREE char *owner = format("%s/%s", uuid, name);
        return work_owner(w, owner, e);
}

/* Where what is not in the images goes, noted before it is made there. */
static int keep_state(struct work *w, virDomainPtr domain, xmlNode *root, const char *name, const char *memory, struct err *e)
{
        AUTO_FREE char *copy = memory ? NULL : state_variables_path(root, name);
        if (note_owner(w, domain, name, e))
                return -1;
        if (memory)
                return volume_free(w->conn, memory, e) || work_makes(w, memory, e) ? -1 : 0;
        return copy && (work_makes(w, copy, e) || state_keep_variables(w->conn, root, name, e)) ? -1 : 0;
}

static int take(struct work *w, virDomainPtr domain, xmlNode *root, const char *name, struct err *e)
{
        bool inside = fits_inside(root), running = virDomainIsActive(domain) == 1;
        AUTO_FREE char *memory = !inside && running ? state_memory_path(root, name) : NULL, *wish = wish_of(name, memory);
        unsigned flags = VIR_DOMAIN_SNAPSHOT_CREATE_ATOMIC | (inside || memory ? 0 : VIR_DOMAIN_SNAPSHOT_CREATE_DISK_ONLY);
        if (!inside && keep_state(w, domain, root, name, memory, e))
                return -1;
        AUTO_SNAPSHOT virDomainSnapshotPtr taken = virDomainSnapshotCreateXML(domain, wish, flags);
        return taken ? 0 : vm_domain_error(e, domain, "take a snapshot of");
}

int snapshot_take(struct work *w, virDomainPtr domain, const char *name, struct err *e)
{
        if (!spec_is_name(name))
                return err_set(e, 2,
                        "'%.60s' is no name for a snapshot: it has letters, digits and . _ + - and begins with a letter or digit", name);
        AUTO_SNAPSHOT virDomainSnapshotPtr there = virDomainSnapshotLookupByName(domain, name, 0);
        if (there)
                return err_set(e, 1, "%s has a snapshot '%s' already", virDomainGetName(domain), name);
        AUTO_FREE char *text = virDomainGetXMLDesc(domain, 0);
        if (!text)
                return vm_domain_error(e, domain, "read the definition of");
        AUTO_XML xmlDoc *doc = xml_parse(text, strlen(text), "the domain XML", e);
        if (!doc)
                return -1;
        if (!xml_has(xmlDocGetRootElement(doc), "/domain/devices/disk[@device='disk'][not(readonly)]"))
                return err_set(e, 1, "%s has no disk that a snapshot could keep", virDomainGetName(domain));
        if (take(w, domain, xmlDocGetRootElement(doc), name, e))
                return work_undo(w, e);
        work_done(w);
        return 0;
}

static virDomainSnapshotPtr find(virDomainPtr domain, const char *name, struct err *e)
{
        virDomainSnapshotPtr snapshot = virDomainSnapshotLookupByName(domain, name, 0);
        if (!snapshot)
                err_set(e, 1, "%s has no snapshot '%s'; `crossarm vm snapshot %s` lists them", virDomainGetName(domain), name,
                        virDomainGetName(domain));
        return snapshot;
}

/* What was written since is in the image on top: an empty one takes its place. */
static int renew_top(virConnectPtr conn, xmlNode *root, xmlNode *disk, struct err *e)
{
        AUTO_FREE char *target = xml_text(disk, "@name"), *top = xml_text(disk, "source/@file");
        AUTO_FREE char *where = format("/domainsnapshot/domain/devices/disk[target/@dev='%s']/source/@file", target);
        AUTO_FREE char *base = xml_text(root, where);
        if (!top || !base)
                return err_set(e, 1, "the snapshot keeps disk %s in no file", target);
        return volume_remove(conn, top, e) || volume_make(conn, top, "qcow2", 0, base, e) ? -1 : 0;
}

/* The machine's own XML: where its variables are. */
static int put_variables(virDomainPtr domain, const char *name, struct err *e)
{
        AUTO_FREE char *text = virDomainGetXMLDesc(domain, VIR_DOMAIN_XML_INACTIVE);
        if (!text)
                return vm_domain_error(e, domain, "read the definition of");
        AUTO_XML xmlDoc *doc = xml_parse(text, strlen(text), "the domain XML", e);
        return doc ? state_put_variables(virDomainGetConnect(domain), xmlDocGetRootElement(doc), name, e) : -1;
}

static int revert_external(virDomainPtr domain, virDomainSnapshotPtr snapshot, xmlNode *root, struct err *e)
{
        const char *name = virDomainGetName(domain);
        if (virDomainIsActive(domain) == 1)
                return err_set(e, 1,
                        "%s is running, and this libvirt goes back to a snapshot outside of the images only while it is off: `crossarm vm "
                        "destroy %s` first",
                        name, name);
        if (virDomainSnapshotNumChildren(snapshot, 0) != 0)
                return err_set(e, 1, "there are snapshots after '%s', and this libvirt goes back to the newest only: delete those first",
                        virDomainSnapshotGetName(snapshot));
        AUTO_FREE xmlNode **disks = xml_nodes(root, external_disks);
        for (size_t i = 0; disks[i]; i++)
                if (renew_top(virDomainGetConnect(domain), root, disks[i], e))
                        return -1;
        return xml_has(root, external_memory) ? state_start_with_memory(virDomainGetConnect(domain), root, e)
                                              : put_variables(domain, virDomainSnapshotGetName(snapshot), e);
}

int snapshot_revert(struct work *w, virDomainPtr domain, const char *name, struct err *e)
{
        AUTO_SNAPSHOT virDomainSnapshotPtr snapshot = find(domain, name, e);
        AUTO_XML xmlDoc *doc = snapshot ? snapshot_xml(snapshot, e) : NULL;
        if (!doc)
                return -1;
        xmlNode *root = xmlDocGetRootElement(doc);
        bool external = xml_has(root, external_disks);
        if (virDomainRevertToSnapshot(snapshot, 0) == 0)
                return external && !xml_has(root, external_memory) ? put_variables(domain, name, e) : 0;
        if (virGetLastErrorCode() == VIR_ERR_CONFIG_UNSUPPORTED && external)
                return revert_external(domain, snapshot, root, e);
        return vm_domain_error(e, domain, "go back to snapshot %s of", name);
}

static int note_file(void *work, const char *path, struct err *e)
{
        return work_makes(work, path, e);
}

/* libvirt leaves what it keeps beside the images, and does not know of the variables. */
int snapshot_delete(struct work *w, virDomainPtr domain, const char *name, struct err *e)
{
        AUTO_SNAPSHOT virDomainSnapshotPtr snapshot = find(domain, name, e);
        xmlDoc *doc = snapshot ? snapshot_xml(snapshot, e) : NULL;
        AUTO_SNAPSHOT_DOCS struct snapshot_docs one = { calloc(1, sizeof doc), 0 };
        if (!doc)
                return -1;
        check(one.all);
        one.all[one.count++] = doc;
        if (note_owner(w, domain, name, e) || snapshot_kept_files(&one, note_file, w, e))
                return -1;
        if (virDomainSnapshotDelete(snapshot, 0) == 0)
                return work_clear(w, e);
        work_done(w);
        return vm_domain_error(e, domain, "delete snapshot %s of", name);
}
