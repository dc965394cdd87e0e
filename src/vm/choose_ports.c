/* PCIe root ports: they cannot be plugged later, so their number is decided here. */
#include "vm/choose.h"

#include <stdlib.h>
#include <string.h>

#include "base/util.h"

enum { DEFAULT_SPARE = 4 };

static i64 given(i64 number)
{
        return number == SPEC_ABSENT ? 0 : number;
}

static unsigned drives_on(const struct vm_design *d, const char *bus)
{
        unsigned count = 0;
        for (size_t i = 0; i < d->drive_count; i++)
                count += !strcmp(d->drives[i].bus, bus);
        return count;
}

/* What takes a port from the start. q35 has SATA and the first graphics device on its root bus. */
static unsigned taken(const struct vm_design *d)
{
        bool virt = !strcmp(d->family, "virt");
        unsigned screen = virt && d->video && !strcmp(d->video, "virtio"), sata = virt && drives_on(d, "sata") > 0;
        return d->usb + d->scsi + d->rng + d->agent + screen + sata + (d->spec->boot.bootdir != NULL) + drives_on(d, "virtio") +
               (unsigned)d->network_count + d->bridge;
}

int choose_ports(struct vm_design *d, struct err *e)
{
        const struct spec_hotplug *h = &d->spec->hotplug;
        bool said = h->disks != SPEC_ABSENT || h->networks != SPEC_ABSENT || h->others != SPEC_ABSENT || h->legacy != SPEC_ABSENT;
        if (!strcmp(d->family, "pc")) {
                because(d, "hotplug", "any", "machine pc takes devices into its free slots, of which it has 32 in all");
                return 0;
        }
        unsigned spare = said ? (unsigned)(given(h->disks) + given(h->networks) + given(h->others)) : DEFAULT_SPARE;
        d->bridge = given(h->legacy) > 0;
        d->ports = taken(d) + spare;
        AUTO_FREE char *value = format("%u PCIe root ports", d->ports);
        because(d, "hotplug", value, "%u for what is there and %u for what is plugged later%s: ports themselves cannot be plugged",
                taken(d), spare, said ? "" : " (nothing was said about it)");
        return 0;
}
