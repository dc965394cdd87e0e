/* Memory: pages, NUMA nodes, and the modules that SMBIOS lists. */
#include "hw/reader.h"

#include <stdio.h>
#include <string.h>

#include "base/util.h"
#include "hw/probe.h"

/* A line "Name:   123 kB" of meminfo, also as "Node 0 Name:  123 kB"; 0 when it is not there. */
static u64 meminfo(const char *text, const char *name)
{
        for (const char *at = text; at && (at = strstr(at, name)) != NULL; at += strlen(name)) {
                u64 value;
                const char *number = at + strlen(name);
                if ((at != text && at[-1] != '\n' && at[-1] != ' ') || *number != ':')
                        continue;
                number += 1 + strspn(number + 1, " \t");
                if (hw_parse_number(number, &value) && value < UINT64_MAX >> 10)
                        return value << 10;
        }
        return 0;
}

static void put_huge_pages(struct reader *r)
{
        char **names = hw_tree_list(r->t, "/sys/kernel/mm/hugepages");
        AUTO_FREE char *list = format("%s", "");
        for (size_t i = 0; names[i]; i++) {
                u64 kib;
                if (sscanf(names[i], "hugepages-%lukB", &kib) != 1 || kib > UINT64_MAX >> 10)
                        continue;
                char *longer = format("%s%s%llu", list, *list ? " " : "", (unsigned long long)(kib << 10));
                free(list);
                list = longer;
        }
        free(names);
        if (!hw_put_list(r->f, "huge_page_bytes", list, "/sys/kernel/mm/hugepages"))
                hw_put_unknown(r->f, "huge_page_bytes", "the kernel has no /sys/kernel/mm/hugepages (CONFIG_HUGETLBFS)");
}

/* On arm64 the sizes of huge pages follow from the page's: 64 KiB only with 4 KiB pages, 32 MiB with 16, 512 MiB with 64. */
static u64 page_by_huge_pages(const struct reader *r)
{
        static const struct {
                u64 huge, page;
        } signs[] = { { 64 << 10, 4096 }, { 512 << 20, 65536 }, { 32 << 20, 16384 } };
        for (size_t i = 0; i < ARRAY_LEN(signs) && !r->x86; i++) {
                AUTO_FREE char *path = format("/sys/kernel/mm/hugepages/hugepages-%llukB", (unsigned long long)signs[i].huge >> 10);
                if (hw_tree_exists(r->t, path))
                        return signs[i].page;
        }
        return 0;
}

static void put_pages(struct reader *r)
{
        u64 page;
        if (probe_number(r->probe, "page_bytes", &page))
                hw_put_number(
                        r->f, "page_bytes", page, "sysconf(_SC_PAGESIZE): of the kernel that runs; another kernel may choose another");
        else if (page_by_huge_pages(r))
                hw_put_number(r->f, "page_bytes", page_by_huge_pages(r), "the sizes in /sys/kernel/mm/hugepages go with it");
        else if (r->x86)
                hw_put_number(r->f, "page_bytes", 4096, "x86 has no other");
        else
                hw_put_unknown(r->f, "page_bytes", "only the machine itself tells: `crossarm hw capture` asks it");
        put_huge_pages(r);
}

/* ---- NUMA ---- */

static void put_node(struct reader *r, const char *name, unsigned number)
{
        AUTO_FREE char *path = format("/sys/devices/system/node/%s/meminfo", name);
        size_t size;
        AUTO_FREE char *text = hw_tree_read(r->t, path, &size);
        AUTO_FREE char *cpus = hw_tree_line(r->t, "/sys/devices/system/node/%s/cpulist", name);
        AUTO_FREE char *distance = hw_tree_line(r->t, "/sys/devices/system/node/%s/distance", name);
        hw_at(r->f, "numa.node.%u", number);
        hw_put_text(r->f, "name", name, "/sys/devices/system/node");
        if (!hw_put_text(r->f, "cpus", cpus, "/sys/devices/system/node/%s/cpulist", name))
                hw_put_text(r->f, "cpus", "none", "/sys/devices/system/node/%s/cpulist is empty", name);
        if (meminfo(text, "MemTotal"))
                hw_put_number(r->f, "memory_bytes", meminfo(text, "MemTotal"), "%s", path);
        else
                hw_put_unknown(r->f, "memory_bytes", "%s has no MemTotal", path);
        hw_mark(r->f, HW_NEAR);
        hw_put_list(r->f, "distance", distance, "/sys/devices/system/node/%s/distance", name);
}

static void put_numa(struct reader *r)
{
        char **names = hw_tree_list(r->t, "/sys/devices/system/node");
        unsigned count = 0;
        for (size_t i = 0; names[i]; i++)
                count += !strncmp(names[i], "node", 4) && names[i][4] >= '0' && names[i][4] <= '9';
        hw_at(r->f, "numa");
        if (count)
                hw_put_number(r->f, "nodes", count, "/sys/devices/system/node");
        else
                hw_put_unknown(r->f, "nodes", "the kernel has no /sys/devices/system/node (CONFIG_NUMA)");
        count = 0;
        for (size_t i = 0; names[i]; i++)
                if (!strncmp(names[i], "node", 4) && names[i][4] >= '0' && names[i][4] <= '9')
                        put_node(r, names[i], count++);
        free(names);
}

/* ---- modules ---- */

#define TYPE17 "SMBIOS type 17 (/sys/firmware/dmi/tables/DMI)"

static void put_string(struct reader *r, const char *key, const struct smbios_entry *e, u8 offset)
{
        AUTO_FREE char *text = smbios_text(e, offset);
        if (text && !smbios_is_placeholder(text))
                hw_put_text(r->f, key, text, TYPE17);
}

static void put_module(struct reader *r, unsigned number, const struct smbios_entry *e)
{
        u64 speed = smbios_field(e, 0x15, 2, 0), configured = smbios_field(e, 0x20, 2, 0);
        const char *type = smbios_memory_type(e);
        hw_at(r->f, "memory.module.%u", number);
        put_string(r, "slot", e, 0x10);
        put_string(r, "bank", e, 0x11);
        if (!smbios_memory_bytes(e)) {
                hw_put_bool(r->f, "empty", true, TYPE17 ", Size");
                return;
        }
        hw_put_number(r->f, "size_bytes", smbios_memory_bytes(e), TYPE17 ", Size");
        if (type)
                hw_put_text(r->f, "type", type, TYPE17 ", Memory Type");
        /* 0xffff: the value stands in a wider field at the end of newer structures. */
        if (speed == 0xffff)
                speed = smbios_field(e, 0x54, 4, 0) & 0x7fffffff;
        if (configured == 0xffff)
                configured = smbios_field(e, 0x58, 4, 0) & 0x7fffffff;
        if (speed)
                hw_put_number(r->f, "speed_mts", speed, TYPE17 ", Speed: what the module can");
        if (configured)
                hw_put_number(r->f, "configured_mts", configured, TYPE17 ", Configured Memory Speed");
        put_string(r, "manufacturer", e, 0x17);
        put_string(r, "part", e, 0x1a);
        put_string(r, "serial", e, 0x18);
        if (r->f->count && strstr(r->f->list[r->f->count - 1].key, ".serial"))
                hw_mark(r->f, HW_SECRET);
}

static void put_modules(struct reader *r)
{
        struct smbios_entry e;
        unsigned number = 0;
        u64 installed = 0;
        for (size_t at = 0; r->dmi && smbios_next(r->dmi, r->dmi_size, &at, &e);)
                if (e.type == SMBIOS_MEMORY_DEVICE)
                        installed += smbios_memory_bytes(&e);
        if (installed)
                hw_put_number(r->f, "installed_bytes", installed, "sum of the modules in " TYPE17);
        else
                hw_put_unknown(r->f, "installed_bytes", "no modules are known: %s",
                        r->dmi ? "SMBIOS has no type 17 with a size" : no_smbios_because(r));
        if (r->dmi && smbios_find(r->dmi, r->dmi_size, SMBIOS_MEMORY_ARRAY, &e)) {
                /* DSP0134 7.17.3 */
                static const char *const ecc[] = { [3] = "none", [4] = "parity", [5] = "single-bit", [6] = "multi-bit", [7] = "CRC" };
                u64 kind = smbios_field(&e, 0x06, 1, 0);
                if (kind < ARRAY_LEN(ecc) && ecc[kind])
                        hw_put_text(r->f, "ecc", ecc[kind], "SMBIOS type 16 (/sys/firmware/dmi/tables/DMI)");
        }
        for (size_t at = 0; r->dmi && smbios_next(r->dmi, r->dmi_size, &at, &e);)
                if (e.type == SMBIOS_MEMORY_DEVICE)
                        put_module(r, number++, &e);
}

void read_memory(struct reader *r)
{
        size_t size;
        AUTO_FREE char *text = hw_tree_read(r->t, "/proc/meminfo", &size);
        hw_at(r->f, "memory");
        if (meminfo(text, "MemTotal"))
                hw_put_number(r->f, "total_bytes", meminfo(text, "MemTotal"), "MemTotal in /proc/meminfo: what the kernel can use");
        else
                hw_put_unknown(r->f, "total_bytes", "/proc/meminfo is missing");
        hw_mark(r->f, HW_NEAR);
        put_pages(r);
        put_modules(r);
        put_numa(r);
}
