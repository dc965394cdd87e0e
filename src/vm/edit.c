#include "vm/edit.h"

#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "vm/conn.h"
#include "vm/xml_write.h"

static xmlDoc *read_xml(virDomainPtr domain, unsigned flags, struct err *e)
{
        AUTO_FREE char *text = virDomainGetXMLDesc(domain, flags);
        if (text)
                return xml_parse(text, strlen(text), "the domain XML", e);
        vm_domain_error(e, domain, "read the definition of");
        return NULL;
}

/* An element's own text, for libvirt's device calls. */
static char *print_node(xmlNode *node)
{
        xmlBuffer *buffer = xmlBufferCreate();
        if (xmlNodeDump(buffer, node->doc, node, 0, 0) < 0)
                abort();
        char *text = format("%s", (const char *)xmlBufferContent(buffer));
        xmlBufferFree(buffer);
        return text;
}

static void remove_all(xmlNode *at, const char *xpath)
{
        xmlNode **nodes = xml_nodes(at, xpath);
        for (size_t i = 0; nodes[i]; i++) {
                xmlUnlinkNode(nodes[i]);
                xmlFreeNode(nodes[i]);
        }
        free(nodes);
}

/* The drive of that target; without one the first, which is the one for media: cloud-init's seed is in the second. */
static xmlNode *find_drive(xmlNode *root, const char *target, const char *machine, struct err *e)
{
        AUTO_FREE xmlNode **drives = xml_nodes(root, "/domain/devices/disk[@device='cdrom']");
        for (size_t i = 0; drives[i]; i++) {
                AUTO_FREE char *own = xml_text(drives[i], "string(target/@dev)");
                if (!target || !strcmp(target, own))
                        return drives[i];
        }
        if (target)
                err_set(e, 1, "%s has no CD-ROM drive %.20s; `crossarm vm info %s` shows its drives", machine, target, machine);
        else
                err_set(e, 1,
                        "%s has no CD-ROM drive, and a drive itself cannot be plugged; the image can be a disk: `crossarm vm attach %s "
                        "disk "
                        "PATH readonly=yes`",
                        machine, machine);
        return NULL;
}

static int change_medium(virDomainPtr domain, unsigned xml_flags, unsigned affects, const char *target, const char *iso, struct err *e)
{
        AUTO_XML xmlDoc *doc = read_xml(domain, xml_flags, e);
        xmlNode *drive = doc ? find_drive(xmlDocGetRootElement(doc), target, virDomainGetName(domain), e) : NULL;
        if (!drive)
                return -1;
        remove_all(drive, "source | backingStore");
        if (iso) {
                xmlSetProp(drive, BAD_CAST "type", BAD_CAST "file");
                xml_element(drive, "source", "file", iso, NULL);
        }
        AUTO_FREE char *text = print_node(drive);
        return virDomainUpdateDeviceFlags(domain, text, affects)
                       ? vm_domain_error(
                                 e, domain, iso ? "put %s into the drive of" : "take the medium%s out of the drive of", iso ? iso : "")
                       : 0;
}

int edit_cdrom(virDomainPtr domain, const char *drive, const char *iso, struct err *e)
{
        if (virDomainIsActive(domain) == 1 &&
                change_medium(domain, 0, VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_DEVICE_MODIFY_FORCE, drive, iso, e))
                return -1;
        if (virDomainIsPersistent(domain) != 1)
                return 0;
        return change_medium(domain, VIR_DOMAIN_XML_INACTIVE | VIR_DOMAIN_XML_SECURE, VIR_DOMAIN_AFFECT_CONFIG, drive, iso, e);
}

static int number_devices(xmlNode *root, const char *xpath, int first)
{
        xmlNode **nodes = xml_nodes(root, xpath);
        size_t i = 0;
        for (; nodes[i]; i++) {
                AUTO_FREE char *order = format("%d", first + (int)i);
                xml_element(nodes[i], "boot", "order", order, NULL);
        }
        free(nodes);
        return first + (int)i;
}

int edit_netboot(virDomainPtr domain, bool on, struct err *e)
{
        const char *name = virDomainGetName(domain);
        AUTO_XML xmlDoc *doc = read_xml(domain, VIR_DOMAIN_XML_INACTIVE | VIR_DOMAIN_XML_SECURE, e);
        if (!doc)
                return -1;
        xmlNode *root = xmlDocGetRootElement(doc);
        if (xml_has(root, "/domain/os/kernel"))
                return err_set(e, 1, "%s starts a kernel directly: that comes before any order of devices", name);
        if (on && !xml_has(root, "/domain/devices/interface"))
                return err_set(e, 1, "%s has no network", name);
        remove_all(root, "/domain/os/boot | /domain/devices/*/boot");
        int next = on ? number_devices(root, "/domain/devices/interface", 1) : 1;
        next = number_devices(root, "/domain/devices/disk[@device='disk' or not(@device)]", next);
        number_devices(root, "/domain/devices/disk[@device='cdrom'][1]", next);
        AUTO_FREE char *text = xml_print(doc);
        AUTO_DOMAIN virDomainPtr changed = virDomainDefineXML(virDomainGetConnect(domain), text);
        return changed ? 0 : vm_error(e, "change the boot order of %s", name);
}
