#include "vm/ports.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "vm/xml.h"

enum { LOW_BUSES = 16, HIGH_BUSES = 256, SLOTS = 31, FUNCTIONS = 8, VERSION_3_0 = 300 };

static const struct {
        const char *prefix, *alias;
        enum ports_kind kind;
        unsigned slots;      /* of bus 0 that are free in an empty machine: 31, less those of the chipset (q35: 0x1f) */
        unsigned io_windows; /* of 4 KiB in the I/O space that is left: 64 KiB less the fixed ports */
} kinds[] = {
        { "virt-", "virt", PORTS_VIRT, SLOTS, 15 },
        { "pc-q35-", "q35", PORTS_Q35, SLOTS - 1, 14 },
        { "pc-i440fx-", "pc", PORTS_PC, 0, 0 },
};

void ports_machine_free(struct ports_machine *m)
{
        free(m->arch);
        free(m->machine);
        *m = (struct ports_machine){ 0 };
}

/* "7.2" of "virt-7.2"; versions of distributions ("virt-rhel8.2.0") count by their own numbers. */
static unsigned version_of(const char *text)
{
        text += strcspn(text, "0123456789");
        char *end;
        unsigned major = (unsigned)strtoul(text, &end, 10);
        return *end == '.' ? major * 100 + (unsigned)strtoul(end + 1, NULL, 10) : 0;
}

void ports_machine_set(struct ports_machine *m, const char *arch, const char *machine, bool highmem, enum ports_firmware firmware)
{
        *m = (struct ports_machine){
                .arch = format("%s", arch), .machine = format("%s", machine), .highmem = highmem, .firmware = firmware
        };
        for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
                if (!strcmp(machine, kinds[i].alias) || !strncmp(machine, kinds[i].prefix, strlen(kinds[i].prefix)))
                        m->kind = kinds[i].kind;
        const char *version = strrchr(machine, '-'); /* an alias has none */
        if (m->kind != PORTS_OTHER && version)
                m->version = version_of(version);
}

static bool is_arm32(const char *arch)
{
        return !strncmp(arch, "armv", 4) || !strcmp(arch, "arm");
}

static enum ports_firmware firmware_of(xmlNode *domain, const char *arch)
{
        bool x86 = strstr(arch, "86") != NULL;
        bool uefi = xml_has(domain, "os[@firmware='efi'] | os/loader[@type='pflash']") || (!x86 && xml_has(domain, "os/loader"));
        if (uefi)
                return is_arm32(arch) ? PORTS_UEFI32 : PORTS_UEFI;
        return x86 ? PORTS_BIOS : PORTS_NO_FIRMWARE;
}

void ports_machine_of(xmlNode *domain, struct ports_machine *m)
{
        AUTO_FREE char *arch = xml_text(domain, "string(os/type/@arch)"), *machine = xml_text(domain, "string(os/type/@machine)");
        bool highmem = !xml_has(domain, "*[local-name()='commandline']/*[local-name()='arg'][contains(@value, 'highmem=off')]");
        ports_machine_set(m, arch, machine, highmem, firmware_of(domain, arch));
}

bool ports_low_ecam(const struct ports_machine *m)
{
        return m->kind == PORTS_VIRT && ((m->version && m->version < VERSION_3_0) || !m->highmem || m->firmware == PORTS_UEFI32);
}

static const char *why_low(const struct ports_machine *m)
{
        if (m->version && m->version < VERSION_3_0)
                return "machine types before virt-3.0 have a configuration space (ECAM) of 16 MiB";
        return m->highmem ? "32-bit firmware reaches only the configuration space (ECAM) below 4 GiB, which has 16 MiB"
                          : "highmem=off leaves only the configuration space (ECAM) below 4 GiB, which has 16 MiB";
}

static size_t row_of(const struct ports_machine *m)
{
        size_t i = 0;
        while (i < ARRAY_LEN(kinds) && kinds[i].kind != m->kind)
                i++;
        return i;
}

void ports_limit(const struct ports_machine *m, unsigned slots_taken, unsigned bridges, struct ports_limit *limit)
{
        size_t row = row_of(m);
        *limit = (struct ports_limit){ .buses = ports_low_ecam(m) ? LOW_BUSES : HIGH_BUSES };
        if (row == ARRAY_LEN(kinds) || !kinds[row].slots) {
                snprintf(limit->why, sizeof limit->why, "%s has no PCI Express", m->machine);
                return;
        }
        unsigned slots = slots_taken < kinds[row].slots ? kinds[row].slots - slots_taken : 0;
        unsigned by_slots = slots * FUNCTIONS, by_buses = limit->buses - 1 > bridges ? limit->buses - 1 - bridges : 0;
        limit->root_ports = by_slots < by_buses ? by_slots : by_buses;
        limit->io_windows = kinds[row].io_windows;
        if (by_slots < by_buses)
                snprintf(limit->why, sizeof limit->why, "bus 0 has %u slots left for ports, of %d functions each", slots, FUNCTIONS);
        else
                snprintf(limit->why, sizeof limit->why, "%s: %u buses, of which each port%s takes one beside bus 0",
                        ports_low_ecam(m) ? why_low(m) : "the configuration space (ECAM) has 256 MiB", limit->buses,
                        bridges ? " and bridge" : "");
}

const char *ports_firmware_name(enum ports_firmware firmware)
{
        static const char *const names[] = { "no firmware", "BIOS", "UEFI", "32-bit UEFI" };
        return names[firmware];
}
