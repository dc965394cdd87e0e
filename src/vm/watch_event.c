/* What libvirt tells of the guests, in its order. */
#include "vm/watch_parts.h"

#include <stdlib.h>
#include <string.h>

#include <libvirt/libvirt-qemu.h>

#include "base/out.h"
#include "base/util.h"
#include "vm/jsn.h"

enum { MAX_EVENT = 65536 };

static struct watch_event *add_event(struct service *s, virDomainPtr domain, int kind)
{
        struct watch_event *e = calloc(1, sizeof *e);
        check(e);
        virDomainGetUUIDString(domain, e->uuid);
        e->id = (int)virDomainGetID(domain);
        e->kind = kind;
        *s->events_end = e;
        s->events_end = &e->next;
        return e;
}

static int on_life_cycle(virConnectPtr conn, virDomainPtr domain, int event, int detail, void *to)
{
        if (event == VIR_DOMAIN_EVENT_STARTED)
                add_event(to, domain, EVENT_STARTED);
        else if (event == VIR_DOMAIN_EVENT_STOPPED)
                add_event(to, domain, EVENT_STOPPED)->destroyed = detail == VIR_DOMAIN_EVENT_STOPPED_DESTROYED;
        else if (event == VIR_DOMAIN_EVENT_DEFINED || event == VIR_DOMAIN_EVENT_UNDEFINED)
                add_event(to, domain, EVENT_CHANGED);
        return 0;
}

/* QEMU: {"guest": true, "reason": "guest-reset"} */
static void on_shutdown(
        virConnectPtr conn, virDomainPtr domain, const char *event, long long seconds, unsigned micros, const char *details, void *to)
{
        struct err e;
        AUTO_JSN json_t *j = details ? jsn_parse(details, strnlen(details, MAX_EVENT), "QEMU's event", &e) : NULL;
        const char *reason = j ? jsn_text(j, "reason") : NULL;
        if (reason)
                add_event(to, domain, EVENT_CAUSE)->reason = format("%s", reason);
}

static void on_close(virConnectPtr conn, int reason, void *to)
{
        ((struct service *)to)->lost = true;
}

bool watch_listen(struct service *s)
{
        s->shutdown = -1;
        s->life_cycle = virConnectDomainEventRegisterAny(
                s->conn, NULL, VIR_DOMAIN_EVENT_ID_LIFECYCLE, VIR_DOMAIN_EVENT_CALLBACK(on_life_cycle), s, NULL);
        if (s->life_cycle >= 0)
                s->shutdown = virConnectDomainQemuMonitorEventRegister(s->conn, NULL, "SHUTDOWN", on_shutdown, s, NULL, 0);
        return s->shutdown >= 0 && virConnectRegisterCloseCallback(s->conn, on_close, s, NULL) == 0;
}

/* Each holds the connection, also one that is dead. */
void watch_listen_end(struct service *s)
{
        virConnectUnregisterCloseCallback(s->conn, on_close);
        if (s->life_cycle >= 0)
                virConnectDomainEventDeregisterAny(s->conn, s->life_cycle);
        if (s->shutdown >= 0)
                virConnectDomainQemuMonitorEventDeregister(s->conn, s->shutdown);
}

struct watch_event *watch_event_next(struct service *s)
{
        struct watch_event *e = s->events;
        if (e)
                s->events = e->next;
        if (!s->events)
                s->events_end = &s->events;
        return e;
}

void watch_event_free(struct watch_event *e)
{
        free(e->reason);
        free(e);
}
