#include "vm/snapshot_files.h"

#include <stdlib.h>
#include <string.h>

#include "base/out.h"
#include "base/util.h"
#include "vm/conn.h"
#include "vm/snapshot_state.h"

static const char external_disks[] = "/domainsnapshot/disks/disk[@snapshot='external']";

void snapshot_docs_free(struct snapshot_docs *docs)
{
        for (size_t i = 0; i < docs->count; i++)
                xmlFreeDoc(docs->all[i]);
        free(docs->all);
        *docs = (struct snapshot_docs){ 0 };
}

xmlDoc *snapshot_xml(virDomainSnapshotPtr snapshot, struct err *e)
{
        AUTO_FREE char *text = virDomainSnapshotGetXMLDesc(snapshot, 0);
        if (text)
                return xml_parse(text, strlen(text), "the snapshot", e);
        vm_error(e, "read a snapshot");
        return NULL;
}

int snapshot_docs_read(virDomainPtr domain, struct snapshot_docs *docs, struct err *e)
{
        virDomainSnapshotPtr *all;
        int count = virDomainListAllSnapshots(domain, &all, 0), status = 0;
        if (count < 0)
                return vm_domain_error(e, domain, "list the snapshots of");
        docs->all = calloc((size_t)count + 1, sizeof *docs->all);
        check(docs->all);
        for (int i = 0; i < count; i++) {
                xmlDoc *doc = status ? NULL : snapshot_xml(all[i], e);
                status = doc ? 0 : -1;
                if (doc)
                        docs->all[docs->count++] = doc;
                virDomainSnapshotFree(all[i]);
        }
        free(all);
        return status;
}

char *snapshot_below(const struct snapshot_docs *docs, const char *top)
{
        for (size_t i = 0; i < docs->count; i++) {
                xmlNode *root = xmlDocGetRootElement(docs->all[i]);
                AUTO_FREE xmlNode **disks = xml_nodes(root, external_disks);
                for (size_t k = 0; disks[k]; k++) {
                        AUTO_FREE char *source = xml_text(disks[k], "string(source/@file)"), *target = xml_text(disks[k], "string(@name)");
                        AUTO_FREE char *below = format("/domainsnapshot/domain/devices/disk[target/@dev='%s']/source/@file", target);
                        if (!strcmp(source, top))
                                return xml_text(root, below);
                }
        }
        return NULL;
}

char *snapshot_of_disk(const struct snapshot_docs *docs, const char *target)
{
        AUTO_FREE char *disk = format("%s[@name='%s']", external_disks, target);
        for (size_t i = 0; i < docs->count; i++)
                if (xml_has(xmlDocGetRootElement(docs->all[i]), disk))
                        return xml_text(xmlDocGetRootElement(docs->all[i]), "string(/domainsnapshot/name)");
        return NULL;
}

/* Of the machine as it was: the document's <domain> alone. */
static char *variables_copy(xmlNode *snapshot, const char *name)
{
        AUTO_FREE xmlNode **domain = xml_nodes(snapshot, "/domainsnapshot/domain");
        AUTO_XML xmlDoc *doc = xmlNewDoc(BAD_CAST "1.0");
        if (!domain[0])
                return NULL;
        xmlDocSetRootElement(doc, xmlDocCopyNode(domain[0], doc, 1));
        return state_variables_path(xmlDocGetRootElement(doc), name);
}

int snapshot_kept_files(
        const struct snapshot_docs *docs, int (*each)(void *data, const char *path, struct err *e), void *data, struct err *e)
{
        for (size_t i = 0; i < docs->count; i++) {
                xmlNode *root = xmlDocGetRootElement(docs->all[i]);
                AUTO_FREE char *memory = xml_text(root, "string(/domainsnapshot/memory[@snapshot='external']/@file)");
                AUTO_FREE char *name = xml_text(root, "string(/domainsnapshot/name)"), *variables = variables_copy(root, name);
                bool outside = xml_has(root, external_disks);
                if ((*memory && each(data, memory, e)) || (outside && !*memory && variables && each(data, variables, e)))
                        return -1;
        }
        return 0;
}
