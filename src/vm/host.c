#include "vm/host.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/util.h"
#include "vm/conn.h"

enum { MAX_CAPTURE = 4 << 20 };

void host_free(struct vm_host *host)
{
        xml_free_var(&host->caps);
        free(host->arch);
        firmware_list_free(&host->firmware);
        *host = (struct vm_host){ 0 };
}

static int take_capabilities(struct vm_host *host, const char *text, const char *what, struct err *e)
{
        host->caps = xml_parse(text, strlen(text), what, e);
        if (!host->caps)
                return -1;
        host->arch = xml_text(xmlDocGetRootElement(host->caps), "/capabilities/host/cpu/arch");
        return host->arch ? 0 : err_set(e, 2, "%s has no <host> with its processor: it is no output of `virsh capabilities`", what);
}

int host_of_connection(virConnectPtr conn, struct vm_host *host, struct err *e)
{
        AUTO_FREE char *caps = virConnectGetCapabilities(conn);
        if (!caps)
                return vm_error(e, "learn what the host is");
        if (take_capabilities(host, caps, "what libvirt tells of the host", e))
                return -1;
        AUTO_FREE char *uri = virConnectGetURI(conn);
        host->conn = conn;
        host->system = uri && strstr(uri, ":///system") != NULL;
        host->system |= uri && !vm_uri_here(uri) && strstr(uri, "/system") != NULL;
        host->here = vm_uri_here(uri);
        if (virConnectGetLibVersion(conn, &host->version))
                host->version = 0;
        if (host->here)
                firmware_list_here(!host->system, &host->firmware);
        return 0;
}

int host_of_folder(const char *folder, struct vm_host *host, struct err *e)
{
        AUTO_FREE char *path = format("%s/capabilities.xml", folder);
        AUTO_FREE char *caps = read_text(AT_FDCWD, path, MAX_CAPTURE);
        if (!caps)
                return err_set(e, 2, "cannot read %s: %s; it is what `virsh capabilities` prints on that host", path, strerror(errno));
        host->folder = folder;
        host->system = true;
        return take_capabilities(host, caps, path, e);
}

bool host_gives(const struct vm_host *host, const char *arch, const char *domain)
{
        AUTO_FREE char *path = format("/capabilities/guest/arch[@name='%s']/domain[@type='%s']", arch, domain);
        return xml_has(xmlDocGetRootElement(host->caps), path);
}

static int captured_domcaps(
        const struct vm_host *host, const char *arch, const char *machine, const char *domain, struct domcaps *caps, struct err *e)
{
        AUTO_FREE char *path = format("%s/domcaps-%s-%s-%s.xml", host->folder, arch, machine, domain);
        AUTO_FREE char *text = read_text(AT_FDCWD, path, MAX_CAPTURE);
        if (!text)
                return err_set(e, 2,
                        "cannot read %s: %s; it is what `virsh domcapabilities --arch %s --machine %s --virttype %s` prints on that host",
                        path, strerror(errno), arch, machine, domain);
        return domcaps_parse(text, strlen(text), caps, e);
}

int host_domcaps(const struct vm_host *host, const char *arch, const char *machine, const char *domain, struct domcaps *caps, struct err *e)
{
        if (!host->conn)
                return captured_domcaps(host, arch, machine, domain, caps, e);
        return domcaps_get(host->conn, arch, machine, domain, caps, e);
}
