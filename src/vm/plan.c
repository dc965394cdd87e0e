#include "vm/plan.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/out.h"
#include "base/util.h"
#include "vm/xml.h"

enum { BRIDGE_SLOTS = 31, ROOT_SLOTS = 32, MAX_BUSES = 256, SCSI_NAMED = 7, SCSI_UNITS = 16384 };

typedef bool slot_map[MAX_BUSES][ROOT_SLOTS]; /* which slots of which bus hold a device */

void plan_free(struct plan *p)
{
        for (size_t i = 0; i < p->port_count; i++)
                free(p->ports[i].device);
        free(p->ports);
        free(p->name);
        free(p->problem);
        ports_machine_free(&p->machine);
        *p = (struct plan){ 0 };
}

static const char *const kind_names[PLAN_KINDS] = { "virtio", "nic", "scsi", "legacy" };

const char *plan_kind_name(enum plan_kind kind)
{
        return kind_names[kind];
}

static void answer(struct plan *p, enum plan_kind kind, unsigned count, const char *fmt, ...) PRINTF_LIKE(4, 5);
static void answer(struct plan *p, enum plan_kind kind, unsigned count, const char *fmt, ...)
{
        va_list ap;
        va_start(ap, fmt);
        vsnprintf(p->answers[kind].why, sizeof p->answers[kind].why, fmt, ap);
        va_end(ap);
        p->answers[kind].count = count;
}

/* ---- what is there ---- */

static unsigned number_at(xmlNode *node, const char *xpath)
{
        AUTO_FREE char *text = xml_text(node, xpath);
        return text ? (unsigned)strtoul(text, NULL, 0) : 0;
}

static unsigned count_of(xmlNode *node, const char *xpath)
{
        AUTO_FREE xmlNode **found = xml_nodes(node, xpath);
        unsigned count = 0;
        while (found[count])
                count++;
        return count;
}

/* "disk vda", "interface 52:54:00:12:34:56", "controller scsi virtio-scsi". */
static char *device_name(xmlNode *device)
{
        AUTO_FREE char *what = xml_text(device, "string(target/@dev[../../self::*[name()='disk']] | mac/@address | self::controller/@type |"
                                                " model/@type | self::*[name()!='controller']/@model | self::filesystem/target/@dir)");
        AUTO_FREE char *model = xml_text(device, "string(self::controller/@model)");
        return format("%s%s%s%s%s", (const char *)device->name, *what ? " " : "", what, *model ? " " : "", model);
}

static void add_port(struct plan *p, unsigned index, bool hotplug)
{
        p->ports = realloc(p->ports, (p->port_count + 1) * sizeof *p->ports);
        check(p->ports);
        p->ports[p->port_count++] = (struct plan_port){ .index = index, .hotplug = hotplug };
}

static struct plan_port *port_of_bus(struct plan *p, unsigned bus)
{
        for (size_t i = 0; i < p->port_count; i++)
                if (p->ports[i].index == bus)
                        return &p->ports[i];
        return NULL;
}

static void read_ports(struct plan *p, xmlNode *domain)
{
        AUTO_FREE xmlNode **ports = xml_nodes(domain, "devices/controller[@type='pci'][@model='pcie-root-port']");
        for (size_t i = 0; ports[i]; i++)
                add_port(p, xml_has(ports[i], "@index") ? number_at(ports[i], "@index") : (unsigned)i + 1,
                        !xml_has(ports[i], "target[@hotplug='off']"));
}

/* Who holds the port behind which a device lies; how many slots of each bus are taken. */
static void read_addresses(struct plan *p, xmlNode *domain, slot_map slots)
{
        AUTO_FREE xmlNode **devices = xml_nodes(domain, "devices/*[address/@type='pci']");
        for (size_t i = 0; devices[i]; i++) {
                unsigned bus = number_at(devices[i], "address/@bus"), slot = number_at(devices[i], "address/@slot");
                if (bus < MAX_BUSES && slot < ROOT_SLOTS && !xml_has(devices[i], "self::controller[@model='pcie-root-port']"))
                        slots[bus][slot] = true;
                struct plan_port *port = port_of_bus(p, bus);
                if (port && !port->device)
                        port->device = device_name(devices[i]);
        }
}

/* ---- what libvirt would do with devices that have no address ---- */

enum place { PORT, LEGACY, ROOT, PLACES };
enum machines { VIRT = 1, Q35 = 2, BOTH = 3 };

static const struct {
        u8 machines;
        enum place place;
        const char *xpath;
} takes[] = {
#define TAKES(machines, place, xpath) { machines, place, xpath },
#define IMPLICIT(machines, xpath, name)
#include "vm/plan_takes.def"
#undef TAKES
#undef IMPLICIT
};

static const struct {
        u8 machines;
        const char *xpath, *name;
} implicit[] = {
#define TAKES(machines, place, xpath)
#define IMPLICIT(machines, xpath, name) { machines, xpath, name },
#include "vm/plan_takes.def"
#undef TAKES
#undef IMPLICIT
};

/* The first free port, or one more, as libvirt adds them. */
static void hold_port(struct plan *p, char *device)
{
        size_t i = 0;
        while (i < p->port_count && p->ports[i].device)
                i++;
        if (i == p->port_count)
                add_port(p, (unsigned)i + 1, true);
        p->ports[i].device = device;
}

/* Devices that take a port get one, others are counted. */
static void place_row(struct plan *p, xmlNode *domain, size_t row, unsigned counts[PLACES])
{
        AUTO_FREE char *unplaced = format("devices/%s[not(address/@type='pci')]", takes[row].xpath);
        AUTO_FREE xmlNode **found = xml_nodes(domain, unplaced);
        for (size_t i = 0; found[i]; i++) {
                counts[takes[row].place]++;
                if (takes[row].place == PORT)
                        hold_port(p, device_name(found[i]));
        }
}

static void place_legacy(struct plan *p, unsigned count)
{
        if (count && !p->bridges) {
                p->bridges = 1;
                p->bridge_slots = BRIDGE_SLOTS;
                hold_port(p, format("controller pci pcie-to-pci-bridge"));
        }
        p->bridge_slots -= count < p->bridge_slots ? count : p->bridge_slots;
}

/* Returns how many slots of bus 0 they take. */
static unsigned place_others(struct plan *p, xmlNode *domain)
{
        bool ports_said = p->port_count > 0;
        u8 machine = p->machine.kind == PORTS_Q35 ? Q35 : VIRT;
        unsigned counts[PLACES] = { 0 };
        for (size_t i = 0; i < ARRAY_LEN(takes); i++)
                if (takes[i].machines & machine)
                        place_row(p, domain, i, counts);
        for (size_t i = 0; !p->assigned && i < ARRAY_LEN(implicit); i++)
                if (implicit[i].machines & machine && xml_has(domain, implicit[i].xpath))
                        hold_port(p, format("%s", implicit[i].name));
        place_legacy(p, counts[LEGACY]);
        if (!ports_said && p->port_count)
                add_port(p, p->port_count + 1, true); /* where libvirt chooses their number it leaves one free */
        return counts[ROOT];
}

/* ---- conventional PCI, SCSI ---- */

static unsigned slots_used(slot_map slots, unsigned bus)
{
        unsigned used = 0;
        for (unsigned i = 1; bus < MAX_BUSES && i < ROOT_SLOTS; i++)
                used += slots[bus][i];
        return used;
}

static void read_bridges(struct plan *p, xmlNode *domain, slot_map slots)
{
        AUTO_FREE xmlNode **bridges =
                xml_nodes(domain, "devices/controller[@type='pci'][@model='pcie-to-pci-bridge' or @model='pci-bridge']");
        for (; bridges[p->bridges]; p->bridges++)
                p->bridge_slots += BRIDGE_SLOTS - slots_used(slots, number_at(bridges[p->bridges], "@index"));
        if (p->machine.kind == PORTS_PC) {
                slots[0][1] = true; /* the chipset's */
                p->bridge_slots += ROOT_SLOTS - 1 - slots_used(slots, 0);
        }
}

static void read_scsi(struct plan *p, xmlNode *domain)
{
        p->scsi_controllers = count_of(domain, "devices/controller[@type='scsi'][contains(@model, 'virtio')]");
        p->scsi_units = count_of(domain, "devices/disk[target/@bus='scsi'] | devices/hostdev[@type='scsi']");
        unsigned named = p->scsi_controllers * SCSI_NAMED;
        p->scsi_named = named > p->scsi_units ? named - p->scsi_units : 0;
}

/* ---- the answers ---- */

static void find_limit(struct plan *p, slot_map slots, unsigned more_slots, unsigned probed)
{
        if (p->machine.kind == PORTS_Q35)
                slots[0][ROOT_SLOTS - 1] = false; /* the chipset's, counted by ports_limit() */
        ports_limit(&p->machine, slots_used(slots, 0) + more_slots, p->bridges, &p->limit);
        struct ports_limit empty; /* what was booted had nothing but ports */
        ports_limit(&p->machine, 0, 0, &empty);
        unsigned lost = empty.root_ports - p->limit.root_ports;
        if (!probed || !p->limit.root_ports)
                return;
        p->probed = true;
        p->limit.root_ports = probed > lost ? probed - lost : 0;
        snprintf(p->limit.why, sizeof p->limit.why, "%u were booted and not more, by probe-ports%s", probed,
                lost ? "; bridges and other devices of bus 0 take some" : "");
}

static void judge_ports(struct plan *p)
{
        unsigned usable = p->port_count;
        if (p->port_count > p->limit.root_ports && p->limit.root_ports) {
                bool all = p->machine.firmware != PORTS_NO_FIRMWARE;
                p->problem = format("it has %u root ports where %u fit (%s): %s", p->port_count, p->limit.root_ports, p->limit.why,
                        all ? "the firmware stops looking at PCI and finds no disk at all" : "what is behind the others is never seen");
                usable = all ? 0 : p->limit.root_ports;
        }
        for (unsigned i = 0; i < usable; i++)
                p->free_ports += !p->ports[i].device && p->ports[i].hotplug;
}

static void answer_pcie(struct plan *p)
{
        unsigned more = p->limit.root_ports > p->port_count ? p->limit.root_ports - p->port_count : 0;
        for (enum plan_kind k = PLAN_VIRTIO; k <= PLAN_NIC; k++)
                answer(p, k, p->free_ports, "each takes a root port, and %u of %u are free; after a restart there can be %u more",
                        p->free_ports, p->port_count, more);
        if (p->bridges)
                answer(p, PLAN_LEGACY, p->problem ? 0 : p->bridge_slots, "slots of the pcie-to-pci-bridge");
        else
                answer(p, PLAN_LEGACY, 0,
                        "there is no pcie-to-pci-bridge, and none can be plugged; define the machine with hotplug legacy");
}

static void answer_pc(struct plan *p)
{
        for (enum plan_kind k = PLAN_VIRTIO; k <= PLAN_LEGACY; k++)
                if (k != PLAN_SCSI)
                        answer(p, k, p->bridge_slots, "free slots of conventional PCI%s, which all kinds share",
                                p->bridges ? " on bus 0 and its bridges" : " on bus 0");
}

static void answer_scsi(struct plan *p)
{
        if (p->scsi_controllers)
                answer(p, PLAN_SCSI, p->scsi_controllers * SCSI_UNITS - p->scsi_units,
                        "units of %u virtio-scsi controller%s; libvirt by itself numbers %u more, then adds an lsilogic controller",
                        p->scsi_controllers, p->scsi_controllers > 1 ? "s" : "", p->scsi_named);
        else if (p->answers[PLAN_VIRTIO].count)
                answer(p, PLAN_SCSI, SCSI_UNITS,
                        "there is no virtio-scsi controller: one is plugged first, which takes a place of virtio's");
        else
                answer(p, PLAN_SCSI, 0, "there is no virtio-scsi controller, and no place to plug one");
}

/* Of 32-bit Arm guests. */
static const char no_hotplug[] =
        "Debian's 32-bit Arm kernels have no PCI hot-plug: what is plugged is there, but the guest sees it after its next start "
        "only; `crossarm vm attach --verify` tells";
static const char no_lpae[] =
        "32-bit kernels without LPAE (Debian's armmp) see no PCI at all here, its configuration space lies above 4 GiB; those with it "
        "(armmp-lpae) see it, but have no PCI hot-plug: what is plugged appears after the next start";

int plan_make(xmlNode *domain, unsigned probed, struct plan *p, struct err *e)
{
        *p = (struct plan){ 0 };
        if (!xml_has(domain, "self::domain/os/type[@arch]"))
                return err_set(e, 2, "this is no domain: <domain> with <os><type arch='...'> is missing");
        slot_map slots = { 0 };
        p->name = xml_text(domain, "string(name)");
        p->assigned = xml_has(domain, "devices/*[address/@type='pci']");
        ports_machine_of(domain, &p->machine);
        read_ports(p, domain);
        read_addresses(p, domain, slots);
        read_bridges(p, domain, slots);
        read_scsi(p, domain);
        bool pcie = p->machine.kind == PORTS_VIRT || p->machine.kind == PORTS_Q35;
        unsigned more_slots = pcie ? place_others(p, domain) : 0;
        find_limit(p, slots, more_slots, probed);
        judge_ports(p);
        p->machine.kind == PORTS_PC ? answer_pc(p) : answer_pcie(p);
        answer_scsi(p);
        if (!strncmp(p->machine.arch, "armv", 4))
                p->note = ports_low_ecam(&p->machine) ? no_hotplug : no_lpae;
        return 0;
}
