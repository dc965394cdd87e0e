/* Who judges a domain: the host that it is for, its capabilities from a file, or what Debian 12's libvirt says. */
#include <libvirt/virterror.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"
#include "vm/conn.h"
#include "vm/lint.h"
#include "vm/lint_default.h"

void lint_host_free(struct lint_host *host)
{
        domcaps_free(&host->caps);
        free(host->by);
        free(host->machine);
        free(host->machine_refused);
        free(host->kvm_refused);
        *host = (struct lint_host){ 0 };
}

struct wish {
        char *arch, *machine, *type;
};

static void wish_free(struct wish *wish)
{
        free(wish->arch);
        free(wish->machine);
        free(wish->type);
}

static struct wish wish_of(xmlDoc *doc)
{
        xmlNode *root = xmlDocGetRootElement(doc);
        return (struct wish){ lint_arch(doc), xml_text(root, "os/type/@machine"), xml_text(root, "string(@type)") };
}

/* Ask again without the wish that was refused, and keep what was said: first KVM, then the machine type. */
static int ask(virConnectPtr conn, const struct wish *wish, struct lint_host *host, struct err *e)
{
        const char *type = wish->type, *machine = wish->machine;
        struct err said;
        if (!strcmp(type, "kvm") && domcaps_get(conn, wish->arch, NULL, "kvm", &host->caps, &said) < 0) {
                host->kvm_refused = format("%s", virGetLastErrorMessage());
                type = "qemu";
        }
        domcaps_free(&host->caps);
        if (machine && domcaps_get(conn, wish->arch, machine, type, &host->caps, &said) == 0)
                return 0;
        if (machine) {
                host->machine = format("%s", machine);
                host->machine_refused = format("%s", virGetLastErrorMessage());
        }
        /* What libvirt takes for Arm guests by itself is an old board. */
        machine = strcmp(wish->arch, "x86_64") ? "virt" : NULL;
        return domcaps_get(conn, wish->arch, machine, type, &host->caps, e);
}

int lint_host_ask(virConnectPtr conn, xmlDoc *doc, struct lint_host *host, struct err *e)
{
        *host = (struct lint_host){ .conn = conn };
        struct wish wish = wish_of(doc);
        virConnectGetLibVersion(conn, &host->libvirt);
        virConnectGetVersion(conn, &host->qemu);
        int status = ask(conn, &wish, host, e);
        host->by = virConnectGetURI(conn);
        host->local = host->by && strstr(host->by, ":///"); /* a URI without a host name is this machine's: https://libvirt.org/uri.html */
        host->session = geteuid() != 0 && host->by && strstr(host->by, "/session"); /* root's own is the system's */
        wish_free(&wish);
        if (status < 0)
                lint_host_free(host);
        return status;
}

int lint_host_kept(const char *text, size_t len, const char *name, xmlDoc *doc, struct lint_host *host, struct err *e)
{
        *host = (struct lint_host){ 0 };
        if (domcaps_parse(text, len, &host->caps, e) < 0)
                return -1;
        AUTO_FREE char *arch = lint_arch(doc);
        host->by = format("%s", name);
        if (!strcmp(arch, host->caps.arch) || (!strcmp(arch, "x86_64") && !strcmp(host->caps.arch, "i686")))
                return 0;
        err_set(e, 2, "%s tells of %.60s guests, the domain is for %s: take it with `virsh domcapabilities --arch %s`", name,
                host->caps.arch, arch, arch);
        lint_host_free(host);
        return -1;
}

int lint_host_assume(xmlDoc *doc, struct lint_host *host, struct err *e)
{
        struct wish wish = wish_of(doc);
        const char *text = lint_default_caps(wish.arch, wish.machine ? wish.machine : "");
        wish_free(&wish);
        int status = lint_host_kept(text, strlen(text), LINT_DEFAULT_NAME, doc, host, e);
        host->libvirt = 9000000;
        host->qemu = 7002000;
        return status;
}
