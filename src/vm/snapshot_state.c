#include "vm/snapshot_state.h"

#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "vm/conn.h"
#include "vm/volume.h"

char *state_memory_path(xmlNode *domain, const char *snapshot)
{
        AUTO_FREE char *image = xml_text(domain, "string(/domain/devices/disk[@device='disk'][not(readonly)]/source/@file)");
        AUTO_FREE char *name = xml_text(domain, "string(/domain/name)");
        const char *slash = strrchr(image, '/');
        return slash ? format("%.*s/%s.%s.memory", (int)(slash - image), image, name, snapshot) : NULL;
}

static char *variables_of(xmlNode *domain)
{
        return xml_text(domain, "string(/domain/os/nvram[not(@type) or @type='file'])");
}

char *state_variables_path(xmlNode *domain, const char *snapshot)
{
        AUTO_FREE char *variables = variables_of(domain);
        return *variables == '/' ? format("%s.%s", variables, snapshot) : NULL;
}

int state_keep_variables(virConnectPtr conn, xmlNode *domain, const char *snapshot, struct err *e)
{
        AUTO_FREE char *variables = variables_of(domain), *copy = state_variables_path(domain, snapshot);
        return copy ? volume_copy(conn, variables, copy, e) : 0;
}

int state_put_variables(virConnectPtr conn, xmlNode *domain, const char *snapshot, struct err *e)
{
        AUTO_FREE char *variables = variables_of(domain), *copy = state_variables_path(domain, snapshot);
        return copy ? volume_copy(conn, copy, variables, e) : 0;
}

static void set(xmlNode *domain, const char *xpath, const char *name, const char *value)
{
        AUTO_FREE xmlNode **found = xml_nodes(domain, xpath);
        if (found[0])
                xmlSetProp(found[0], BAD_CAST name, BAD_CAST value);
}

/* The disk of the saved machine becomes the image on top. What libvirt knew of the images below it looks for again. */
static void set_top(xmlNode *domain, const char *target, const char *top)
{
        AUTO_FREE char *disk = format("/domain/devices/disk[target/@dev='%s']", target);
        AUTO_FREE char *source = format("%s/source", disk), *driver = format("%s/driver", disk), *below = format("%s/backingStore", disk);
        set(domain, source, "file", top);
        set(domain, driver, "type", "qcow2");
        AUTO_FREE xmlNode **known = xml_nodes(domain, below);
        for (size_t i = 0; known[i]; i++) {
                xmlUnlinkNode(known[i]);
                xmlFreeNode(known[i]);
        }
}

int state_start_with_memory(virConnectPtr conn, xmlNode *snapshot, struct err *e)
{
        AUTO_FREE char *memory = xml_text(snapshot, "string(/domainsnapshot/memory/@file)");
        AUTO_FREE char *text = virDomainSaveImageGetXMLDesc(conn, memory, VIR_DOMAIN_SAVE_IMAGE_XML_SECURE);
        if (!text)
                return vm_error(e, "read the memory in %s", memory);
        AUTO_XML xmlDoc *doc = xml_parse(text, strlen(text), memory, e);
        if (!doc)
                return -1;
        AUTO_FREE xmlNode **disks = xml_nodes(snapshot, "/domainsnapshot/disks/disk[@snapshot='external']");
        for (size_t i = 0; disks[i]; i++) {
                AUTO_FREE char *target = xml_text(disks[i], "string(@name)"), *top = xml_text(disks[i], "string(source/@file)");
                set_top(xmlDocGetRootElement(doc), target, top);
        }
        AUTO_FREE char *changed = xml_print(doc);
        return virDomainRestoreFlags(conn, memory, changed, 0) ? vm_error(e, "start with the memory in %s", memory) : 0;
}
