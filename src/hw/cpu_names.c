/* What a processor is called, by itself and by the firmware. */
#include "hw/cpu_group.h"

#include <string.h>

#include "base/util.h"
#include "hw/midr.h"

/* The firmware's name of the processor, malloced, if it is one. */
static char *firmware_name(const struct cpu_group *g)
{
        if (!g->socket.data)
                return NULL;
        char *name = smbios_text(&g->socket, 0x10);
        AUTO_FREE char *maker = smbios_text(&g->socket, 0x07);
        if (name && !smbios_is_placeholder(name) && !(maker && !strcasecmp(maker, "QEMU")))
                return name;
        free(name);
        return NULL;
}

void cpu_put_arm_names(struct reader *r, const struct cpu_group *g)
{
        u64 midr = g->first->midr;
        const char *vendor = midr_implementer_name(midr_implementer(midr));
        const struct midr_part *part = midr_find(midr);
        AUTO_FREE char *firmware = firmware_name(g);
        AUTO_FREE char *maker = g->socket.data ? smbios_text(&g->socket, 0x07) : NULL;
        if (vendor)
                hw_put_text(r->f, "vendor", vendor, "implementer 0x%02x in MIDR_EL1 (%s)", midr_implementer(midr), g->first->midr_from);
        else
                hw_put_unknown(r->f, "vendor", "implementer 0x%02x is not in the table of this version", midr_implementer(midr));
        if (firmware)
                hw_put_text(r->f, "model", firmware, TYPE4 ", Processor Version");
        else if (part)
                hw_put_text(r->f, "model", part->name, "part 0x%03x in MIDR_EL1 (%s)%s%s", part->part, g->first->midr_from,
                        part->certain ? "" : "; several products share this number, and the firmware does not name it: ",
                        part->certain ? "" : no_smbios_because(r));
        else
                hw_put_unknown(r->f, "model",
                        "part 0x%03x of implementer 0x%02x is not in the table of this version, and the firmware does not name it: %s",
                        midr_number(midr), midr_implementer(midr), no_smbios_because(r));
        if (part) {
                AUTO_FREE char *core = part->also ? format("%s (%s)", part->name, part->also) : format("%s", part->name);
                hw_put_text(r->f, "core", core, "MIDR_EL1 (%s)", g->first->midr_from);
        }
        if (maker && !smbios_is_placeholder(maker))
                hw_put_text(r->f, "firmware_vendor", maker, TYPE4 ", Processor Manufacturer");
        AUTO_FREE char *number = g->socket.data ? smbios_text(&g->socket, 0x22) : NULL;
        if (number && !smbios_is_placeholder(number))
                hw_put_text(r->f, "firmware_part", number, TYPE4 ", Part Number");
        u64 family = g->socket.data ? smbios_field(&g->socket, 0x06, 1, 0) : 0;
        if (family == 0xfe)
                family = smbios_field(&g->socket, 0x28, 2, family);
        if (family)
                hw_put_number(r->f, "firmware_family", family, TYPE4 ", Processor Family: a number of DSP0134");
        AUTO_FREE char *text = format("0x%08llx", (unsigned long long)midr);
        hw_put_text(r->f, "midr", text, "%s", g->first->midr_from);
        AUTO_FREE char *stepping = format("r%up%u", midr_variant(midr), midr_revision(midr));
        hw_put_text(r->f, "stepping", stepping, "variant and revision in MIDR_EL1 (%s)", g->first->midr_from);
}

void cpu_put_x86_names(struct reader *r, const struct cpu_group *g)
{
        const struct hw_cpu *cpu = g->first;
        if (!hw_put_text(r->f, "vendor", cpu->vendor, "vendor_id in /proc/cpuinfo"))
                hw_put_unknown(r->f, "vendor", "/proc/cpuinfo has no vendor_id");
        if (!hw_put_text(r->f, "model", cpu->model_name, "model name in /proc/cpuinfo"))
                hw_put_unknown(r->f, "model", "/proc/cpuinfo has no model name");
        hw_put_text(r->f, "family", cpu->family, "/proc/cpuinfo");
        hw_put_text(r->f, "model_number", cpu->model, "/proc/cpuinfo");
        hw_put_text(r->f, "stepping", cpu->stepping, "/proc/cpuinfo");
        hw_put_text(r->f, "microcode", cpu->microcode, "/proc/cpuinfo");
        hw_put_text(r->f, "address_sizes", cpu->address_sizes, "/proc/cpuinfo");
}
