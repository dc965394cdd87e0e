#include "vm/bootdir_domain.h"

#include "base/util.h"
#include "vm/bootdir_store.h"
#include "vm/xml.h"

void bootdir_domain_free(struct bootdir_domain *d)
{
        free(d->root);
        free(d->name);
        free(d->share);
        free(d->arch);
        *d = (struct bootdir_domain){ 0 };
}

int bootdir_domain_read(const char *xml, size_t len, struct bootdir_domain *d, struct err *e)
{
        *d = (struct bootdir_domain){ 0 };
        AUTO_XML xmlDoc *doc = xml_parse(xml, len, "the domain XML", e);
        if (!doc)
                return -1;
        xmlNode *root = xmlDocGetRootElement(doc);
        AUTO_FREE char *kernel = xml_text(root, "/domain/os/kernel");
        if (!kernel || !bootdir_store_split(kernel, &d->root, &d->name))
                return 0;
        d->arch = xml_text(root, "/domain/os/type/@arch");
        d->share = xml_text(root, "/domain/devices/filesystem[target/@dir='" BOOTDIR_TAG "']/source/@dir");
        if (d->share && d->arch)
                return 1;
        bootdir_domain_free(d);
        return err_set(
                e, 2, "the kernel of this domain comes from its own /boot, but it has no <filesystem> with the target '" BOOTDIR_TAG "'");
}
