#include "vm/attach.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/out.h"
#include "base/util.h"
#include "vm/conn.h"
#include "vm/plan.h"
#include "vm/probe.h"
#include "vm/removal.h"
#include "vm/snapshot_files.h"

enum { LOOK_EVERY_US = 300000 };

void attach_result_free(struct attach_result *r)
{
        free(r->name);
        free(r->alias);
        *r = (struct attach_result){ 0 };
}

int attach_default(virDomainPtr domain, struct attach_request *request, struct err *e)
{
        int running = virDomainIsActive(domain), kept = virDomainIsPersistent(domain);
        if (running < 0 || kept < 0)
                return vm_domain_error(e, domain, "ask for the state of");
        request->running = running;
        request->definition = kept;
        return 0;
}

static xmlDoc *domain_of(virDomainPtr domain, unsigned flags, struct err *e)
{
        AUTO_FREE char *text = virDomainGetXMLDesc(domain, flags);
        if (text)
                return xml_parse(text, strlen(text), virDomainGetName(domain), e);
        vm_domain_error(e, domain, "read the definition of");
        return NULL;
}

/* ---- plugging ---- */

/* Is there a place? libvirt's own sentence names none of the ways out. */
static int check_place(virConnectPtr conn, xmlNode *domain, const struct device *d, struct err *e)
{
        AUTO_PLAN struct plan p = { 0 };
        if (d->kind == PLAN_KINDS)
                return 0;
        AUTO_FREE char *uri = virConnectGetURI(conn);
        if (plan_make(domain, probe_known(uri, domain), &p, e) < 0)
                return -1;
        if (p.answers[d->kind].count)
                return 0;
        return err_set(e, 1, "%s has no place for %s: %s", p.name, d->name, p.problem ? p.problem : p.answers[d->kind].why);
}

static int change(virDomainPtr domain, const struct device *d, unsigned flags, struct err *e)
{
        return virDomainAttachDeviceFlags(domain, d->xml, flags) < 0 ? vm_domain_error(e, domain, "plug %s into", d->name) : 0;
}

/* The device as the running machine has it, looked at once. */
static int look(virDomainPtr domain, const struct device *d, struct verify *seen, struct err *e)
{
        AUTO_XML xmlDoc *doc = domain_of(domain, 0, e);
        if (!doc)
                return -1;
        xmlNode *device = device_find(xmlDocGetRootElement(doc), d->alias, e);
        return device ? verify_device(domain, device, seen, e) : -1;
}

static i64 now_ms(void)
{
        struct timespec t;
        clock_gettime(CLOCK_MONOTONIC, &t);
        return (i64)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int wait_for_guest(virDomainPtr domain, const struct device *d, int timeout_ms, struct verify *seen, struct err *e)
{
        for (i64 end = now_ms() + timeout_ms;; usleep(LOOK_EVERY_US))
                if (look(domain, d, seen, e) < 0)
                        return -1;
                else if (seen->level >= seen->best || now_ms() >= end)
                        return 0;
}

static int not_taken(
        virDomainPtr domain, const struct device *d, const struct attach_request *request, struct attach_result *r, struct err *e)
{
        const char *why = r->seen.level == VERIFY_ADDRESSED ? "it sees it, but no driver has taken it" : r->seen.text;
        struct err undoing = { 0 };
        if (!request->keep && removal_wait(domain, d->alias, DETACH_TIMEOUT_MS, &undoing) == 0) {
                r->running = false;
                r->undone = true;
        }
        bool pci = d->kind != PLAN_SCSI && d->kind != PLAN_KINDS;
        return err_set(e, 1, "%s is plugged, but after %d s %s: its kernel may have no %sdriver for it; %s", d->name,
                request->timeout_ms / 1000, why, pci ? "PCI hot-plug (Debian's 32-bit Arm kernels have none) or no " : "",
                r->undone       ? "it was taken out again; with --next-start the guest gets it when it starts"
                : request->keep ? "it is kept, also for the next start"
                                : undoing.text);
}

/* Plug into the running machine and look. -1 also when the guest did not take it and it is not to be kept. */
static int plug(virDomainPtr domain, const struct device *d, const struct attach_request *request, struct attach_result *r, struct err *e)
{
        if (change(domain, d, VIR_DOMAIN_AFFECT_LIVE, e) < 0)
                return -1;
        r->running = true;
        if (!request->verify)
                return 0;
        r->asked = true;
        if (wait_for_guest(domain, d, request->timeout_ms, &r->seen, e) < 0)
                return -1;
        return r->seen.level >= r->seen.best ? 0 : not_taken(domain, d, request, r, e);
}

/* The running machine's XML with the devices that only its definition has: a new one's name and addresses must be free in both. */
static xmlDoc *all_devices(virDomainPtr domain, const struct attach_request *request, struct err *e)
{
        xmlDoc *doc = domain_of(domain, request->running ? 0 : VIR_DOMAIN_XML_INACTIVE, e);
        if (!doc || !request->running || virDomainIsPersistent(domain) != 1)
                return doc;
        AUTO_XML xmlDoc *definition = domain_of(domain, VIR_DOMAIN_XML_INACTIVE, e);
        AUTO_FREE xmlNode **devices = xml_nodes(xmlDocGetRootElement(doc), "devices");
        AUTO_FREE xmlNode **more =
                definition ? xml_nodes(xmlDocGetRootElement(definition), "devices/disk[not(@device='cdrom')] | devices/interface") : NULL;
        for (size_t i = 0; more && more[i]; i++)
                check(xmlAddChild(devices[0], xmlDocCopyNode(more[i], doc, 1)));
        if (definition)
                return doc;
        xmlFreeDoc(doc);
        return NULL;
}

/* A command that is killed in the middle leaves it in both or in neither. */
static int note_device(struct work *w, virDomainPtr domain, const struct device *d, struct err *e)
{
        char uuid[VIR_UUID_STRING_BUFLEN];
        return virDomainGetUUIDString(domain, uuid) ? vm_domain_error(e, domain, "ask for the UUID of") : work_plugs(w, uuid, d->alias, e);
}

/* First into the definition, since it goes out of there again without the guest. */
static int plug_both(
        virDomainPtr domain, const struct device *d, const struct attach_request *request, struct attach_result *r, struct err *e)
{
        if (request->definition && change(domain, d, VIR_DOMAIN_AFFECT_CONFIG, e) < 0)
                return -1;
        int status = request->running ? plug(domain, d, request, r, e) : 0;
        r->definition = request->definition && (status == 0 || (r->running && request->keep));
        if (request->definition && !r->definition)
                virDomainDetachDeviceAlias(domain, d->alias, VIR_DOMAIN_AFFECT_CONFIG);
        return status;
}

int attach_device(struct work *w, virDomainPtr domain, const char *kind, struct device_words words, const struct attach_request *request,
        struct attach_result *r, struct err *e)
{
        *r = (struct attach_result){ 0 };
        AUTO_DEVICE struct device d = { 0 };
        AUTO_XML xmlDoc *doc = domain_of(domain, request->running ? 0 : VIR_DOMAIN_XML_INACTIVE, e);
        AUTO_XML xmlDoc *all = all_devices(domain, request, e);
        if (!doc || !all || device_make(xmlDocGetRootElement(all), kind, words, &d, e) < 0)
                return -1;
        r->name = format("%s", d.name);
        r->alias = format("%s", d.alias);
        if (request->running && check_place(virDomainGetConnect(domain), xmlDocGetRootElement(doc), &d, e) < 0)
                return -1;
        if (note_device(w, domain, &d, e))
                return -1;
        int status = plug_both(domain, &d, request, r, e);
        if (!status || virConnectIsAlive(w->conn) == 1) /* else the next command looks what came of it */
                work_done(w);
        return status;
}

/* ---- unplugging ---- */

/* The device's element alone, as libvirt wants it. Malloced. */
static char *element_text(xmlNode *device)
{
        xmlDoc *doc = xmlNewDoc(BAD_CAST "1.0");
        xmlDocSetRootElement(doc, xmlDocCopyNode(device, doc, 1));
        char *text = xml_print(doc);
        xmlFreeDoc(doc);
        return text;
}

/* Without the disk a snapshot of it could be neither gone back to nor deleted. */
static int check_snapshots(virDomainPtr domain, xmlNode *device, struct err *e)
{
        AUTO_FREE char *target = xml_text(device, "string(self::disk/target/@dev)");
        AUTO_SNAPSHOT_DOCS struct snapshot_docs docs = { 0 };
        if (!*target)
                return 0;
        if (snapshot_docs_read(domain, &docs, e))
                return -1;
        AUTO_FREE char *snapshot = snapshot_of_disk(&docs, target);
        const char *name = virDomainGetName(domain);
        return snapshot ? err_set(e, 1, "disk %s is part of snapshot %s: `crossarm vm snapshot %s delete %s` first", target, snapshot, name,
                                  snapshot)
                        : 0;
}

static int remove_from_definition(virDomainPtr domain, const char *word, struct attach_result *r, struct err *e)
{
        struct err absent;
        AUTO_XML xmlDoc *doc = domain_of(domain, VIR_DOMAIN_XML_INACTIVE, e);
        if (!doc)
                return -1;
        xmlNode *device = device_find(xmlDocGetRootElement(doc), word, r->running ? &absent : e);
        if (!device)
                return r->running ? 0 : -1; /* it was in the running machine only */
        if (check_snapshots(domain, device, e))
                return -1;
        AUTO_FREE char *text = element_text(device);
        if (!r->name)
                r->name = device_title(device);
        if (virDomainDetachDeviceFlags(domain, text, VIR_DOMAIN_AFFECT_CONFIG) < 0)
                return vm_domain_error(e, domain, "take %s out of the definition of", r->name);
        r->definition = true;
        return 0;
}

/* Out of the running machine. 1 when it is not there. */
static int unplug(virDomainPtr domain, const char *word, const struct attach_request *request, struct attach_result *r, struct err *e)
{
        AUTO_XML xmlDoc *doc = domain_of(domain, 0, e);
        if (!doc)
                return -1;
        xmlNode *device = device_find(xmlDocGetRootElement(doc), word, e);
        if (!device)
                return 1;
        if (check_snapshots(domain, device, e))
                return -1;
        r->name = device_title(device);
        r->alias = xml_text(device, "string(alias/@name)");
        if (removal_wait(domain, r->alias, request->timeout_ms, e) < 0)
                return -1;
        r->running = true;
        return 0;
}

/* One that only the definition has, as after a command that was cut off, goes out of that. */
int detach_device(virDomainPtr domain, const char *word, const struct attach_request *request, struct attach_result *r, struct err *e)
{
        *r = (struct attach_result){ 0 };
        int status = request->running ? unplug(domain, word, request, r, e) : 0;
        if (status < 0 || (status && !request->definition))
                return -1;
        return request->definition ? remove_from_definition(domain, word, r, e) : 0;
}
