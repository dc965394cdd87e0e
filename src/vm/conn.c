#include "vm/conn.h"

#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <libvirt/virterror.h>

#include "base/str.h"
#include "base/util.h"

/* libvirt would print each error by itself: ours are said once, by the command. */
static void keep_quiet(void *data, virErrorPtr error)
{
}

/* What libvirt said, on one line. Malloced. */
static char *last_words(void)
{
        char *said = format("%s", virGetLastErrorMessage());
        size_t len = strlen(said);
        while (len && strchr("\n ", said[len - 1]))
                said[--len] = 0;
        for (char *at = said; (at = strchr(at, '\n'));)
                *at = ' ';
        return said;
}

int vm_error(struct err *e, const char *fmt, ...)
{
        char what[200];
        va_list ap;
        va_start(ap, fmt);
        vsnprintf(what, sizeof what, fmt, ap);
        va_end(ap);
        AUTO_FREE char *said = last_words();
        return err_set(e, 1, "cannot %s: %s", what, said);
}

int vm_domain_error(struct err *e, virDomainPtr domain, const char *fmt, ...)
{
        char what[200];
        va_list ap;
        va_start(ap, fmt);
        vsnprintf(what, sizeof what, fmt, ap);
        va_end(ap);
        AUTO_FREE char *said = last_words();
        return err_set(e, 1, "cannot %s %s: %s", what, virDomainGetName(domain), said);
}

virConnectPtr vm_connect(const char *uri, struct err *e)
{
        virSetErrorFunc(NULL, keep_quiet);
        signal(SIGPIPE, SIG_IGN); /* a daemon that dies is an error with a sentence */
        virConnectPtr conn = virConnectOpenAuth(uri, virConnectAuthPtrDefault, 0);
        if (!conn)
                err_set(e, 1,
                        "cannot reach libvirt at %s: %s; is its daemon running (systemctl start libvirtd), and is this the right "
                        "--connect?",
                        uri ? uri : "its default URI", virGetLastErrorMessage());
        return conn;
}

virDomainPtr vm_domain(virConnectPtr conn, const char *name, struct err *e)
{
        u64 id;
        virDomainPtr domain = virDomainLookupByName(conn, name);
        if (!domain && virGetLastErrorCode() != VIR_ERR_NO_DOMAIN) {
                vm_error(e, "look for the virtual machine '%.60s'", name);
                return NULL;
        }
        if (!domain && str_u64(name, &id) && id <= INT_MAX)
                domain = virDomainLookupByID(conn, (int)id);
        if (!domain)
                domain = virDomainLookupByUUIDString(conn, name);
        if (!domain)
                err_set(e, 1, "there is no virtual machine '%.60s'; `crossarm vm list` shows those there are", name);
        return domain;
}

bool vm_uri_here(const char *uri)
{
        const char *at = uri ? strstr(uri, "://") : NULL;
        return at && at[3] == '/';
}

void vm_close_var(virConnectPtr *conn)
{
        if (*conn)
                virConnectClose(*conn);
}

void vm_domain_free_var(virDomainPtr *domain)
{
        if (*domain)
                virDomainFree(*domain);
}
