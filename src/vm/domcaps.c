#include "vm/domcaps.h"

#include <stdlib.h>
#include <string.h>

#include <libvirt/virterror.h>

#include "base/util.h"
#include "vm/conn.h"

void domcaps_free(struct domcaps *caps)
{
        xml_free_var(&caps->doc);
        free(caps->arch);
        free(caps->machine);
        free(caps->domain);
        free(caps->emulator);
        *caps = (struct domcaps){ 0 };
}

int domcaps_parse(const char *text, size_t len, struct domcaps *caps, struct err *e)
{
        xmlDoc *doc = xml_parse(text, len, "the host's domain capabilities", e);
        if (!doc)
                return -1;
        xmlNode *root = xmlDocGetRootElement(doc);
        *caps = (struct domcaps){
                .doc = doc,
                .arch = xml_text(root, "/domainCapabilities/arch"),
                .machine = xml_text(root, "/domainCapabilities/machine"),
                .domain = xml_text(root, "/domainCapabilities/domain"),
                .emulator = xml_text(root, "/domainCapabilities/path"),
        };
        if (caps->arch && caps->domain)
                return 0;
        domcaps_free(caps);
        return err_set(e, 2, "these are no domain capabilities: <domainCapabilities> with <arch> and <domain> is missing");
}

int domcaps_get(virConnectPtr conn, const char *arch, const char *machine, const char *domain, struct domcaps *caps, struct err *e)
{
        AUTO_FREE char *text = virConnectGetDomainCapabilities(conn, NULL, arch, machine, domain, 0);
        if (!text && machine && virGetLastErrorCode() == VIR_ERR_INVALID_ARG)
                return err_set(e, 1,
                        "machine: the host's QEMU has no %.60s for guests of %s; without 'machine' the newest that fits is taken", machine,
                        arch);
        if (!text)
                return vm_error(e, "learn what the host can give to a guest of %s", arch);
        return domcaps_parse(text, strlen(text), caps, e);
}

bool domcaps_has(const struct domcaps *caps, const char *path, const char *name, const char *value, bool unknown_so)
{
        xmlNode *root = xmlDocGetRootElement(caps->doc);
        AUTO_FREE char *list = format("%s/enum[@name='%s']", path, name);
        AUTO_FREE char *item = format("%s[value='%s']", list, value);
        return xml_has(root, list) ? xml_has(root, item) : unknown_so;
}

bool domcaps_supported(const struct domcaps *caps, const char *path, bool unknown_so)
{
        AUTO_FREE char *attribute = format("string(%s/@supported)", path);
        AUTO_FREE char *supported = xml_text(xmlDocGetRootElement(caps->doc), attribute);
        return supported && *supported ? !strcmp(supported, "yes") : unknown_so;
}
