#include "vm/define.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/out.h"
#include "base/util.h"
#include "vm/conn.h"
#include "vm/domain_xml.h"
#include "vm/life.h"

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
        if (!there)
                return 0;
        virDomainFree(there);
        return err_set(e, 1, "there is a virtual machine '%s' already; take another name, or `crossarm vm delete %s` first", name, name);
}

static virDomainPtr define_xml(virConnectPtr conn, const struct vm_design *d, struct err *e)
{
        AUTO_XML xmlDoc *doc = domain_xml(d);
        AUTO_FREE char *xml = xml_print(doc);
        virDomainPtr domain = virDomainDefineXMLFlags(conn, xml, VIR_DOMAIN_DEFINE_VALIDATE);
        if (!domain)
                vm_error(e, "define %s", d->spec->top.name);
        return domain;
}

static int finish(virDomainPtr domain, const struct vm_design *d, bool start, struct err *e)
{
        if (d->spec->top.autostart == SPEC_YES && life_set_autostart(domain, 1, e))
                return -1;
        return start ? life_start(domain, e) : 0;
}

int define_machine(const struct vm_spec *spec, const struct vm_host *host, bool start, void (*step)(const char *what), struct vm_design *d,
        struct err *e)
{
        char uuid[UUID_TEXT];
        make_uuid(uuid);
        if (vm_choose(spec, host, uuid, d, e) || define_check(host->conn, d, e))
                return -1;
        AUTO_DOMAIN virDomainPtr domain = define_xml(host->conn, d, e);
        return domain ? finish(domain, d, start, e) : -1;
}
