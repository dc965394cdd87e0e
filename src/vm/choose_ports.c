/* PCIe root ports: they cannot be plugged later, so their number is decided here, by what the planner (plan.h) counts. */
#include "vm/choose.h"

#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "vm/domain_xml.h"
#include "vm/plan.h"

enum { DEFAULT_SPARE = 4 };

static i64 given(i64 number)
{
        return number == SPEC_ABSENT ? 0 : number;
}

static bool anything_said(const struct spec_hotplug *h)
{
        return h->disks != SPEC_ABSENT || h->networks != SPEC_ABSENT || h->others != SPEC_ABSENT || h->legacy != SPEC_ABSENT;
}

static int plan_of(const struct vm_design *d, struct plan *p, struct err *e)
{
        AUTO_XML xmlDoc *doc = domain_xml(d);
        return plan_make(xmlDocGetRootElement(doc), 0, p, e);
}

/* Without ports in the XML the plan counts those that libvirt would add: what is there from the start. */
static int count_taken(const struct vm_design *d, unsigned *taken, struct err *e)
{
        AUTO_PLAN struct plan p = { 0 };
        if (plan_of(d, &p, e))
                return -1;
        *taken = p.port_count - p.free_ports;
        return 0;
}

int choose_ports(struct vm_design *d, struct err *e)
{
        const struct spec_hotplug *h = &d->spec->hotplug;
        bool said = anything_said(h);
        if (!strcmp(d->family, "pc")) {
                because(d, "hotplug", "any", "machine pc takes devices into its free slots, of which it has 32 in all");
                return 0;
        }
        unsigned spare = said ? (unsigned)(given(h->disks) + given(h->networks) + given(h->others)) : DEFAULT_SPARE, taken;
        d->bridge = given(h->legacy) > 0;
        if (count_taken(d, &taken, e))
                return -1;
        d->ports = taken + spare;
        AUTO_PLAN struct plan p = { 0 };
        if (plan_of(d, &p, e))
                return -1;
        if (d->ports > p.limit.root_ports && said)
                return err_set(e, 1, "hotplug: %u devices and %u more to be plugged need %u PCIe root ports, and %s has at most %u: %s",
                        taken, spare, d->ports, d->caps.machine, p.limit.root_ports, p.limit.why);
        bool fewer = d->ports > p.limit.root_ports;
        if (fewer)
                d->ports = taken > p.limit.root_ports ? taken : p.limit.root_ports;
        if (taken > p.limit.root_ports)
                return err_set(e, 1, "%u devices need a PCIe root port each, and %s has at most %u: %s; disks on bus scsi share one", taken,
                        d->caps.machine, p.limit.root_ports, p.limit.why);
        AUTO_FREE char *value = format("%u PCIe root ports", d->ports);
        because(d, "hotplug", value,
                "%u for what is there and %u for what is plugged later%s: ports themselves cannot be plugged; at most %u: %s", taken,
                d->ports - taken,
                said    ? ""
                : fewer ? " (no more fit)"
                        : " (nothing was said about it)",
                p.limit.root_ports, p.limit.why);
        return 0;
}
