#include "vm/removal.h"

#include <string.h>

#include "vm/conn.h"

struct waiting {
        const char *alias;
        bool removed, refused, late;
};

static void on_removed(virConnectPtr conn, virDomainPtr domain, const char *alias, void *data)
{
        struct waiting *w = data;
        w->removed |= !strcmp(alias, w->alias);
}

static void on_refused(virConnectPtr conn, virDomainPtr domain, const char *alias, void *data)
{
        struct waiting *w = data;
        w->refused |= !strcmp(alias, w->alias);
}

static void on_time(int timer, void *data)
{
        ((struct waiting *)data)->late = true;
}

static int run_until_told(virDomainPtr domain, struct waiting *w, int timeout_ms, struct err *e)
{
        int timer = virEventAddTimeout(timeout_ms, on_time, w, NULL), status = 0;
        while (status == 0 && !w->removed && !w->refused && !w->late)
                if (virEventRunDefaultImpl() < 0)
                        status = vm_domain_error(e, domain, "wait for the removal of a device of");
        virEventRemoveTimeout(timer);
        if (status < 0 || w->removed)
                return status;
        if (w->refused)
                return err_set(e, 1, "the guest refuses to give up %s; it stays", w->alias);
        return err_set(e, 1,
                "the guest has not given up %s within %d s, and it stays (a kernel without PCI hot-plug never does); it goes when the "
                "machine is off",
                w->alias, timeout_ms / 1000);
}

int removal_wait(virDomainPtr domain, const char *alias, int timeout_ms, struct err *e)
{
        virConnectPtr conn = virDomainGetConnect(domain);
        struct waiting w = { .alias = alias };
        int removed = virConnectDomainEventRegisterAny(
                conn, domain, VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED, VIR_DOMAIN_EVENT_CALLBACK(on_removed), &w, NULL);
        int refused = virConnectDomainEventRegisterAny(
                conn, domain, VIR_DOMAIN_EVENT_ID_DEVICE_REMOVAL_FAILED, VIR_DOMAIN_EVENT_CALLBACK(on_refused), &w, NULL);
        int status = removed < 0 || refused < 0 ? vm_error(e, "hear of removed devices") : 0;
        if (status == 0 && virDomainDetachDeviceAlias(domain, alias, VIR_DOMAIN_AFFECT_LIVE) < 0)
                status = vm_domain_error(e, domain, "unplug %s from", alias);
        if (status == 0)
                status = run_until_told(domain, &w, timeout_ms, e);
        if (removed >= 0)
                virConnectDomainEventDeregisterAny(conn, removed);
        if (refused >= 0)
                virConnectDomainEventDeregisterAny(conn, refused);
        return status;
}
